// SPDX-License-Identifier: LGPL-2.1-or-later
// libvirtd calls hooks with locks held, at times from its main loop, at times before it answers anybody: whoever asks
// it something meanwhile, and waits, stops it for good.
#include "host/host_test.h"
#include "support/key_fd.h"

#include <filesystem>
#include <map>
#include <sstream>

namespace guestkeyd::test {

namespace {

namespace fs = std::filesystem;

class Deadlock : public HostTest {
  protected:
    static std::string xml_of(const LibvirtGuest& of) { return virsh({"dumpxml", of.name()}).output; }
    [[nodiscard]] Answer hook(const LibvirtGuest& of, const char* operation, const std::string& xml) const {
        Call call(root, {kManagerPath, kManagerInterface, "GuestHook"});
        return call.with("ssssh", of.uuid().c_str(), operation, "begin", "-", pipe_with(xml).get()).answer();
    }

    const LibvirtGuest guest{"locked"};
};

// libvirtd destroys the guest in its main loop when the client that started it so is gone.
TEST_F(Deadlock, NoneWhenAGuestIsDestroyedWithItsClient) {
    attach(guest);
    const auto started = virsh({"start", "--autodestroy", guest.name()});
    ASSERT_EQ(started.status, 0) << started.error;
    EXPECT_NE(signals.next("KeysPurged").text.find("destroyed"), std::string::npos);
    EXPECT_EQ(guest.state(), "shut off");
    start(guest);
}

// libvirtd starts guests that are marked so once after boot, before it answers anybody.
TEST_F(Deadlock, NoneWhenAGuestStartsWithLibvirtd) {
    attach(guest);
    ASSERT_EQ(virsh({"autostart", guest.name()}).status, 0);
    libvirtd("stop");
    ASSERT_TRUE(fs::remove("/run/libvirt/qemu/autostarted"));
    libvirtd("start");
    EXPECT_TRUE(hears_libvirt());
    EXPECT_EQ(agent.keys().keys_of(guest.uuid()).size(), 1U);
    EXPECT_TRUE(wait_until([this] { return guest.state() == "running"; }));
    EXPECT_TRUE(guest.boots());
}

// As libvirtd would for its autostart guests, and for others.
TEST_F(Deadlock, IsAvoidedForWhateverGuestButOnlyThoseThatLibvirtdStartsAreStartedLater) {
    const LibvirtGuest other{"started by hand"};
    const LibvirtGuest comer{"from elsewhere"};
    for (const auto* each : {&guest, &other, &comer})
        attach(*each);
    for (const auto* each : {&guest, &comer})
        ASSERT_EQ(virsh({"autostart", each->name()}).status, 0);
    const std::map<const LibvirtGuest*, std::string> xml{
        {&guest, xml_of(guest)}, {&other, xml_of(other)}, {&comer, xml_of(comer)}};
    libvirtd("stop");
    EXPECT_TRUE(comes_to_be(guest, kUnknown));
    EXPECT_TRUE(hook(comer, "migrate", xml.at(&comer)).ok());
    for (const auto* each : {&guest, &other, &comer}) {
        const auto answer = hook(*each, "prepare", xml.at(each));
        EXPECT_EQ(short_name(answer), "LibvirtUnavailable") << answer;
    }
    libvirtd("start");
    EXPECT_TRUE(hears_libvirt());
    EXPECT_TRUE(wait_until([this] { return guest.state() == "running"; }));
    // Answered after all that was asked of libvirt before.
    EXPECT_TRUE(check_guest(root, guest.uuid()).answer().ok());
    EXPECT_EQ(other.state(), "shut off");
    EXPECT_EQ(comer.state(), "shut off");
}

// A hook holds the guest's lock, for which whoever lists the guests waits.
TEST_F(Deadlock, NoneWhenGuestsAreListedWhileOneStarts) {
    attach(guest);
    auto starting = guest.start_in_background();
    while (starting.running())
        EXPECT_EQ(virsh({"list", "--all"}).status, 0);
    EXPECT_EQ(starting.wait(), 0);
    EXPECT_TRUE(guest.boots());
}

// libvirt reads the standard error of a hook to its end, so whoever keeps it open stops the start.
TEST_F(Deadlock, NoneBecauseTheHookLeavesNobodyBehindWhoHoldsItsOutputOpen) {
    attach(guest);
    const TempDir dir;
    write_file(dir / "xml", xml_of(guest));
    const auto* const read_to_the_end = "/etc/libvirt/hooks/qemu.d/guestkeyd locked $0 begin - <$1 2>&1 | cat";
    for (const auto* operation : {"prepare", "started", "release", "reconnect"}) {
        Process hook({{"bash", "-o", "pipefail", "-c", read_to_the_end, operation, dir / "xml"}, {}, {}, {}});
        EXPECT_EQ(hook.wait(), 0) << operation;
    }
}

// A libvirtd with few workers, and a hook beside ours, before which guests stop until it is told to go on.
class StarvedLibvirtd : public Deadlock {
  protected:
    StarvedLibvirtd() {
        write_file(kHook, "#!/bin/sh\n[ \"$2\" = prepare ] || exit 0\ntouch /run/stopped\n"
                          "while [ ! -e /run/go-on ]; do read -t 0.1 _ <> /run/never || true; done\n");
        fs::permissions(kHook, fs::perms::owner_all);
        EXPECT_EQ(run({"mkfifo", "/run/never"}).status, 0);
        write_file(kConfiguration, before_ + "min_workers = 1\nmax_workers = 2\nprio_workers = 1\n");
        libvirtd("restart");
        EXPECT_TRUE(hears_libvirt());
    }
    ~StarvedLibvirtd() override {
        for (const auto* file : {kHook, "/run/stopped", "/run/go-on", "/run/never"})
            fs::remove(file);
        write_file(kConfiguration, before_);
        libvirtd("restart");
    }

    // How many calls wait for a worker.
    static int waiting_calls() {
        std::istringstream lines(
            run({"virt-admin", "--connect", "libvirtd:///system", "server-threadpool-info", "libvirtd"}).output);
        for (std::string name, colon, value; lines >> name >> colon >> value;)
            if (name == "jobQueueDepth")
                return std::stoi(value);
        return 0;
    }

    // Clients that ask for the guest, and wait for its lock, until no worker is left: calls of theirs wait for one
    // then, whenever one looks, and not only for the moment in which another call is answered.
    std::vector<Process> take_all_workers() const {
        std::vector<Process> clients;
        unsigned looks = 0;
        EXPECT_TRUE(wait_until([&] {
            looks = waiting_calls() > 0 ? looks + 1 : 0;
            if (looks == 0)
                clients.emplace_back(
                    Command{{"virsh", "--connect", "qemu:///system", "domstate", guest.name()}, {}, {}, {}});
            return looks == 10;
        }));
        return clients;
    }

    static constexpr auto kHook = "/etc/libvirt/hooks/qemu.d/a-stop";
    static constexpr auto kConfiguration = "/etc/libvirt/libvirtd.conf";
    const std::string before_ = read_file(kConfiguration);
};

TEST_F(StarvedLibvirtd, RefusesTheStartInTimeAndThenGoesOn) {
    attach(guest);
    auto starting = guest.start_in_background();
    ASSERT_TRUE(wait_until([] { return fs::exists("/run/stopped"); }));
    auto clients = take_all_workers();
    write_file("/run/go-on", "");
    EXPECT_NE(starting.wait(), 0);
    for (auto& client : clients)
        EXPECT_EQ(client.wait(), 0);
    EXPECT_EQ(agent.keys().keys_of(guest.uuid()).size(), 1U);
    EXPECT_TRUE(wait_until([this] { return guest.start().status == 0; }));
    EXPECT_TRUE(guest.boots());
    EXPECT_TRUE(wait_until([] { return secrets_of_libvirt().empty(); }));
}

} // namespace

} // namespace guestkeyd::test
