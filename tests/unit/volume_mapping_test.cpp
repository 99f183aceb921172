// SPDX-License-Identifier: LGPL-2.1-or-later
// What the worker refuses to map, on any kernel; what it maps is tested where there is device-mapper, in tests/vm.
#include "volume_fixture.h"

namespace guestkeyd::test {
namespace {

class VolumeMapping : public Volumes {
  protected:
    [[nodiscard]] static JobSpec open_spec(const std::string& path) {
        return {.operation = VolumeOperation::Open, .path = path, .mapping = "guestkeyd-test-mapping"};
    }
    [[nodiscard]] static JobSpec close_spec(const std::string& path) {
        return {.operation = VolumeOperation::Close, .path = path, .mapping = "guestkeyd-test-mapping"};
    }
};

TEST_F(VolumeMapping, NeedsABlockDevice) {
    for (const auto format : kFormats)
        EXPECT_EQ(error_of(do_job(open_spec(make(format, 8 * kMiB, format_name(format))), {kOldKey})),
                  ErrorCode::Unsupported);
}

TEST_F(VolumeMapping, OfAVolumeThatIsNotThereIsRefused) {
    EXPECT_EQ(error_of(do_job(open_spec(at("none")), {kOldKey})), ErrorCode::NoSuchVolume);
}

TEST_F(VolumeMapping, ThatIsNotOpenIsClosedAlready) {
    EXPECT_EQ(do_job(close_spec(at("none")), {}), (JobReport{JobDone{std::nullopt, true}}));
}

} // namespace
} // namespace guestkeyd::test
