// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/secret_publisher.h"

#include "agent/key_store.h"
#include "base/journal.h"
#include "guests/libvirt.h"
#include "guests/secret_calls.h"
#include "loop/alarm.h"

namespace guestkeyd {

// Collects the answers about several secrets into one.
class PublishOutcome {
  public:
    PublishOutcome(std::size_t expected, SecretPublisher::Done done) : expected_(expected), done_(std::move(done)) {}

    void add(const std::optional<Failure>& failure) {
        if (failure && !failure_)
            failure_ = failure;
        if (++answers_ == expected_)
            done_(failure_);
    }

  private:
    std::size_t expected_;
    std::size_t answers_ = 0;
    std::optional<Failure> failure_;
    SecretPublisher::Done done_;
};

namespace {

// libvirt wants the usage of each secret to be unique among those of its kind; ours names the volume.
std::string usage_of(const AttachedVolume& volume) {
    return volume.attributes.usage ? volume.attributes.usage->id : "guestkeyd/" + volume.volume.str();
}

void report(GuestId guest, VolumeId volume, const char* action, const std::string& result) {
    const bool done = result == "done";
    journal(done ? Priority::Info : Priority::Warning,
            std::string(action) + " the key of volume " + volume.str() + " of guest " + guest.str() + ": " + result,
            {{"GUEST_UUID", guest.str()}, {"VOLUME", volume.str()}, {"ACTION", action}, {"RESULT", result}});
}

} // namespace

SecretPublisher::SecretPublisher(EventLoop& loop, Libvirt& libvirt, KeyStore& store, std::chrono::seconds timeout)
    : loop_(loop), libvirt_(libvirt), store_(store), timeout_(timeout) {}

void SecretPublisher::publish(GuestId id, const std::vector<SecretToPublish>& secrets, Done done) {
    if (secrets.empty())
        return done(std::nullopt);
    const auto& guest = store_.get(id);
    auto& publication = publications_[id];
    for (const auto& secret : secrets)
        publication.volumes.push_back(secret.volume);
    publication.deadline = std::make_unique<Timer>(loop_, [this, id] { withdraw(id); });
    publication.deadline->arm(timeout_);
    auto finish = [this, id, done = std::move(done)](const std::optional<Failure>& failure) {
        if (failure)
            withdraw(id);
        done(failure);
    };
    const auto outcome = std::make_shared<PublishOutcome>(secrets.size(), std::move(finish));
    for (const auto& secret : secrets)
        publish_one(guest, secret, outcome);
    store_.amend(id, [](GuestRecord& record) { record.last_used = now_in_seconds() * 1000000; });
}

void SecretPublisher::publish_one(const Guest& guest, SecretToPublish secret,
                                  const std::shared_ptr<PublishOutcome>& outcome) {
    const auto* volume = guest.find(secret.volume);
    const auto id = guest.id;
    SecretDefinition definition{secret.volume, secret.use, usage_of(*volume), "key of guest " + id.str()};
    libvirt_.publish(std::move(definition), store_.read(*volume),
                     [outcome, id, secret](PublishResult result, const std::optional<Failure>& failure) {
                         if (!failure && result == PublishResult::LibvirtHasItsOwn)
                             report(id, secret.volume, "publish", "libvirt has a secret of its own, which it uses");
                         else
                             report(id, secret.volume, "publish", failure ? failure->message() : "done");
                         outcome->add(failure);
                     });
}

void SecretPublisher::withdraw(GuestId id) {
    const auto found = publications_.find(id);
    if (found == publications_.end())
        return;
    const auto publication = std::move(found->second);
    publications_.erase(found);
    for (const auto& volume : publication.volumes)
        take_back(id, volume);
}

void SecretPublisher::withdraw(GuestId id, const std::vector<VolumeId>& volumes) {
    const auto found = publications_.find(id);
    if (found == publications_.end())
        return;
    for (const auto& volume : volumes)
        if (std::erase(found->second.volumes, volume) > 0)
            take_back(id, volume);
}

void SecretPublisher::take_back(GuestId id, VolumeId volume) {
    if (is_wanted(volume))
        return;
    libvirt_.withdraw(volume, [id, volume](const std::optional<Failure>& failure) {
        report(id, volume, "withdraw", failure ? failure->message() : "done");
    });
}

bool SecretPublisher::is_wanted(VolumeId volume) const {
    for (const auto& [id, publication] : publications_)
        if (std::find(publication.volumes.begin(), publication.volumes.end(), volume) != publication.volumes.end())
            return true;
    return false;
}

} // namespace guestkeyd
