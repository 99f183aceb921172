// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace guestkeyd {

// Where ssh(1) is to go.
struct RemoteAddress {
    std::string user{}; // empty: as ssh_config(5) says
    std::string host;
    std::string port{}; // empty: as ssh_config(5) says
};

// Of [USER@]HOST[:PORT]; InvalidArgs for anything else.
RemoteAddress parse_remote_address(const std::string& text);

} // namespace guestkeyd
