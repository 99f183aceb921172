// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/virt_test.h"

#include "support/project.h"

namespace guestkeyd::test {

void VirtTest::SetUp() {
    HostGuestkey::SetUp();
    std::filesystem::create_directory(pool());
    const auto made = shell("virsh pool-define-as default dir --target $PWD/pool && virsh pool-start default");
    ASSERT_EQ(made.status, 0) << made.error;
}

void VirtTest::TearDown() {
    (void)shell(
        "for guest in $(virsh list --name); do virsh destroy $guest; done\n"
        "for guest in $(virsh list --all --name); do virsh undefine $guest; done\n"
        "for pool in $(virsh pool-list --all --name); do virsh pool-destroy $pool; virsh pool-undefine $pool; done");
}

Environment VirtTest::environment() const {
    auto variables = HostGuestkey::environment();
    variables["HOME"] = dir.path();
    variables["XDG_CACHE_HOME"] = dir / "cache";
    return variables;
}

Finished VirtTest::finish(const Command& command) const {
    // The tools begin slowly, and call guestkey several times, which makes a key of the passphrase slowly each time.
    constexpr auto kLong = 5 * kPatience;
    const TempDir results;
    Process process({command.arguments, command.environment, results / "output", results / "error"});
    const int status = process.wait(kLong);
    return {status, read_file(results / "output"), read_file(results / "error")};
}

std::string VirtTest::tool(const std::string& name) {
    return "--extensions=" + project_file("client/virt").string() + " " + name + " --connect qemu:///system";
}

std::string VirtTest::options(const std::string& guest) {
    return "--name " + guest +
           " --memory 16 --import --osinfo detect=off,require=off --virt-type qemu --machine pc --graphics none "
           "--network none --noautoconsole";
}

std::string VirtTest::install(const std::string& guest, const std::string& disks) {
    return tool("virt-install") + " " + options(guest) + " " + disks;
}

bool VirtTest::is_encrypted(const std::string& file) {
    return run({"qemu-img", "info", "--force-share", file}).output.find("encrypted: yes") != std::string::npos ||
           run({"cryptsetup", "isLuks", file}).status == 0;
}

} // namespace guestkeyd::test
