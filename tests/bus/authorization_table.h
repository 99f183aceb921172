// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace guestkeyd::test {

struct AuthorizationRow {
    std::string object;
    std::string interface;
    std::string member;
    std::string action; // that polkit is asked for, without "org.guestkeyd1."; "-": it is not asked
    // "ok", or the last part of the name of the error.
    std::string root;
    std::string allowed;
    std::string denied;
    std::string polkit_gone;
};
std::ostream& operator<<(std::ostream& stream, const AuthorizationRow& row);

// authorization.table beside this file.
std::vector<AuthorizationRow> authorization_table();

} // namespace guestkeyd::test
