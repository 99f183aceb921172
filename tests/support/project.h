// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string_view>

namespace guestkeyd::test {

// A file of the source tree.
std::filesystem::path project_file(std::string_view name);

// The programs as built.
const char* guestkeyd_program();
const char* domain_xml_parser_program();
const char* volume_worker_program();

} // namespace guestkeyd::test
