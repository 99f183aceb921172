// SPDX-License-Identifier: LGPL-2.1-or-later
#include "authorization_table.h"

#include "base/error.h"
#include "support/project.h"

#include <fstream>
#include <sstream>

namespace guestkeyd::test {

std::ostream& operator<<(std::ostream& stream, const AuthorizationRow& row) {
    return stream << row.object << " " << row.interface << "." << row.member;
}

std::vector<AuthorizationRow> authorization_table() {
    std::ifstream file(project_file("tests/bus/authorization.table"));
    std::vector<AuthorizationRow> rows;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.starts_with('#'))
            continue;
        std::istringstream words(line);
        AuthorizationRow row;
        std::string member;
        words >> row.object >> member >> row.action >> row.root >> row.allowed >> row.denied >> row.polkit_gone;
        const auto dot = member.rfind('.');
        if (!words || dot == std::string::npos)
            throw Failure(ErrorCode::Internal, "authorization.table: cannot read the line: " + line);
        row.interface = member.substr(0, dot);
        row.member = member.substr(dot + 1);
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace guestkeyd::test
