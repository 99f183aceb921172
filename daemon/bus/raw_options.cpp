// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/raw_options.h"

#include "base/error.h"
#include "base/id.h"

#include <cstring>

namespace guestkeyd {

namespace {

[[noreturn]] void refuse(const char* option) {
    throw Failure(ErrorCode::InvalidArgs,
                  "there is no option " + quoted(std::string_view(option)) + " here; see org.guestkeyd1(5)");
}

} // namespace

Force read_force(sd_bus_message* call) {
    auto force = Force::No;
    check_errno(sd_bus_message_enter_container(call, 'a', "{sv}"), "read the options");
    while (sd_bus_message_enter_container(call, 'e', "sv") > 0) {
        const char* name = nullptr;
        int value = 0;
        check_errno(sd_bus_message_read_basic(call, 's', &name), "read the options");
        if (std::strcmp(name, "force") != 0)
            refuse(name);
        if (sd_bus_message_read(call, "v", "b", &value) <= 0)
            throw Failure(ErrorCode::InvalidArgs, "option force has the wrong type; see org.guestkeyd1(5)");
        force = value != 0 ? Force::Yes : Force::No;
        check_errno(sd_bus_message_exit_container(call), "read the options");
    }
    return force;
}

void refuse_options(sd_bus_message* call) {
    const char* name = nullptr;
    check_errno(sd_bus_message_enter_container(call, 'a', "{sv}"), "read the options");
    if (sd_bus_message_enter_container(call, 'e', "sv") > 0 && sd_bus_message_read_basic(call, 's', &name) > 0)
        refuse(name);
}

} // namespace guestkeyd
