// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/envelope_output.h"
#include "cli/exit_status.h"
#include "cli/guest_operand.h"
#include "cli/json.h"
#include "cli/key_input.h"
#include "cli/session.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "cli/volume_operand.h"
#include "guestkeyd/envelope.h"

#include <iostream>

namespace guestkeyd::cli {

namespace {

AttachRequest request_of(const GuestId& guest, std::vector<Volume> volumes, const Options& options) {
    return {guest,
            std::move(volumes),
            options.name.value_or(""),
            options.exclusive,
            options.generation,
            options.wipe_on.value_or(""),
            options.lease,
            options.expected_within};
}

void report(const AttachRequest& request, const Options& options) {
    if (options.json != Json::Off)
        print_json({{"guest", request.guest.str()}, {"attached", request.volumes.size()}}, options.json);
    else if (!options.quiet)
        std::cout << "attached " << counted(request.volumes.size(), "key") << " to guest "
                  << human_guest(request.guest, request.name) << '\n';
}

} // namespace

int attach_keys(const Invocation& invocation) {
    const auto& options = invocation.options;
    require_host_for_recipient(options);
    auto volumes = parse_volume_operands(invocation.operands);
    Session agent(options);
    agent->ping(); // nobody shall type keys for an agent that is not there
    const auto guest = GuestOperands(*agent)(invocation.operands.front());
    const auto request = request_of(guest, std::move(volumes), options);
    agent->attach(request, read_keys(options.key_file, request.volumes));
    report(request, options);
    return kDone;
}

int seal_keys_away(const Invocation& invocation) {
    constexpr std::chrono::minutes kValidFor{5};
    const auto& options = invocation.options;
    const auto recipient = read_recipient(options);
    require_redirected_output();
    // By its UUID, since the agent that knows its name is elsewhere.
    const auto request =
        request_of(GuestId::parse(invocation.operands.front()), parse_volume_operands(invocation.operands), options);
    const auto keys = read_keys(options.key_file, request.volumes);
    write_envelope(seal_keys(request, keys, recipient, options.valid_for.value_or(kValidFor)));
    return kDone;
}

} // namespace guestkeyd::cli
