// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/host_test.h"

#include "base/error.h"
#include "support/key_fd.h"
#include "support/project.h"

#include <cstdlib>

namespace guestkeyd::test {

namespace {

// The machine's own libvirt is not ours to play with.
class OnAHostOfItsOwn : public testing::Environment {
  public:
    void SetUp() override {
        if (!std::getenv("RIG_DIR")) // NOLINT(concurrency-mt-unsafe): there is one thread yet
            throw Failure(ErrorCode::Internal,
                          "run this on a host of its own: tests/rig/host DIR --hook=FILE -- PROGRAM");
    }
};

const auto* const environment = testing::AddGlobalTestEnvironment(new OnAHostOfItsOwn);

} // namespace

void libvirtd(const std::string& action) {
    const auto done = run({project_file("tests/rig/libvirtd"), action});
    ASSERT_EQ(done.status, 0) << done.error;
}

pid_t libvirtd_pid() {
    return std::stoi(read_file("/run/libvirt/libvirtd.pid"));
}

AgentOptions with_host_libvirt(AgentOptions options) {
    options.domain_uri = "qemu:///system";
    options.secret_uri = "secret:///system";
    return options;
}

bool comes_to_be(const Connection& caller, const LibvirtGuest& guest, const std::string& state) {
    return wait_until([&] {
        return get_property(caller, guest_path(guest.uuid()), kGuestInterface, "State").answer().text == state;
    });
}

HostTest::HostTest(AgentOptions options) : agent(kSystemBus, with_host_libvirt(std::move(options))) {
    EXPECT_TRUE(hears_libvirt());
}

bool HostTest::hears_libvirt() const {
    return wait_until([this] { return manager_property(root, "LibvirtConnected") == "true"; });
}

void HostTest::attach(const LibvirtGuest& guest, const AttachArguments& options) const {
    auto arguments = options;
    arguments.guest = guest.uuid();
    arguments.volumes = {{guest.volume(), {}}};
    const auto answer = attach_keys(root, arguments, pipe_with(LibvirtGuest::key())).answer();
    ASSERT_TRUE(answer.ok()) << answer;
}

void HostTest::start(const LibvirtGuest& guest, const AttachArguments& options) const {
    attach(guest, options);
    const auto started = guest.start();
    ASSERT_EQ(started.status, 0) << started.error;
    ASSERT_TRUE(guest.boots());
}

bool HostTest::comes_to_be(const LibvirtGuest& guest, const std::string& state) const {
    return test::comes_to_be(root, guest, state);
}

} // namespace guestkeyd::test
