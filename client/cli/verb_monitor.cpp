// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/event_printer.h"
#include "cli/exit_status.h"
#include "cli/session.h"
#include "cli/verbs.h"

#include <unistd.h>

namespace guestkeyd::cli {

int monitor_agent(const Invocation& invocation) {
    Session agent(invocation.options);
    EventPrinter printer(invocation.options.json);
    agent->watch(printer.events());
    printer.know(agent->status(), agent->guests());
    if (geteuid() != 0 && invocation.options.hosts.empty() && !invocation.options.quiet)
        warn("the system bus shows events of guestkeyd to root alone, unless the administrator allowed this user; "
             "see org.guestkeyd1(5)");
    agent->run();
    return kDone;
}

} // namespace guestkeyd::cli
