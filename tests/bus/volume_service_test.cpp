// SPDX-License-Identifier: LGPL-2.1-or-later
// Workers that a service manager starts, as guestkeyd-volume-worker.socket has them.
#include "volume_bus_test.h"

#include "support/project.h"

#include <csignal>

namespace guestkeyd::test {

namespace {

class VolumeService : public VolumeBusTest {
  protected:
    VolumeService() : VolumeService(std::make_shared<TempDir>()) {}

    // The process that does the one job there is.
    [[nodiscard]] pid_t worker() const {
        const auto found = run({"pgrep", "--parent", std::to_string(manager->pid())});
        EXPECT_EQ(found.status, 0) << "there is no worker";
        return std::stoi(found.output);
    }

    std::optional<Process> manager;

  private:
    explicit VolumeService(const std::shared_ptr<TempDir>& dir)
        : VolumeBusTest({.jobs = {{"CancelGraceSec", "1"}}, .volume_worker = *dir / "socket"}), dir_(dir) {
        manager.emplace(Command{
            {"systemd-socket-activate", "--accept", "--inetd", "--listen", *dir_ / "socket", volume_worker_program()},
            {},
            *dir_ / "log",
            *dir_ / "log"});
        EXPECT_TRUE(wait_until([this] { return std::filesystem::exists(*dir_ / "socket"); }));
        wait_for_libvirt();
    }

    std::shared_ptr<TempDir> dir_;
};

TEST_F(VolumeService, StartsAWorkerForEachJob) {
    make("luks2");
    make("luks1", 8 * kMiB, "other");
    EXPECT_EQ(opens(at("volume"), kOldKey), "true");
    EXPECT_EQ(end_of_job(root, start_reencrypt(at("other"))), "");
    EXPECT_EQ(opens(at("other"), kNewKey), "true");
}

TEST_F(VolumeService, ThatIsGoneIsAnErrorOfTheJob) {
    manager.reset();
    const auto job = start_create(at("volume"), "luks1");
    EXPECT_EQ(end_of_job(root, job), "Internal");
    EXPECT_NE(job_property(root, job, "ErrorMessage").find("reach a worker at"), std::string::npos)
        << job_property(root, job, "ErrorMessage");
}

TEST_F(VolumeService, HasAWorkerKilledThatDoesNotStop) {
    const auto job = start_slow_reencrypt(make("luks2", kLong));
    ASSERT_EQ(kill(worker(), SIGSTOP), 0);
    EXPECT_TRUE(cancel_job(root, job).answer().ok());
    EXPECT_EQ(end_of_job(root, job), "Cancelled");
    EXPECT_EQ(end_of_job(root, start_reencrypt(at("volume"))), "");
}

TEST_F(VolumeService, KeepsAWorkerFromGoingOnWithoutItsAgent) {
    const auto job = start_slow_reencrypt(make("luks2", kLong));
    agent.kill9();
    EXPECT_TRUE(wait_until([this] { return run({"pgrep", "--parent", std::to_string(manager->pid())}).status != 0; }));
    agent.start();
    wait_for_libvirt();
    EXPECT_EQ(end_of_job(root, start_reencrypt(at("volume"))), "");
}

} // namespace

} // namespace guestkeyd::test
