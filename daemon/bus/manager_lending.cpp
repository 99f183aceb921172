// SPDX-License-Identifier: LGPL-2.1-or-later
// The members of the Manager that lend keys.
#include "bus/manager_object.h"

namespace guestkeyd {

namespace {

KeyLending::Done answer_to(const Reply<>& reply) {
    return [reply](const std::optional<Failure>& failure) {
        if (failure)
            reply.fail(*failure);
        else
            reply.ok();
    };
}

} // namespace

void ManagerObject::LendKeys(sdbus::Result<>&& result, std::string guest, std::vector<std::string> volumes,
                             std::uint32_t seconds, OptionMap options) {
    const Reply<> reply(std::move(result));
    reply.guard([&] {
        Options(std::move(options)).refuse_rest();
        const Loan loan{std::chrono::seconds(seconds), gate_.uid_of(sender())};
        const auto which = volumes.empty() ? std::vector<VolumeId>() : parse_volumes(volumes);
        agent_.lending().lend({GuestId::parse(guest), which, loan}, answer_to(reply));
    });
}

void ManagerObject::WithdrawKeys(sdbus::Result<>&& result, std::string guest, OptionMap options) {
    const Reply<> reply(std::move(result));
    reply.guard([&] {
        Options(std::move(options)).refuse_rest();
        agent_.lending().end(GuestId::parse(guest), gate_.uid_of(sender()), answer_to(reply));
    });
}

} // namespace guestkeyd
