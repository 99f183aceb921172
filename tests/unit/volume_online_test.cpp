// SPDX-License-Identifier: LGPL-2.1-or-later
// What is not re-encrypted online. What is, needs device-mapper.
#include "volume_fixture.h"

namespace guestkeyd::test {
namespace {

class OnlineReencryption : public Volumes {
  protected:
    JobReport reencrypt_online(const std::string& path) {
        auto spec = reencrypt_spec(path);
        spec.online = true;
        return do_job(spec, {kOldKey, kNewKey});
    }
};

TEST_F(OnlineReencryption, OfAVolumeThatIsNotOpenIsRefused) {
    const auto path = make(VolumeFormat::Luks2);
    const auto report = reencrypt_online(path);
    EXPECT_EQ(error_of(report), ErrorCode::Busy);
    EXPECT_NE(std::get<JobFailed>(report).message.find("is not open"), std::string::npos);
    EXPECT_EQ(std::get<JobFailed>(report).opens, Opens::Old);
    EXPECT_EQ(reencrypt(path), (JobReport{JobDone{VolumeFormat::Luks2, true}}));
}

TEST_F(OnlineReencryption, OfOtherFormatsIsRefused) {
    for (const auto format : {VolumeFormat::Luks1, VolumeFormat::Qcow2}) {
        const auto path = make(format, 8 * kMiB, format_name(format));
        EXPECT_EQ(error_of(reencrypt_online(path)), ErrorCode::Unsupported);
        EXPECT_TRUE(opens(path, kOldKey));
    }
}

} // namespace
} // namespace guestkeyd::test
