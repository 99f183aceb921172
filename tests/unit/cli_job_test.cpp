// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "cli/byte_size.h"
#include "cli/job_progress.h"
#include "cli/job_text.h"
#include "cli/volume_place.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace guestkeyd::cli {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
const Time kNow{1'800'000'000s};

Job half_done() {
    Job job;
    job.number = 3;
    job.operation = "reencrypt";
    job.volume = "/srv/web1.img";
    job.state = JobState::Running;
    job.progress = 0.5;
    job.bytes = 100 * kMiB;
    job.bytes_done = 50 * kMiB;
    job.rate = 10 * kMiB;
    job.expected_end = kNow + 5s;
    return job;
}

} // namespace

TEST(JobLine, TellsProgressRateAndTimeLeft) {
    EXPECT_EQ(progress_line(half_done(), 0, kNow), "job 3 running: 50%, 50.0M of 100.0M, 10.0M/s, 5s left");
    EXPECT_EQ(progress_line(half_done(), 10, kNow),
              "job 3 running: [#####-----] 50%, 50.0M of 100.0M, 10.0M/s, 5s left");
}

TEST(JobLine, TellsNothingThatIsNotKnown) {
    auto job = half_done();
    job.rate.reset();
    EXPECT_EQ(progress_line(job, 0, kNow + 6s), "job 3 running: 50%, 50.0M of 100.0M");
    job.progress.reset();
    job.state = JobState::Waiting;
    EXPECT_EQ(progress_line(job, 10, kNow), "job 3 waiting: reencrypt /srv/web1.img");
}

TEST(JobJson, HasAllThereIsToKnow) {
    auto job = half_done();
    job.failure = Failure(ErrorCode::WrongKey, "no");
    EXPECT_EQ(
        json_of(job).dump(),
        R"({"job":3,"operation":"reencrypt","volume":"/srv/web1.img","state":"running","progress":0.5,)"
        R"("bytes":104857600,"bytes_done":52428800,"rate":10485760,"started":null,)"
        R"("expected_end":1800000005000000,"started_by":0,"error":"org.guestkeyd1.Error.WrongKey","message":"no"})");
}

TEST(JobNumber, IsANumber) {
    EXPECT_EQ(parse_job_number("12"), 12U);
    for (const char* text : {"", "-1", "1x", "/org/guestkeyd1/job/1"})
        EXPECT_THROW(parse_job_number(text), Failure) << text;
}

TEST(Span, IsForPeople) {
    EXPECT_EQ(human_span(100ms), "1s");
    EXPECT_EQ(human_span(65s), "1min 5s");
    EXPECT_EQ(human_span(2h + 3min), "2h 3min");
}

TEST(ByteSize, MayHaveAUnit) {
    EXPECT_EQ(parse_byte_size("512"), 512U);
    EXPECT_EQ(parse_byte_size("4K"), 4096U);
    EXPECT_EQ(parse_byte_size("10G"), 10ULL << 30);
    for (const char* text : {"", "G", "10GB", "1.5G", "-1", "10g", "18446744073709551615K"})
        EXPECT_THROW(parse_byte_size(text), Failure) << text;
}

TEST(VolumePlace, IsAPathOrInAPool) {
    EXPECT_EQ(parse_volume_place("/srv/web1.img").path, "/srv/web1.img");
    EXPECT_EQ(parse_volume_place("/srv/../srv//web1.img").path, "/srv/web1.img");
    EXPECT_EQ(parse_volume_place("./web1.img").path, std::filesystem::current_path() / "web1.img");
    const auto in_pool = parse_volume_place("default/web1.img");
    EXPECT_EQ(in_pool.pool, "default");
    EXPECT_EQ(in_pool.name, "web1.img");
    EXPECT_EQ(human_place(in_pool), "default/web1.img");
    for (const char* text : {"", "web1.img", "default/", "a/b/c"})
        EXPECT_THROW(parse_volume_place(text), Failure) << text;
}

} // namespace guestkeyd::cli
