// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vm/vm_test.h"

#include "vm/installed_disk.h"
#include "vm/payload.h"

#include <cstdlib>

namespace guestkeyd::test {

namespace {

// The hosts of this program, until all tests are done.
class Hosts : public testing::Environment {
  public:
    void TearDown() override { all.clear(); }
    std::vector<std::unique_ptr<Host>> all;
};

auto* const hosts = static_cast<Hosts*>(testing::AddGlobalTestEnvironment(new Hosts));

std::filesystem::path log_folder() {
    const auto* const folder = std::getenv("VM_LOGS"); // NOLINT(concurrency-mt-unsafe): nobody changes it
    std::filesystem::path path = folder ? folder : "vm-logs";
    std::filesystem::create_directories(path);
    return path;
}

} // namespace

std::vector<Host*> boot_hosts(const std::vector<MachineTraits>& traits, Packages packages) {
    const auto disk = packages == Packages::Installed ? disk_with_packages(log_folder()) : in_image("root.img");
    std::vector<Host*> booted;
    for (const auto& each : traits) {
        booted.push_back(hosts->all.emplace_back(std::make_unique<Host>(each, disk, log_folder())).get());
        booted.back()->switch_on();
    }
    for (auto* const host : booted)
        host->wait_until_up();
    return booted;
}

Host& boot_host(const MachineTraits& traits, Packages packages) {
    return *boot_hosts({traits}, packages).front();
}

} // namespace guestkeyd::test
