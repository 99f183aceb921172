// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/envelope_output.h"
#include "cli/exit_status.h"
#include "cli/guest_operand.h"
#include "cli/input_file.h"
#include "cli/json.h"
#include "cli/session.h"
#include "cli/verbs.h"

#include <iostream>

namespace guestkeyd::cli {

namespace {

std::vector<VolumeId> volumes_of(const std::vector<std::string>& operands) {
    std::vector<VolumeId> volumes;
    for (std::size_t i = 1; i < operands.size(); ++i)
        volumes.push_back(VolumeId::parse(operands[i]));
    return volumes;
}

SealedClaim claim_of(const std::vector<std::string>& operands) {
    if (operands.empty())
        return {};
    // By its UUID, since no key of it needs to be here yet.
    return {GuestId::parse(operands.front()), volumes_of(operands)};
}

} // namespace

int export_keys(const Invocation& invocation) {
    const auto& options = invocation.options;
    auto recipient = read_recipient(options);
    auto volumes = volumes_of(invocation.operands);
    require_redirected_output();
    Session agent(options);
    const auto guest = GuestOperands(*agent)(invocation.operands.front());
    write_envelope(agent->export_sealed({guest, std::move(volumes), std::move(recipient), options.valid_for}));
    return kDone;
}

int import_keys(const Invocation& invocation) {
    const auto& options = invocation.options;
    const auto claim = claim_of(invocation.operands);
    Session agent(options);
    const auto envelope = read_input("-", kEnvelope);
    agent->attach_sealed({envelope.begin(), envelope.end()}, claim);
    if (options.json != Json::Off)
        print_json({{"imported", true}}, options.json);
    else if (!options.quiet)
        std::cout << "attached the keys from the envelope\n";
    return kDone;
}

} // namespace guestkeyd::cli
