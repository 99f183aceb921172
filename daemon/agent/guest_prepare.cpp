// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/guest_prepare.h"

#include "agent/key_log.h"
#include "agent/key_store.h"
#include "agent/mappings.h"
#include "guests/libvirt.h"

#include <algorithm>

namespace guestkeyd {

GuestHook::Prepare::Prepare(GuestHook& hook, GuestId guest, StartFrom from, Done done)
    : hook_(hook), guest_(guest), from_(from), done_(std::move(done)), deadline_(hook.loop_, [this] { time_is_up(); }),
      patience_(hook.loop_, [this] { finish(keys_missing(missing_)); }) {
    deadline_.arm(hook.times_.for_secrets);
}

void GuestHook::Prepare::start(const UniqueFd& xml) {
    hook_.reader_.read(xml, [self = shared_from_this()](DomainXmlAnswer answer) {
        if (answer.failure)
            return self->finish(answer.failure);
        self->take(std::move(*answer.summary));
    });
}

void GuestHook::Prepare::take(DomainSummary summary) {
    summary_ = std::move(summary);
    if (summary_->guest != guest_)
        return finish(Failure(ErrorCode::InvalidArgs,
                              "the domain XML is of guest " + summary_->guest.str() + ", not of " + guest_.str()));
    if (summary_->secrets.empty())
        return open_mappings();
    if (!hook_.libvirt_.takes_secrets())
        return hook_.wait_for_libvirt(shared_from_this());
    find_keys();
}

void GuestHook::Prepare::find_keys() {
    if (!done_)
        return;
    needs_ = sort_needs(*summary_, hook_.store_.find(guest_));
    if (needs_.elsewhere.empty())
        return publish();
    hook_.libvirt_.unknown_secrets(needs_.elsewhere,
                                   [self = shared_from_this()](const auto& unknown, const auto& failure) {
                                       if (failure)
                                           return self->finish(failure);
                                       if (unknown.empty())
                                           return self->publish();
                                       self->wait_for_keys(unknown);
                                   });
}

void GuestHook::Prepare::refuse_for_now() {
    if (!done_)
        return;
    const bool arrives = from_ == StartFrom::AnotherHost;
    if (!arrives)
        hook_.late_starts_.remember(guest_, from_);
    finish(Failure(ErrorCode::LibvirtUnavailable,
                   "libvirtd is starting and cannot take the keys of guest " + quoted(summary_->name) + " (" +
                       guest_.str() + ") yet; " +
                       (arrives ? "migrate it again when libvirtd answers"
                                : "guestkeyd will start this guest if it is marked for autostart, else start it again "
                                  "when libvirtd answers")));
}

void GuestHook::Prepare::wait_for_keys(std::vector<SecretRef> missing) {
    if (!done_)
        return;
    missing_ = std::move(missing);
    hook_.waiting_.push_back(shared_from_this());
    patience_.arm(hook_.times_.for_keys);
    hook_.keys_needed_({guest_, missing_, from_ == StartFrom::AnotherHost});
}

void GuestHook::Prepare::look_again() {
    needs_ = sort_needs(*summary_, hook_.store_.find(guest_));
    std::erase_if(missing_, [this](const SecretRef& secret) {
        return std::find(needs_.elsewhere.begin(), needs_.elsewhere.end(), secret) == needs_.elsewhere.end();
    });
    if (!missing_.empty())
        return;
    patience_.disarm();
    std::erase(hook_.waiting_, shared_from_this());
    publish();
}

void GuestHook::Prepare::publish() {
    if (!done_)
        return;
    // A purge may have come in between.
    const auto* guest = hook_.store_.find(guest_);
    for (const auto& secret : needs_.attached)
        if (!guest || !guest->find(secret.volume))
            return finish(keys_missing({{secret.use, secret.volume, {}}}));
    hook_.publisher_.publish(guest_, needs_.attached, [self = shared_from_this()](const auto& failure) {
        if (failure)
            self->finish(failure);
        else
            self->open_mappings();
    });
}

// All of the guest, because the XML need not name them as what they are: see decisions.md.
void GuestHook::Prepare::open_mappings() {
    if (!done_)
        return;
    deadline_.arm(hook_.times_.for_volumes);
    hook_.mappings_.open(guest_, [self = shared_from_this()](const auto& failure) {
        if (failure && self->done_)
            self->hook_.publisher_.withdraw(self->guest_);
        self->finish(failure);
    });
}

void GuestHook::Prepare::time_is_up() {
    if (!missing_.empty())
        return finish(keys_missing(missing_));
    hook_.publisher_.withdraw(guest_);
    hook_.mappings_.close(guest_);
    finish(Failure(ErrorCode::LibvirtUnavailable,
                   "the keys of guest " + guest_.str() +
                       " could not be given to libvirt, or its volumes not opened, in time; see the journal of "
                       "guestkeyd"));
}

void GuestHook::Prepare::finish(const std::optional<Failure>& failure) {
    const auto self = shared_from_this(); // the hook may be the last that holds it
    deadline_.disarm();
    patience_.disarm();
    std::erase(hook_.waiting_, self);
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

Failure GuestHook::Prepare::keys_missing(const std::vector<SecretRef>& missing) const {
    return {ErrorCode::KeysMissing, "no key of " + list_names(missing) + " is here for guest " +
                                        quoted(summary_->name) + " (" + guest_.str() +
                                        "); have its keys attached, for example with guestkeyctl attach"};
}

} // namespace guestkeyd
