// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"
#include "cli/json.h"
#include "cli/session.h"
#include "cli/verbs.h"

#include <iostream>

namespace guestkeyd::cli {

int show_certificate(const Invocation& invocation) {
    const auto& options = invocation.options;
    Session agent(options);
    const auto certificate = options.rotate ? agent->rotate_host_certificate() : agent->host_certificate();
    if (options.json != Json::Off)
        print_json({{"certificate", certificate}}, options.json);
    else
        std::cout << certificate;
    return kDone;
}

} // namespace guestkeyd::cli
