// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"
#include "cli/guest_operand.h"
#include "cli/json.h"
#include "cli/session.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <iostream>

namespace guestkeyd::cli {

int lend_keys(const Invocation& invocation) {
    const auto& options = invocation.options;
    if (!options.lend_for)
        throw Failure(ErrorCode::InvalidArgs, "lend needs to know for how long; give --for=SPAN, such as --for=1min");
    std::vector<VolumeId> volumes;
    for (std::size_t i = 1; i < invocation.operands.size(); ++i)
        volumes.push_back(VolumeId::parse(invocation.operands[i]));
    Session agent(options);
    const auto guest = GuestOperands(*agent)(invocation.operands.front());
    agent->lend(guest, volumes, *options.lend_for);
    const auto seconds = static_cast<std::size_t>(options.lend_for->count());
    if (options.json != Json::Off)
        print_json({{"guest", guest.str()}, {"volumes", json_of(volumes)}, {"seconds", seconds}}, options.json);
    else if (!options.quiet)
        std::cout << "lent " << (volumes.empty() ? "all keys" : counted(volumes.size(), "key")) << " of guest "
                  << guest.str() << " to libvirt for " << counted(seconds, "second") << '\n';
    return kDone;
}

int withdraw_keys(const Invocation& invocation) {
    const auto& options = invocation.options;
    Session agent(options);
    GuestOperands guest_of(*agent);
    auto json = JsonValue::array();
    const int status = for_each_operand(invocation.operands, [&](const std::string& operand) {
        const auto guest = guest_of(operand);
        agent->withdraw(guest);
        json.push_back({{"guest", guest.str()}});
        if (options.json == Json::Off && !options.quiet)
            std::cout << "took back what was lent of guest " << guest.str() << '\n';
        return kDone;
    });
    if (options.json != Json::Off)
        print_json(json, options.json);
    return status;
}

} // namespace guestkeyd::cli
