// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/secret_publisher.h"

#include "agent/key_log.h"
#include "agent/key_store.h"
#include "base/fault_point.h"
#include "guests/libvirt.h"
#include "guests/secret_calls.h"

namespace guestkeyd {

// Collects the answers about several secrets into one.
class SecretsOutcome {
  public:
    SecretsOutcome(std::size_t expected, SecretPublisher::Done done) : expected_(expected), done_(std::move(done)) {}

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

KeyUse use_of(GuestId guest, VolumeId volume, KeyAction action, const std::optional<Failure>& failure,
              std::optional<std::uint32_t> caller) {
    return {action,
            failure ? KeyResult::Failed : KeyResult::Done,
            guest,
            {volume},
            std::string(key_action_name(action)) + " the key of volume " + volume.str() + " of guest " + guest.str() +
                ": " + (failure ? failure->message() : "done"),
            caller};
}

} // namespace

SecretPublisher::SecretPublisher(EventLoop& loop, Libvirt& libvirt, KeyStore& store, const KeyLog& log,
                                 std::chrono::seconds timeout)
    : loop_(loop), libvirt_(libvirt), store_(store), log_(log), timeout_(timeout) {}

void SecretPublisher::publish(GuestId guest, const std::vector<SecretToPublish>& secrets, Done done) {
    give_out({guest, Purpose::Start, timeout_}, secrets, std::move(done));
}

void SecretPublisher::lend(GuestId guest, const std::vector<SecretToPublish>& secrets, const Loan& loan, Done done) {
    give_out({guest, Purpose::Loan, loan.span, loan.caller}, secrets, std::move(done));
}

void SecretPublisher::give_out(const Order& order, const std::vector<SecretToPublish>& secrets, Done done) {
    if (secrets.empty())
        return done(std::nullopt);
    const Holder holder{order.guest, order.purpose};
    for (const auto& [volume, use] : secrets) {
        auto& timer = held_[holder][volume];
        timer = std::make_unique<Timer>(loop_, [this, holder, volume = volume] { release(holder, volume); });
        timer->arm(order.span);
    }
    auto finish = [this, holder, secrets, done = std::move(done)](const std::optional<Failure>& failure) {
        if (failure)
            for (const auto& secret : secrets)
                release(holder, secret.volume);
        done(failure);
    };
    const auto outcome = std::make_shared<SecretsOutcome>(secrets.size(), std::move(finish));
    for (const auto& secret : secrets)
        publish_one(order, secret, outcome);
    store_.note_given_out(order.guest, order.purpose == Purpose::Start);
}

void SecretPublisher::publish_one(const Order& order, SecretToPublish secret,
                                  const std::shared_ptr<SecretsOutcome>& outcome) {
    const auto* volume = store_.get(order.guest).find(secret.volume);
    SecretDefinition definition{secret.volume, secret.use, usage_of(*volume), "key of guest " + order.guest.str()};
    libvirt_.publish(std::move(definition), store_.read(*volume),
                     [this, outcome, order, secret](PublishResult result, const std::optional<Failure>& failure) {
                         const auto action = order.purpose == Purpose::Loan ? KeyAction::Lend : KeyAction::Publish;
                         auto use = use_of(order.guest, secret.volume, action, failure, order.caller);
                         if (!failure && result == PublishResult::LibvirtHasItsOwn) {
                             use.result = KeyResult::Refused;
                             use.message = "libvirt has a secret of its own for volume " + secret.volume.str() +
                                           " of guest " + order.guest.str() + ", which it uses";
                         }
                         log_.note(use);
                         fault_point("publish-answered");
                         outcome->add(failure);
                     });
}

void SecretPublisher::withdraw(GuestId guest) {
    auto held = held_.extract({guest, Purpose::Start});
    if (!held.empty())
        for (const auto& [volume, timer] : held.mapped())
            take_back(guest, volume, std::nullopt, nullptr);
}

void SecretPublisher::withdraw(GuestId guest, const std::vector<VolumeId>& volumes) {
    for (const auto& volume : volumes)
        for (const auto purpose : {Purpose::Start, Purpose::Loan})
            release({guest, purpose}, volume);
}

void SecretPublisher::end_loans(GuestId guest, std::uint32_t caller, Done done) {
    auto held = held_.extract({guest, Purpose::Loan});
    if (held.empty())
        return done(std::nullopt);
    const auto outcome = std::make_shared<SecretsOutcome>(held.mapped().size(), std::move(done));
    for (const auto& [volume, timer] : held.mapped())
        take_back(guest, volume, caller, [outcome](const auto& failure) { outcome->add(failure); });
}

void SecretPublisher::release(Holder holder, VolumeId volume) {
    const auto held = held_.find(holder);
    if (held == held_.end() || held->second.erase(volume) == 0)
        return;
    if (held->second.empty())
        held_.erase(held);
    take_back(holder.first, volume, std::nullopt, nullptr);
}

void SecretPublisher::take_back(GuestId guest, VolumeId volume, std::optional<std::uint32_t> caller, const Done& done) {
    if (is_wanted(volume)) {
        if (done)
            done(std::nullopt);
        return;
    }
    libvirt_.withdraw(volume, [this, guest, volume, caller, done](const std::optional<Failure>& failure) {
        log_.note(use_of(guest, volume, KeyAction::Withdraw, failure, caller));
        if (done)
            done(failure);
    });
}

bool SecretPublisher::is_wanted(VolumeId volume) const {
    return std::any_of(held_.begin(), held_.end(), [&](const auto& held) { return held.second.contains(volume); });
}

} // namespace guestkeyd
