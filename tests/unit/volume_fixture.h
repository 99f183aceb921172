// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "support/process.h"
#include "support/temp_dir.h"
#include "support/volume_worker.h"

#include <concepts>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <ostream>

namespace guestkeyd {

// GoogleTest looks into a variant, and prints what it finds there.
template <std::convertible_to<JobReport> Report> void PrintTo(const Report& report, std::ostream* out) {
    *out << encode_job_report(report);
}

} // namespace guestkeyd

namespace guestkeyd::test {

inline const std::string kOldKey = "b2xkIGtleSBvZiAyNTYgYml0cyBvZiByYW5kb21uZXM=";
inline const std::string kNewKey = "bmV3IGtleSBvZiAyNTYgYml0cyBvZiByYW5kb21uZXM=";
inline const std::string kOtherKey = "b3RoZXIga2V5IG9mIDI1NiBiaXRzIHJhbmRvbW5lc3M=";

inline constexpr std::uint64_t kMiB = 1024 * 1024;
inline constexpr std::array kFormats{VolumeFormat::Luks2, VolumeFormat::Luks1, VolumeFormat::Qcow2};

// Volumes in a folder of their own, and jobs on them.
class Volumes : public testing::Test {
  protected:
    [[nodiscard]] std::string at(std::string_view name) const { return (dir_ / name).string(); }

    [[nodiscard]] static JobSpec create_spec(const std::string& path, VolumeFormat format,
                                             std::uint64_t capacity = 8 * kMiB) {
        return {.operation = VolumeOperation::Create, .path = path, .format = format, .capacity = capacity};
    }
    [[nodiscard]] static JobSpec reencrypt_spec(const std::string& path) {
        return {.operation = VolumeOperation::Reencrypt, .path = path};
    }

    // A volume of that format, with the old key.
    std::string make(VolumeFormat format, std::uint64_t capacity = 8 * kMiB, std::string_view name = "volume") {
        auto path = at(name);
        EXPECT_EQ(do_job(create_spec(path, format, capacity), {kOldKey}), (JobReport{JobDone{format, true}}));
        return path;
    }

    static JobReport test_key(const std::string& path, const std::string& key) { return do_job({.path = path}, {key}); }
    static bool opens(const std::string& path, const std::string& key) {
        const auto report = test_key(path, key);
        return std::holds_alternative<JobDone>(report) && std::get<JobDone>(report).key_opens;
    }
    static JobReport reencrypt(const std::string& path) { return do_job(reencrypt_spec(path), {kOldKey, kNewKey}); }

    static ErrorCode error_of(const JobReport& report) {
        if (const auto* failed = std::get_if<JobFailed>(&report))
            return failed->code;
        ADD_FAILURE() << "was done";
        return ErrorCode::Internal;
    }

    // What QEMU reads and writes in the volume, as a guest would: commands of qemu-io(1).
    Finished in_qemu(const std::string& path, VolumeFormat format, const std::string& key, const std::string& command) {
        write_file(dir_ / "key", key);
        const std::string driver =
            format == VolumeFormat::Qcow2 ? "driver=qcow2,encrypt.format=luks,encrypt." : "driver=luks,";
        return run({"qemu-io", "--object", "secret,id=key,file=" + at("key"), "--image-opts",
                    driver + "key-secret=key,file.driver=file,file.filename=" + path, "-c", command});
    }

    TempDir dir_;
};

} // namespace guestkeyd::test
