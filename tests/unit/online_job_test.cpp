// SPDX-License-Identifier: LGPL-2.1-or-later
// What a worker leaves for agents to come.
#include "luks/online_job.h"

#include <gtest/gtest.h>

namespace guestkeyd::test {
namespace {

TEST(OnlineJob, IsReadAsWritten) {
    const OnlineJob job{1000, 1'790'000'000'000'000, "/dev/vg/web server"};
    EXPECT_EQ(encode_online_job(job), "1000 1790000000000000 /dev/vg/web server\n");
    EXPECT_EQ(decode_online_job(encode_online_job(job)), job);
}

TEST(OnlineJob, IsNotThereUnlessItIsWhole) {
    const auto text = encode_online_job({1000, 17, "pool/web"});
    for (std::size_t length = 0; length < text.size(); ++length)
        EXPECT_EQ(decode_online_job(text.substr(0, length)), std::nullopt) << length;
    for (const auto* other :
         {"x 17 pool/web\n", "1000 -1 pool/web\n", "1000 17 \n", "1000 17 a\nb\n", "4294967296 1 a\n"})
        EXPECT_EQ(decode_online_job(other), std::nullopt) << other;
}

TEST(OnlineJob, IsLookedForInAFolderThatNeedNotBeThere) {
    EXPECT_TRUE(find_online_jobs("/nonexistent/online").empty());
}

} // namespace
} // namespace guestkeyd::test
