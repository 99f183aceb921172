// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "vm/vm_test.h"

#include <string>

namespace guestkeyd::test {

// Tests with a host on which volumes in use are re-encrypted.
class Online : public testing::Test {
  protected:
    static std::string reencrypt(const std::string& volume, const std::string& old_key, const std::string& new_key,
                                 const std::string& options) {
        return host->run("guestkeyctl volume reencrypt --online " + options + " " + volume + " --key-file=" + old_key +
                         " --new-key-file=" + new_key);
    }
    // The number of the job, which has begun to re-encrypt.
    static std::string begun(const std::string& job) {
        EXPECT_TRUE(host->comes_true("[[ $(" + property(job, "BytesDone") + ") > 0 ]]"));
        return job;
    }
    static std::string property(const std::string& job, const std::string& name) {
        return "busctl get-property org.guestkeyd1 /org/guestkeyd1/job/" + job + " org.guestkeyd1.Job " + name +
               " | cut -d' ' -f2";
    }
    static std::string state(const std::string& job) { return host->run(property(job, "State")); }
    // Its process id; a process is known by the first 15 bytes of its name.
    static std::string worker() { return host->run("pgrep --exact guestkeyd-volum"); }
    // ... and has another one in its place.
    static void kill_worker() {
        const auto process = worker();
        host->run("kill -9 " + process);
        EXPECT_TRUE(host->comes_true("pid=$(pgrep --exact guestkeyd-volum)\n"
                                     "[[ $pid && $pid != " +
                                     process + " ]]"));
    }
    static void wait_for(const std::string& job) { host->run("guestkeyctl job wait --quiet " + job); }
    static void expect_nothing_left_of_it() {
        EXPECT_THAT(host->run("dmsetup ls --target linear | grep -v ^vg- || true"), testing::IsEmpty());
    }

    static inline Host* host = nullptr;
};

} // namespace guestkeyd::test
