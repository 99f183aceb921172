// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"
#include "cli/guest_operand.h"
#include "cli/json.h"
#include "cli/key_input.h"
#include "cli/session.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "cli/volume_operand.h"

#include <iostream>

namespace guestkeyd::cli {

namespace {

std::vector<Volume> parse_volumes(const std::vector<std::string>& operands) {
    std::vector<Volume> volumes;
    for (std::size_t i = 1; i < operands.size(); ++i)
        volumes.push_back(parse_volume_operand(operands[i], i));
    return volumes;
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
    auto volumes = parse_volumes(invocation.operands);
    Session agent(options);
    agent->ping(); // nobody shall type keys for an agent that is not there
    const auto guest = GuestOperands(*agent)(invocation.operands.front());
    const AttachRequest request{guest,
                                std::move(volumes),
                                options.name.value_or(""),
                                options.exclusive,
                                options.generation,
                                options.wipe_on.value_or(""),
                                options.lease,
                                options.expected_within};
    agent->attach(request, read_keys(options.key_file, request.volumes));
    report(request, options);
    return kDone;
}

} // namespace guestkeyd::cli
