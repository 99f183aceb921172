// SPDX-License-Identifier: LGPL-2.1-or-later
// The agent's side of guestkeyd-volume-worker: it takes what encode_job_report writes, and nothing else.
#include "luks/job_report.h"

#include <array>
#include <gtest/gtest.h>
#include <limits>

namespace guestkeyd::test {
namespace {

JobReport sent(const JobReport& report) {
    auto line = encode_job_report(report);
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    line.pop_back();
    return decode_job_report(line);
}

TEST(JobReport, IsReadAsWritten) {
    const auto most = std::numeric_limits<std::uint64_t>::max();
    const std::array reports{JobReport{JobStarted{4711}},
                             JobReport{JobProgress{0, most}},
                             JobReport{JobNotice{"qemu-img failed at random; trying again"}},
                             JobReport{JobDone{VolumeFormat::Luks2, true}},
                             JobReport{JobDone{VolumeFormat::Qcow2, false}},
                             JobReport{JobDone{std::nullopt, true}},
                             JobReport{JobFailed{ErrorCode::Busy, Opens::Old, "volume '/a' is in use"}}};
    for (const auto& report : reports)
        EXPECT_EQ(sent(report), report);
}

TEST(JobReport, MessageStaysInItsLine) {
    EXPECT_EQ(sent(JobNotice{"a\nfailed x"}), JobReport{JobNotice{"a?failed x"}});
    EXPECT_EQ(sent(JobNotice{"a \xff"}), JobReport{JobNotice{"a ?"}});
    EXPECT_EQ(sent(JobNotice{""}), JobReport{JobNotice{"?"}});
    const auto cut = std::get<JobNotice>(sent(JobNotice{std::string(100'000, 'm')}));
    EXPECT_LT(cut.message.size(), kMaxReportLine);
}

class NotAReport : public testing::TestWithParam<std::string> {};

TEST_P(NotAReport, IsRefused) {
    try {
        decode_job_report(GetParam());
        ADD_FAILURE() << "was taken";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::Internal);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Lines, NotAReport,
    testing::Values("", " ", "hello", "started", "started ", "started x", "started 1 ", "started 01", "started 1\n",
                    "started 99999999999", "progress 1", "progress 1 2 3", "progress -1 2", "progress 1 0x2",
                    "progress 1 18446744073709551616", "notice", "notice ", "notice a\tb", "notice a\xff",
                    "notice " + std::string(kMaxReportLine, 'm'), "done", "done luks2", "done luks2 maybe",
                    "done raw yes", "done luks2 yes yes", "failed", "failed org.guestkeyd1.Error.Busy",
                    "failed org.guestkeyd1.Error.Busy old", "failed org.guestkeyd1.Error.Busy old ",
                    "failed org.guestkeyd1.Error.None old x", "failed org.guestkeyd1.Error.Busy all x"));

} // namespace
} // namespace guestkeyd::test
