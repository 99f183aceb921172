// SPDX-License-Identifier: LGPL-2.1-or-later
// The program guestkeyd-domain-xml, run as the agent runs it.
#include "domainxml/domain_xml.h"
#include "domainxml/summary_format.h"
#include "program_run.h"
#include "support/project.h"
#include "support/temp_dir.h"

#include <gtest/gtest.h>

namespace guestkeyd::test {
namespace {

ProgramResult parser(const std::string& input) {
    return run_program(domain_xml_parser_program(), {}, {}, input);
}

std::string luks_xml() {
    return read_file(project_file("tests/unit/data/luks.xml"));
}

TEST(DomainXmlParser, WritesTheSummary) {
    const auto result = parser(luks_xml());
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.errors, "");
    EXPECT_EQ(decode_summary(result.output), parse_domain_xml(luks_xml()));
}

void expect_one_line(const ProgramResult& result) {
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.output, "");
    EXPECT_EQ(result.errors.find('\n'), result.errors.size() - 1) << result.errors;
}

TEST(DomainXmlParser, ComplainsInOneLine) {
    expect_one_line(parser(""));
    expect_one_line(parser("<domain>\n\n"));
    expect_one_line(parser(luks_xml() + std::string(kMaxDomainXml, ' ')));
}

TEST(DomainXmlParser, HasRoomForTheDensestXml) {
    std::string dense = "<domain><name>n</name><uuid>3a6f1a52-0d5c-4b3c-9d75-6b1f0c2e8a01</uuid>";
    while (dense.size() < kMaxDomainXml - 16)
        dense += "<a/>x";
    const auto result = parser(dense + "</domain>");
    EXPECT_EQ(result.status, 0) << result.errors;
}

} // namespace
} // namespace guestkeyd::test
