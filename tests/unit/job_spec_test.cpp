// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/job_spec.h"

#include "base/error.h"

#include <functional>
#include <gtest/gtest.h>

namespace guestkeyd::test {
namespace {

JobSpec sample() {
    return {.operation = VolumeOperation::Create,
            .path = "/var/lib/libvirt/images/web server \u00e9.img",
            .format = VolumeFormat::Luks2,
            .capacity = 1024 * 1024,
            .cipher = "aes-xts-plain64",
            .key_size = 256,
            .sector_size = 4096,
            .label = " web ",
            .overwrite = true,
            .pbkdf = Pbkdf::Argon2id};
}

JobSpec change_of_key() {
    return {.operation = VolumeOperation::Reencrypt,
            .path = "/dev/vg/web",
            .hotzone = 1024 * 1024,
            .resilience = Resilience::Journal,
            .target = "/dev/vg/copy"};
}

JobSpec opening() {
    return {.operation = VolumeOperation::Open, .path = "/dev/vg/web", .mapping = "web-disk", .may_be_open = true};
}

JobSpec online() {
    return {.operation = VolumeOperation::Reencrypt,
            .path = "/dev/vg/web",
            .online = true,
            .folder = "/run/guestkeyd/online",
            .name = "pool/web",
            .caller = 1000};
}

ErrorCode refusal(const std::function<void()>& attempt) {
    try {
        attempt();
    } catch (const Failure& failure) {
        return failure.code();
    }
    ADD_FAILURE() << "was taken";
    return ErrorCode::Internal;
}

TEST(JobSpec, IsReadAsWritten) {
    for (const auto& spec : {sample(), change_of_key(), opening(), online(), JobSpec{.path = "/a"}})
        EXPECT_EQ(decode_job_spec(encode_job_spec(spec)), spec);
}

TEST(JobSpec, SaysOnlyWhatDiffersFromTheDefaults) {
    EXPECT_EQ(encode_job_spec({.path = "/a"}), "guestkeyd-volume-job 1\noperation test\npath /a\n\n");
}

TEST(JobSpec, EveryCutOrAdditionIsNoticed) {
    const auto text = encode_job_spec(sample());
    for (std::size_t length = 0; length < text.size(); ++length)
        EXPECT_THROW(decode_job_spec(text.substr(0, length)), Failure) << length;
    for (const auto& more : {text + "\n", text + text, " " + text, text + "key"})
        EXPECT_THROW(decode_job_spec(more), Failure) << more;
}

class NotASpec : public testing::TestWithParam<std::string> {};

TEST_P(NotASpec, IsRefused) {
    const auto text = "guestkeyd-volume-job 1\n" + GetParam() + "\n";
    EXPECT_EQ(refusal([&] { decode_job_spec(text); }), ErrorCode::Internal);
}

INSTANTIATE_TEST_SUITE_P(Lines, NotASpec,
                         testing::Values("", "operation\npath /a\n", "operation erase\npath /a\n",
                                         "path /a\noperation test\n", "operation test\noperation test\npath /a\n",
                                         "operation test\npath /a\nformat raw\n", "operation test\npath /a\nformat \n",
                                         "operation test\npath /a\nkey secret\n",
                                         "operation test\npath /a\ncapacity 0\n",
                                         "operation create\npath /a\nformat luks1\ncapacity 0512\n",
                                         "operation create\npath /a\nformat luks1\ncapacity +512\n",
                                         "operation create\npath /a\nformat luks1\ncapacity 18446744073709551616\n",
                                         "operation create\npath /a\nformat luks1\noverwrite no\n",
                                         "operation create\npath /a\nformat luks1\npbkdf minimal\n",
                                         "operation test\npath /" + std::string(kMaxJobSpec, 'a') + "\n"));

class NotAJob : public testing::TestWithParam<JobSpec> {};

TEST_P(NotAJob, IsRefused) {
    EXPECT_EQ(refusal([] { check_job_spec(GetParam()); }), ErrorCode::InvalidArgs);
    EXPECT_THROW(decode_job_spec(encode_job_spec(GetParam())), Failure);
}

JobSpec with(JobSpec spec, const std::function<void(JobSpec&)>& change) {
    change(spec);
    return spec;
}

JobSpec create_with(const std::function<void(JobSpec&)>& change) {
    return with(sample(), change);
}

INSTANTIATE_TEST_SUITE_P(
    Create, NotAJob,
    testing::Values(
        create_with([](JobSpec& s) { s.path = "web.img"; }), create_with([](JobSpec& s) { s.path = ""; }),
        create_with([](JobSpec& s) { s.path = "/a\nb"; }),
        create_with([](JobSpec& s) { s.path = "/" + std::string(kMaxPath, 'a'); }),
        create_with([](JobSpec& s) { s.format.reset(); }), create_with([](JobSpec& s) { s.capacity = 100; }),
        create_with([](JobSpec& s) { s.capacity = 4096 + 512; }),
        create_with([](JobSpec& s) { s.capacity = std::uint64_t{1} << 61; }),
        create_with([](JobSpec& s) { s.cipher = "aes"; }), create_with([](JobSpec& s) { s.cipher = "capi:x-y"; }),
        create_with([](JobSpec& s) { s.key_size = 64; }), create_with([](JobSpec& s) { s.key_size = 1024; }),
        create_with([](JobSpec& s) { s.sector_size = 8192; }),
        create_with([](JobSpec& s) { s.label = std::string(kMaxLabel + 1, 'l'); }),
        create_with([](JobSpec& s) { s.label = "a\tb"; }), create_with([](JobSpec& s) { s.target = "/dev/vg/copy"; }),
        create_with([](JobSpec& s) { s.hotzone = 4096; }),
        create_with([](JobSpec& s) { s.format = VolumeFormat::Luks1; }),
        JobSpec{.operation = VolumeOperation::Create, .path = "/a", .format = VolumeFormat::Qcow2}));

INSTANTIATE_TEST_SUITE_P(
    Others, NotAJob,
    testing::Values(
        with(change_of_key(), [](JobSpec& s) { s.hotzone = 1000; }),
        with(change_of_key(), [](JobSpec& s) { s.hotzone = std::uint64_t{1} << 30; }),
        with(change_of_key(), [](JobSpec& s) { s.capacity = 512; }),
        with(change_of_key(), [](JobSpec& s) { s.target = "copy"; }),
        with(change_of_key(), [](JobSpec& s) { s.format = VolumeFormat::Luks1, s.pbkdf = Pbkdf::Argon2id; }),
        with(online(), [](JobSpec& s) { s.target = "/dev/vg/copy"; }),
        with(online(), [](JobSpec& s) { s.folder = "online"; }), with(online(), [](JobSpec& s) { s.name = "a\nb"; }),
        with(online(), [](JobSpec& s) { s.online = false; }), JobSpec{.path = "/a", .online = true},
        JobSpec{.path = "/a", .overwrite = true}, JobSpec{.path = "/a", .resilience = Resilience::Journal}));

INSTANTIATE_TEST_SUITE_P(Mappings, NotAJob,
                         testing::Values(with(opening(), [](JobSpec& s) { s.mapping = ""; }),
                                         with(opening(), [](JobSpec& s) { s.mapping = "vg/web"; }),
                                         with(opening(), [](JobSpec& s) { s.format = VolumeFormat::Luks2; }),
                                         with(opening(), [](JobSpec& s) { s.capacity = 512; }),
                                         with(opening(), [](JobSpec& s) { s.overwrite = true; }),
                                         with(opening(), [](JobSpec& s) { s.operation = VolumeOperation::Close; }),
                                         with(change_of_key(), [](JobSpec& s) { s.mapping = "web"; })));

TEST(MappingName, IsWhatDeviceMapperTakesAsItIs) {
    for (const auto* name : {"a", "web-disk", "Web_2.0:vda@b=c+d#e", ".a"})
        EXPECT_TRUE(is_mapping_name(name)) << name;
    EXPECT_TRUE(is_mapping_name(std::string(kMaxMappingName, 'm')));
    for (const auto* name : {"", ".", "..", "control", "a/b", "a b", "a\nb", "a\\x20b", "caf\xc3\xa9"})
        EXPECT_FALSE(is_mapping_name(name)) << name;
    EXPECT_FALSE(is_mapping_name(std::string(kMaxMappingName + 1, 'm')));
}

TEST(JobSpec, OnlyMappingsNeedDeviceMapper) {
    EXPECT_TRUE(maps_devices(opening()));
    for (const auto& spec : {sample(), change_of_key(), JobSpec{.path = "/a"}})
        EXPECT_FALSE(maps_devices(spec));
}

} // namespace
} // namespace guestkeyd::test
