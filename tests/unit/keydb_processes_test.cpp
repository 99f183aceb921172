// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keydb/object_lock.h"
#include "keydb/values.h"
#include "keydb_fixture.h"
#include "support/wait_until.h"

#include <csignal>
#include <fstream>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

namespace guestkeyd::keydb {

namespace {

// Several processes with one database.
class Processes : public KeydbTest {
  protected:
    Processes() {
        auto database = make();
        database.add_host(host("here"));
        database.add_volume(volume(disk, "/disk"), "the first");
    }

    // Returns 0 if the work did not throw.
    static pid_t fork_to(const std::function<void()>& work) {
        const pid_t child = fork();
        if (child != 0)
            return child;
        try {
            work();
            _exit(0);
        } catch (const std::exception& error) {
            fprintf(stderr, "%s\n", error.what());
            _exit(1);
        }
    }
    static int end_of(pid_t child) {
        int status = 0;
        waitpid(child, &status, 0);
        return status;
    }
    void rekey_without_end() const {
        for (auto database = open();;) {
            database.prepare_key(disk);
            database.commit_key(disk);
        }
    }
};

TEST_F(Processes, WriteAtOnceAndLoseNothing) {
    constexpr int kVolumes = 20;
    std::vector<pid_t> children;
    for (int writer = 0; writer < 3; ++writer)
        children.push_back(fork_to([&] {
            auto database = open();
            for (int i = 0; i < kVolumes; ++i)
                database.add_volume(volume(VolumeId::parse(new_uuid()), std::to_string(writer * kVolumes + i)));
        }));
    for (const pid_t child : children)
        EXPECT_EQ(end_of(child), 0);
    EXPECT_EQ(open().volumes().size(), 3U * kVolumes + 1);
}

TEST_F(Processes, PrepareOneNewKeyTogether) {
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i)
        children.push_back(fork_to([&] { open().prepare_key(disk); }));
    for (const pid_t child : children)
        EXPECT_EQ(end_of(child), 0);
    EXPECT_EQ(open().keys(disk).size(), 2U);
}

TEST_F(Processes, ThatAreKilledAtAnyMomentLeaveACurrentKeyAndLoseNone) {
    std::random_device random;
    std::size_t known = 1;
    for (unsigned round = 0; round < 50; ++round) {
        const pid_t child = fork_to([this] { rekey_without_end(); });
        usleep(random() % (10'000 * (1 + round / 5))); // the moment of its death, nothing that is waited for
        kill(child, SIGKILL);
        end_of(child);
        auto database = open();
        Sqlite raw(file);
        Statement check(raw, "PRAGMA integrity_check");
        ASSERT_TRUE(check.next());
        ASSERT_EQ(check.text(0), "ok");
        EXPECT_FALSE(database.key(disk, KeyState::Current).view().empty());
        const auto keys = database.keys(disk);
        for (const auto& key : keys)
            EXPECT_FALSE(database.key(disk, key.row).view().empty());
        EXPECT_GE(keys.size(), known);
        known = keys.size();
    }
    EXPECT_GT(known, 1U) << "no process came to its work before it was killed";
}

TEST_F(Processes, WorkOnOneThingOneAfterTheOther) {
    const ObjectLock lock(file, disk.str(), "volume " + disk.str());
    const pid_t child = fork_to([&] { ObjectLock(file, disk.str(), "volume"); });
    EXPECT_NE(end_of(child), 0);
    const pid_t other = fork_to([&] { ObjectLock(file, data.str(), "volume"); });
    EXPECT_EQ(end_of(other), 0);
}

TEST_F(Processes, AreNotKeptFromTheirWorkByOneThatWasKilled) {
    const pid_t child = fork_to([&] {
        const ObjectLock lock(file, disk.str(), "volume");
        std::ofstream(dir / "locked") << "yes";
        pause();
    });
    ASSERT_TRUE(test::wait_until([&] { return std::filesystem::exists(dir / "locked"); }));
    EXPECT_EQ(failure_of([&] { ObjectLock(file, disk.str(), "volume"); }).code(), ErrorCode::Busy);
    kill(child, SIGKILL);
    end_of(child);
    ObjectLock(file, disk.str(), "volume");
}

} // namespace

} // namespace guestkeyd::keydb
