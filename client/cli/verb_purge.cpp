// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"
#include "cli/guest_operand.h"
#include "cli/json.h"
#include "cli/session.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <iostream>

namespace guestkeyd::cli {

namespace {

Force force_of(const Options& options) {
    return options.force ? Force::Yes : Force::No;
}

void say(const Options& options, const std::string& sentence) {
    if (options.json == Json::Off && !options.quiet)
        std::cout << sentence << '\n';
}

int purge_all_guests(const Options& options) {
    Session agent(options);
    const auto purged = agent->purge_all(force_of(options));
    if (options.json != Json::Off)
        print_json({{"purged", purged}}, options.json);
    say(options, "purged " + counted(purged, "key") + " of all guests");
    return kDone;
}

int purge_guests(const Invocation& invocation) {
    const auto& options = invocation.options;
    Session agent(options);
    GuestOperands guest_of(*agent);
    auto json = JsonValue::array();
    const int status = for_each_operand(invocation.operands, [&](const std::string& operand) {
        const auto guest = guest_of(operand);
        const auto purged = agent->purge(guest, force_of(options));
        json.push_back({{"guest", guest.str()}, {"purged", purged}});
        say(options, "purged " + counted(purged, "key") + " of guest " + guest.str());
        return kDone;
    });
    if (options.json != Json::Off)
        print_json(json, options.json);
    return status;
}

} // namespace

int detach_keys(const Invocation& invocation) {
    const auto& options = invocation.options;
    Session agent(options);
    const auto guest = GuestOperands(*agent)(invocation.operands.front());
    auto json = JsonValue::array();
    const int status =
        for_each_operand({invocation.operands.begin() + 1, invocation.operands.end()}, [&](const std::string& operand) {
            const auto volume = VolumeId::parse(operand);
            agent->detach(guest, {volume}, force_of(options));
            json.push_back(volume.str());
            say(options, "detached the key of volume " + volume.str());
            return kDone;
        });
    if (options.json != Json::Off)
        print_json({{"guest", guest.str()}, {"detached", json}}, options.json);
    return status;
}

int purge_keys(const Invocation& invocation) {
    if (invocation.options.all != invocation.operands.empty())
        throw Failure(ErrorCode::InvalidArgs, "name the guests to purge, or give --all alone for the keys of all "
                                              "guests; see guestkeyctl --help");
    return invocation.options.all ? purge_all_guests(invocation.options) : purge_guests(invocation);
}

} // namespace guestkeyd::cli
