// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bus_test.h"

#include "support/temp_dir.h"
#include "support/volume_calls.h"

namespace guestkeyd::test {

// An agent, and volumes in a folder of their own.
class VolumeBusTest : public BusTest {
  protected:
    VolumeBusTest() = default;
    explicit VolumeBusTest(const AgentOptions& options) : BusTest(options) {}

    [[nodiscard]] std::string at(const std::string& name) const { return (dir_ / name).string(); }

    // As root, with the old key; returns the job.
    [[nodiscard]] std::string start_create(const std::string& path, const std::string& format,
                                           std::uint64_t bytes = 8 * kMiB) const {
        return job_of(
            create_volume(root, {{"path", path}}, pipe_with(kOldKey + "\n"), {{"format", format}, {"capacity", bytes}})
                .answer());
    }
    std::string make(const std::string& format, std::uint64_t bytes = 8 * kMiB, const std::string& name = "volume") {
        auto path = at(name);
        const auto job = start_create(path, format, bytes);
        EXPECT_EQ(end_of_job(root, job), "") << job_property(root, job, "ErrorMessage");
        return path;
    }
    [[nodiscard]] std::string start_reencrypt(const std::string& path) const {
        return job_of(reencrypt(path).answer());
    }
    // With a small hot zone, so that it takes long, and is not over before the test has done something to it.
    [[nodiscard]] std::string start_slow_reencrypt(const std::string& path) const {
        auto job = job_of(reencrypt(path, {{"hotzone", kSmallHotZone}}).answer());
        EXPECT_TRUE(wait_until([&] { return is_under_way(job); }));
        return job;
    }
    [[nodiscard]] Call reencrypt(const std::string& path, const OptionValues& options = {}) const {
        return reencrypt_volume(root, {{"path", path}}, pipe_with(kOldKey + "\n" + kNewKey + "\n"), options);
    }
    // "true", "false", or the name of an error.
    [[nodiscard]] std::string opens(const std::string& path, const std::string& key) const {
        const auto answer = test_key(root, {{"path", path}}, pipe_with(key + "\n")).answer();
        return answer.ok() ? answer.text : short_name(answer);
    }
    [[nodiscard]] bool is_under_way(const std::string& job) const {
        return job_property(root, job, "BytesDone") != "0" && job_property(root, job, "State") == "1";
    }

    static constexpr std::uint64_t kMiB = 1024 * 1024;
    static constexpr std::uint64_t kLong = 256 * kMiB; // takes a while to re-encrypt
    static constexpr std::uint64_t kSmallHotZone = 512 * 1024;
    const std::string kOldKey = "b2xkIGtleSBvZiAyNTYgYml0cyBvZiByYW5kb21uZXM=";
    const std::string kNewKey = "bmV3IGtleSBvZiAyNTYgYml0cyBvZiByYW5kb21uZXM=";

  private:
    TempDir dir_;
};

} // namespace guestkeyd::test
