// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/project.h"

namespace guestkeyd::test {

std::filesystem::path project_file(std::string_view name) {
    return std::filesystem::path(PROJECT_ROOT) / name;
}

const char* guestkeyd_program() {
    return GUESTKEYD_PROGRAM;
}

const char* domain_xml_parser_program() {
    return DOMAIN_XML_PARSER_PROGRAM;
}

const char* volume_worker_program() {
    return VOLUME_WORKER_PROGRAM;
}

} // namespace guestkeyd::test
