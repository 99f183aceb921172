// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"
#include "cli/guest_operand.h"
#include "cli/json.h"
#include "cli/session.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <iostream>

namespace guestkeyd::cli {

int renew_leases(const Invocation& invocation) {
    const auto& options = invocation.options;
    if (!options.lease)
        throw Failure(ErrorCode::InvalidArgs,
                      "renew needs to know for how long; give --lease=SPAN, such as --lease=2h");
    const auto seconds = static_cast<std::size_t>(options.lease->count());
    Session agent(options);
    GuestOperands guest_of(*agent);
    auto json = JsonValue::array();
    const int status = for_each_operand(invocation.operands, [&](const std::string& operand) {
        const auto guest = guest_of(operand);
        agent->renew_lease(guest, *options.lease);
        json.push_back({{"guest", guest.str()}, {"lease", seconds}});
        if (options.json == Json::Off && !options.quiet)
            std::cout << "renewed the lease of guest " << guest.str() << " for " << counted(seconds, "second") << '\n';
        return kDone;
    });
    if (options.json != Json::Off)
        print_json(json, options.json);
    return status;
}

} // namespace guestkeyd::cli
