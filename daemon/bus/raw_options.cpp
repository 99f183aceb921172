// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/raw_options.h"

#include "base/error.h"
#include "base/id.h"

#include <cstring>

namespace guestkeyd {

Force read_force(sd_bus_message* call) {
    auto force = Force::No;
    check_errno(sd_bus_message_enter_container(call, 'a', "{sv}"), "read the options");
    while (sd_bus_message_enter_container(call, 'e', "sv") > 0) {
        const char* name = nullptr;
        int value = 0;
        check_errno(sd_bus_message_read_basic(call, 's', &name), "read the options");
        if (std::strcmp(name, "force") != 0)
            throw Failure(ErrorCode::InvalidArgs,
                          "there is no option " + quoted(std::string_view(name)) + " here; see org.guestkeyd1(5)");
        if (sd_bus_message_read(call, "v", "b", &value) <= 0)
            throw Failure(ErrorCode::InvalidArgs, "option force has the wrong type; see org.guestkeyd1(5)");
        force = value != 0 ? Force::Yes : Force::No;
        check_errno(sd_bus_message_exit_container(call), "read the options");
    }
    return force;
}

} // namespace guestkeyd
