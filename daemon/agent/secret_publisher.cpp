// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/secret_publisher.h"

#include "agent/key_log.h"
#include "agent/key_store.h"
#include "base/fault_point.h"
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

KeyUse use_of(GuestId guest, VolumeId volume, KeyAction action, const std::optional<Failure>& failure) {
    return {action,
            failure ? KeyResult::Failed : KeyResult::Done,
            guest,
            {volume},
            std::string(key_action_name(action)) + " the key of volume " + volume.str() + " of guest " + guest.str() +
                ": " + (failure ? failure->message() : "done")};
}

} // namespace

SecretPublisher::SecretPublisher(EventLoop& loop, Libvirt& libvirt, KeyStore& store, const KeyLog& log,
                                 std::chrono::seconds timeout)
    : loop_(loop), libvirt_(libvirt), store_(store), log_(log), timeout_(timeout) {}

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
                     [this, outcome, id, secret](PublishResult result, const std::optional<Failure>& failure) {
                         auto use = use_of(id, secret.volume, KeyAction::Publish, failure);
                         if (!failure && result == PublishResult::LibvirtHasItsOwn) {
                             use.result = KeyResult::Refused;
                             use.message = "libvirt has a secret of its own for volume " + secret.volume.str() +
                                           " of guest " + id.str() + ", which it uses";
                         }
                         log_.note(use);
                         fault_point("publish-answered");
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
    libvirt_.withdraw(volume, [this, id, volume](const std::optional<Failure>& failure) {
        log_.note(use_of(id, volume, KeyAction::Withdraw, failure));
    });
}

bool SecretPublisher::is_wanted(VolumeId volume) const {
    for (const auto& [id, publication] : publications_)
        if (std::find(publication.volumes.begin(), publication.volumes.end(), volume) != publication.volumes.end())
            return true;
    return false;
}

} // namespace guestkeyd
