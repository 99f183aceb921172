// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace guestkeyd::cli {

// The content of a file, or of standard input for "-"; InvalidArgs when it cannot be read or is no domain XML by size.
std::string read_domain_xml(const std::string& path);

} // namespace guestkeyd::cli
