// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/guest_hook.h"

#include "agent/key_log.h"
#include "agent/key_store.h"
#include "guests/libvirt.h"

namespace guestkeyd {

namespace {

Failure keys_missing(const DomainSummary& summary, const std::vector<SecretRef>& missing) {
    return {ErrorCode::KeysMissing, "no key of " + list_names(missing) + " is here for guest " + quoted(summary.name) +
                                        " (" + summary.guest.str() +
                                        "); have its keys attached, for example with guestkeyctl attach"};
}

Failure libvirt_starting(const DomainSummary& summary) {
    return {ErrorCode::LibvirtUnavailable, "libvirtd is starting and cannot take the keys of guest " +
                                               quoted(summary.name) + " (" + summary.guest.str() +
                                               ") yet; start the guest again when libvirtd answers"};
}

} // namespace

// One "prepare" under way: read the XML, find the keys, ask libvirt for the rest, publish, answer. Held by the
// callbacks it waits for.
class GuestHook::Prepare : public std::enable_shared_from_this<Prepare> {
  public:
    Prepare(GuestHook& hook, GuestId guest, Done done)
        : hook_(hook), guest_(guest), done_(std::move(done)), deadline_(hook.loop_, [this] { time_is_up(); }) {
        deadline_.arm(hook.timeout_);
    }

    void start(const UniqueFd& xml) {
        hook_.reader_.read(xml, [self = shared_from_this()](DomainXmlAnswer answer) {
            if (answer.failure)
                return self->finish(answer.failure);
            self->find_keys(std::move(*answer.summary));
        });
    }

  private:
    void find_keys(DomainSummary summary) {
        summary_ = std::move(summary);
        if (summary_->guest != guest_)
            return finish(Failure(ErrorCode::InvalidArgs,
                                  "the domain XML is of guest " + summary_->guest.str() + ", not of " + guest_.str()));
        if (summary_->secrets.empty())
            return finish(std::nullopt);
        if (!hook_.libvirt_.connected())
            return finish(libvirt_starting(*summary_));
        needs_ = sort_needs(*summary_, hook_.store_.find(guest_));
        if (needs_.elsewhere.empty())
            return publish();
        hook_.libvirt_.unknown_secrets(
            needs_.elsewhere, [self = shared_from_this()](const auto& unknown, auto failure) {
                if (failure || !unknown.empty())
                    return self->finish(failure ? *failure : keys_missing(*self->summary_, unknown));
                self->publish();
            });
    }

    void publish() {
        if (!done_)
            return;
        // A purge may have come in between.
        const auto* guest = hook_.store_.find(guest_);
        for (const auto& secret : needs_.attached)
            if (!guest || !guest->find(secret.volume))
                return finish(keys_missing(*summary_, {{secret.use, secret.volume, {}}}));
        hook_.publisher_.publish(guest_, needs_.attached,
                                 [self = shared_from_this()](auto failure) { self->finish(failure); });
    }

    void time_is_up() {
        const auto self = shared_from_this();
        hook_.publisher_.withdraw(guest_);
        finish(Failure(ErrorCode::LibvirtUnavailable,
                       "the keys of guest " + guest_.str() +
                           " could not be given to libvirt in time; see the journal of guestkeyd"));
    }

    void finish(const std::optional<Failure>& failure) {
        deadline_.disarm();
        if (!done_)
            return;
        if (failure)
            hook_.log_.note({KeyAction::Prepare,
                             KeyResult::Refused,
                             guest_,
                             {},
                             "refused to prepare guest " + guest_.str() + ": " + failure->message()});
        std::exchange(done_, nullptr)(failure);
    }

    GuestHook& hook_;
    const GuestId guest_;
    Done done_;
    Timer deadline_;
    std::optional<DomainSummary> summary_;
    SecretNeeds needs_;
};

GuestHook::GuestHook(EventLoop& loop, Libvirt& libvirt, KeyStore& store, SecretPublisher& publisher,
                     DomainXmlReader& reader, const KeyLog& log, std::chrono::milliseconds timeout)
    : loop_(loop), libvirt_(libvirt), store_(store), publisher_(publisher), reader_(reader), log_(log),
      timeout_(timeout) {}

void GuestHook::run(GuestId guest, const std::string& operation, const UniqueFd& xml, Done done) {
    if (operation == "prepare") {
        std::make_shared<Prepare>(*this, guest, std::move(done))->start(xml);
        return;
    }
    // QEMU has opened its disks when "started" comes; "release" ends a start that failed before.
    if (operation == "started" || operation == "release")
        publisher_.withdraw(guest);
    done(std::nullopt);
}

} // namespace guestkeyd
