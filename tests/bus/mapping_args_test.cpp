// SPDX-License-Identifier: LGPL-2.1-or-later
// What AttachKeys takes for the delivery dm-crypt.
#include "bus_test.h"

#include <fcntl.h>
#include <filesystem>

namespace guestkeyd::test {

namespace {

class KeyForDmCrypt : public BusTest {
  protected:
    [[nodiscard]] Answer attach_with(const VolumeArgument& argument) const {
        return attach_keys(root, {guest, {argument}, {}, false}, pipe_with("a key\n")).answer();
    }
    void expect_refused(const Answer& answer, const std::string& error) const {
        EXPECT_EQ(short_name(answer), error) << answer;
        EXPECT_EQ(manager_property(root, "KeyCount"), "0");
    }
};

TEST_F(KeyForDmCrypt, NamesAMappingThatDeviceMapperTakes) {
    const auto attach = [this](std::vector<std::pair<std::string, std::string>> options) {
        options.emplace_back("delivery", "dm-crypt");
        return attach_with({volume, std::move(options)});
    };
    expect_refused(attach({}), "InvalidArgs");
    expect_refused(attach({{"device", "/dev/vg/web"}}), "InvalidArgs");
    expect_refused(attach_with({volume, {{"device", "/dev/vg/web"}, {"mapping", "web"}}}), "InvalidArgs");
    for (const auto* device : {"web", "/dev/../dev/sda", "/dev/a\nb", "/dev/"})
        expect_refused(attach({{"device", device}, {"mapping", "web"}}), "InvalidArgs");
    expect_refused(attach({{"device", "/" + std::string(2000, 'd')}, {"mapping", "web"}}), "InvalidArgs");
    for (const auto& name : {std::string("a/b"), std::string("control"), std::string(".."), std::string(128, 'm')})
        expect_refused(attach({{"device", "/dev/vg/web"}, {"mapping", name}}), "InvalidArgs");
    expect_refused(attach({{"device", "/dev/vg/web"}, {"mapping", "web"}, {"usage-type", "ceph"}, {"usage-id", "x"}}),
                   "InvalidArgs");
}

// A host that took the key could not start the guest.
TEST_F(KeyForDmCrypt, IsRefusedWhereTheKernelHasNoDeviceMapper) {
    const bool there = std::filesystem::exists("/sys/class/misc/device-mapper") ||
                       UniqueFd(open("/dev/mapper/control", O_RDONLY | O_CLOEXEC));
    const auto answer = attach_with(
        {volume, {{"delivery", "dm-crypt"}, {"device", "/dev/vg/web"}, {"mapping", "guestkeyd-test-mapping"}}});
    if (there)
        EXPECT_TRUE(answer.ok()) << answer;
    else
        expect_refused(answer, "Unsupported");
}

} // namespace

} // namespace guestkeyd::test
