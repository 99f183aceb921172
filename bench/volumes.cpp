// SPDX-License-Identifier: LGPL-2.1-or-later
// Volumes: guestkeyd's worker beside cryptsetup and qemu-img, in one run on one machine. See README.md.
#include "peers.h"

#include "support/process.h"
#include "support/temp_dir.h"
#include "support/volume_worker.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <unistd.h>

using namespace guestkeyd;
using namespace guestkeyd::bench;
using namespace guestkeyd::test;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr int kRounds = 5;
constexpr int kManyVolumes = 50;

const std::string kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="; // 256 bits as base64
const std::string kNext = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

void work(const JobSpec& spec, const Keys& keys) {
    const auto report = do_job(spec, keys);
    require(std::holds_alternative<JobDone>(report), encode_job_report(report));
}

double seconds_of_job(const JobSpec& spec, const Keys& keys) {
    const auto start = Clock::now();
    work(spec, keys);
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void print(const char* what, const char* unit, double theirs, double ours, double ratio) {
    std::printf("%-52s %9.3f %-5s %9.3f %-5s %8.2f\n", what, theirs, unit, ours, unit, ratio);
    std::fflush(stdout);
}

class Bench {
  public:
    Bench() {
        write_file(dir_ / "key", kKey);
        std::printf("%-52s %15s %15s %8s\n", "median", "theirs", "guestkeyd", "ratio");
    }

    // Both with checksums and the same hot zone, one after the other, so that both meet the same disk.
    void reencrypt() {
        constexpr std::uint64_t kSize = 1024 * kMiB;
        const auto path = make(VolumeFormat::Luks2, kSize);
        Keys keys{kKey, kNext};
        std::vector<double> theirs;
        std::vector<double> ours;
        for (int i = 0; i < kRounds; ++i) {
            write_file(dir_ / "key", keys[0]);
            theirs.push_back(seconds_of_command({"cryptsetup", "reencrypt", "--batch-mode", "--force-offline-reencrypt",
                                                 "--key-file", at("key"), "--resilience", "checksum",
                                                 "--resilience-hash", "sha256", "--hotzone-size", "8M", "--pbkdf",
                                                 "pbkdf2", "--pbkdf-force-iterations", "1000", path}));
            ours.push_back(
                seconds_of_job({.operation = VolumeOperation::Reencrypt, .path = path, .hotzone = 8 * kMiB}, keys));
            std::swap(keys[0], keys[1]);
        }
        constexpr auto kSizeInMiB = static_cast<double>(kSize / kMiB);
        const double their_rate = kSizeInMiB / median(theirs);
        const double our_rate = kSizeInMiB / median(ours);
        print("luks2 re-encrypted, 1 GiB, hot zone 8 MiB", "MiB/s", their_rate, our_rate, our_rate / their_rate);
    }

    void create_luks1() {
        write_file(dir_ / "key", kKey);
        std::vector<double> theirs;
        std::vector<double> ours;
        for (int i = 0; i < kRounds; ++i) {
            theirs.push_back(seconds_of_command({"qemu-img", "create", "-q", "-f", "luks", "--object",
                                                 "secret,id=key,file=" + at("key"), "-o", "key-secret=key,iter-time=10",
                                                 at("theirs"), "64M"}));
            ours.push_back(seconds_of_job(create(at("luks1"), VolumeFormat::Luks1, 64 * kMiB), {kKey}));
            unlink(at("luks1").c_str());
        }
        print("luks1 made (qemu-img create -f luks)", "s", median(theirs), median(ours), median(theirs) / median(ours));
    }

    void open_one() {
        const auto minimal = make(VolumeFormat::Luks2, kMiB);
        const auto theirs_path = default_pbkdf();
        std::vector<double> theirs;
        std::vector<double> ours;
        for (int i = 0; i < kRounds; ++i) {
            theirs.push_back(seconds_of_command(open_by_cryptsetup(theirs_path)));
            ours.push_back(seconds_of_job({.path = minimal}, {kKey}));
        }
        print("one opened (cryptsetup's default PBKDF)", "s", median(theirs), median(ours),
              median(theirs) / median(ours));
    }

    void open_many() {
        const auto minimal = make(VolumeFormat::Luks2, kMiB);
        const auto theirs_path = default_pbkdf();
        auto start = Clock::now();
        {
            std::vector<std::unique_ptr<VolumeWorker>> workers;
            workers.reserve(kManyVolumes);
            for (int i = 0; i < kManyVolumes; ++i)
                workers.push_back(std::make_unique<VolumeWorker>(JobSpec{.path = minimal}, Keys{kKey}));
            for (const auto& worker : workers)
                require(worker->finish().has_value(), "open a volume");
        }
        const double ours = std::chrono::duration<double>(Clock::now() - start).count();
        const auto [our_memory, their_memory] = memory_of_one(minimal, theirs_path);
        const int at_once = std::clamp(static_cast<int>(available_mib() / 2 / their_memory), 1, kManyVolumes);
        start = Clock::now();
        run_at_once(open_by_cryptsetup(theirs_path), kManyVolumes, at_once);
        const double theirs = std::chrono::duration<double>(Clock::now() - start).count();
        print("50 opened at once*", "s", theirs, ours, theirs / ours);
        print("memory for all 50 at once", "MiB", their_memory * kManyVolumes, our_memory * kManyVolumes,
              their_memory / our_memory);
        std::printf("* cryptsetup's: %d at a time, for which there is memory here\n", at_once);
    }

  private:
    [[nodiscard]] std::string at(std::string_view name) const { return (dir_ / name).string(); }

    static JobSpec create(const std::string& path, VolumeFormat format, std::uint64_t capacity) {
        return {.operation = VolumeOperation::Create,
                .path = path,
                .format = format,
                .capacity = capacity,
                .overwrite = true};
    }

    std::string make(VolumeFormat format, std::uint64_t capacity) {
        work(create(at("volume"), format, capacity), {kKey});
        return at("volume");
    }

    std::string default_pbkdf() {
        write_file(dir_ / "key", kKey);
        auto path = at("default");
        require(run({"truncate", "-s", "32M", path}).status == 0 &&
                    run({"cryptsetup", "luksFormat", "--batch-mode", "--key-file", at("key"), path}).status == 0,
                "make a volume with cryptsetup");
        return path;
    }

    [[nodiscard]] std::vector<std::string> open_by_cryptsetup(const std::string& path) const {
        return {"cryptsetup", "open", "--test-passphrase", "--key-file", at("key"), path};
    }

    // The most that a process of each kind had resident, in MiB; each in a child of ours, whose children count alone.
    [[nodiscard]] std::pair<double, double> memory_of_one(const std::string& ours, const std::string& theirs) const {
        return {peak_mib([&] { work({.path = ours}, {kKey}); }),
                peak_mib([&] { require(run(open_by_cryptsetup(theirs)).status == 0, "open a volume"); })};
    }

    TempDir dir_;
};

} // namespace

int main() {
    Bench bench;
    bench.reencrypt();
    bench.create_luks1();
    bench.open_one();
    bench.open_many();
    return 0;
}
