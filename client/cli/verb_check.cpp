// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"
#include "cli/guest_operand.h"
#include "cli/input_file.h"
#include "cli/json.h"
#include "cli/session.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <iostream>

namespace guestkeyd::cli {

namespace {

void report(const GuestId& guest, const Readiness& readiness) {
    if (readiness.ready) {
        std::cout << "guest " << guest.str() << " is ready to start\n";
        return;
    }
    std::cout << "guest " << guest.str() << " cannot start, for these keys are missing:\n";
    for (const auto& secret : readiness.missing)
        std::cout << "  " << printable(secret) << '\n';
}

JsonValue json_of_check(const GuestId& guest, const Readiness& readiness) {
    return {{"guest", guest.str()}, {"ready", readiness.ready}, {"missing", readiness.missing}};
}

} // namespace

int check_guests(const Invocation& invocation) {
    const auto& options = invocation.options;
    if (options.domain_xml && invocation.operands.size() > 1)
        throw Failure(ErrorCode::InvalidArgs,
                      "--domain-xml tells of one guest; check the others by calls of their own");
    const auto domain_xml =
        options.domain_xml ? std::optional(read_input(*options.domain_xml, kDomainXml)) : std::nullopt;
    Session agent(options);
    GuestOperands guest_of(*agent);
    auto json = JsonValue::array();
    const int status = for_each_operand(invocation.operands, [&](const std::string& operand) {
        const auto guest = guest_of(operand);
        const auto readiness = domain_xml ? agent->check(guest, *domain_xml) : agent->check(guest);
        json.push_back(json_of_check(guest, readiness));
        if (options.json == Json::Off && !options.quiet)
            report(guest, readiness);
        return readiness.ready ? kDone : kKeysMissing;
    });
    if (options.json != Json::Off)
        print_json(json, options.json);
    return status;
}

} // namespace guestkeyd::cli
