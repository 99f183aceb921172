// SPDX-License-Identifier: LGPL-2.1-or-later
// What guestkeyd finds in domain XML as libvirt writes it, one file in data/ for each way to name a secret.
#include "domainxml/domain_xml.h"
#include "domainxml/summary_format.h"

#include "support/project.h"
#include "support/temp_dir.h"

#include <gtest/gtest.h>

namespace guestkeyd::test {
namespace {

DomainSummary summary_of(const std::string& name) {
    return parse_domain_xml(read_file(project_file("tests/unit/data/" + name)));
}

SecretRef by_uuid(SecretUse use, const char* uuid) {
    return {use, VolumeId::parse(uuid), {}};
}

SecretRef by_usage(SecretUse use, const char* usage) {
    return {use, std::nullopt, usage};
}

using Secrets = std::vector<SecretRef>;

TEST(DomainXml, TellsUuidAndNameOfTheGuest) {
    const auto summary = summary_of("luks.xml");
    EXPECT_EQ(summary.guest, GuestId::parse("3a6f1a52-0d5c-4b3c-9d75-6b1f0c2e8a01"));
    EXPECT_EQ(summary.name, "luks");
}

TEST(DomainXml, FindsKeysOfDisksEachOnce) {
    const Secrets expected{by_uuid(SecretUse::Volume, "11111111-aaaa-4aaa-8aaa-000000000001"),
                           by_usage(SecretUse::Volume, "/dev/vg0/luks-data & \u201cmore\u201d")};
    EXPECT_EQ(summary_of("luks.xml").secrets, expected);
}

TEST(DomainXml, FindsKeysOfBackingChainAndMirror) {
    const Secrets expected{by_uuid(SecretUse::Volume, "22222222-aaaa-4aaa-8aaa-000000000001"),
                           by_uuid(SecretUse::Volume, "22222222-aaaa-4aaa-8aaa-000000000002"),
                           by_uuid(SecretUse::Volume, "22222222-aaaa-4aaa-8aaa-000000000003")};
    EXPECT_EQ(summary_of("chain.xml").secrets, expected);
}

TEST(DomainXml, FindsKeysOfExternalDataFiles) {
    const Secrets expected{by_uuid(SecretUse::Volume, "33333333-aaaa-4aaa-8aaa-000000000001")};
    EXPECT_EQ(summary_of("data_store.xml").secrets, expected);
}

TEST(DomainXml, FindsKeyOfVirtualTpm) {
    const Secrets expected{by_uuid(SecretUse::Vtpm, "44444444-aaaa-4aaa-8aaa-000000000001")};
    EXPECT_EQ(summary_of("vtpm.xml").secrets, expected);
}

TEST(DomainXml, FindsCephSecretsInTheSourceAndBesideIt) {
    const Secrets expected{by_uuid(SecretUse::Ceph, "55555555-aaaa-4aaa-8aaa-000000000001"),
                           by_uuid(SecretUse::Volume, "55555555-aaaa-4aaa-8aaa-000000000002"),
                           by_usage(SecretUse::Ceph, "client.libvirt secret")};
    EXPECT_EQ(summary_of("ceph.xml").secrets, expected);
}

TEST(DomainXml, FindsIscsiSecretsOfDisksAndHostDevices) {
    const Secrets expected{by_usage(SecretUse::Iscsi, "libvirtiscsi"),
                           by_uuid(SecretUse::Iscsi, "66666666-aaaa-4aaa-8aaa-000000000001")};
    EXPECT_EQ(summary_of("iscsi.xml").secrets, expected);
}

TEST(DomainXml, FindsIscsiSecretOfNvram) {
    EXPECT_EQ(summary_of("nvram.xml").secrets, Secrets{by_usage(SecretUse::Iscsi, "nvram")});
}

TEST(DomainXml, LeavesMetadataToItsApplications) {
    const auto summary = summary_of("plain.xml");
    EXPECT_EQ(summary.name, "plain \u2014 \u00fcn\u00efcode");
    EXPECT_TRUE(summary.secrets.empty());
}

TEST(DomainXml, TakesMetadataElementsElsewhereForWhatTheyAre) {
    const auto summary = parse_domain_xml("<domain><name>n</name><uuid>3a6f1a52-0d5c-4b3c-9d75-6b1f0c2e8a01</uuid>"
                                          "<devices><metadata><encryption secret='"
                                          "44444444-aaaa-4aaa-8aaa-000000000001'/></metadata></devices></domain>");
    EXPECT_EQ(summary.secrets.size(), 1U);
}

TEST(DomainXml, SameUuidForTwoUsesIsTwoSecrets) {
    const auto summary = parse_domain_xml("<domain><name>n</name><uuid>3a6f1a52-0d5c-4b3c-9d75-6b1f0c2e8a01</uuid>"
                                          "<encryption><secret uuid='44444444-aaaa-4aaa-8aaa-000000000001'/>"
                                          "</encryption><encryption secret='44444444-aaaa-4aaa-8aaa-000000000001'/>"
                                          "</domain>");
    EXPECT_EQ(summary.secrets.size(), 2U);
}

TEST(DomainXml, TellsTheBlockDevicesOfDisks) {
    const auto xml = read_file(project_file("tests/unit/data/luks.xml"));
    EXPECT_EQ(block_devices_of(xml), std::vector<std::string>{"/dev/vg0/luks-data"});
    EXPECT_TRUE(block_devices_of(read_file(project_file("tests/unit/data/vtpm.xml"))).empty());
}

TEST(DomainXml, NamesSecretsForPeople) {
    EXPECT_EQ(by_uuid(SecretUse::Volume, "11111111-AAAA-4aaa-8aaa-000000000001").str(),
              "11111111-aaaa-4aaa-8aaa-000000000001");
    EXPECT_EQ(by_usage(SecretUse::Ceph, "client.libvirt").str(), "ceph:client.libvirt");
}

class EveryDomainXml : public testing::TestWithParam<const char*> {};

TEST_P(EveryDomainXml, SurvivesTheWayToTheAgent) {
    const auto summary = summary_of(GetParam());
    EXPECT_EQ(decode_summary(encode_summary(summary)), summary);
}

INSTANTIATE_TEST_SUITE_P(DomainXml, EveryDomainXml,
                         testing::Values("luks.xml", "chain.xml", "data_store.xml", "vtpm.xml", "ceph.xml", "iscsi.xml",
                                         "nvram.xml", "plain.xml"));

} // namespace
} // namespace guestkeyd::test
