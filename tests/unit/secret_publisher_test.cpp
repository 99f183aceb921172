// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/secret_publisher.h"
#include "guest_fixture.h"
#include "guests/libvirt.h"

namespace guestkeyd {
namespace {

// A guest that is expected, and starts.
class AStartingGuest : public AGuest {
  protected:
    Libvirt libvirt_{loop_,
                     "test:///default",
                     "test:///default",
                     {[](const auto&, const auto&) {}, [] {}, [] {}, [] {}, [](const GuestEvent&) {}}};
    SecretPublisher publisher_{loop_, libvirt_, store_, log_, std::chrono::seconds(30)};
};

TEST_F(AStartingGuest, IsNotGivenUpMeanwhile) {
    lifecycle_.on_listed({}, {});
    attach();
    store_.amend(kGuest, [](GuestRecord& record) { record.expected_until = now_in_seconds(); });
    publisher_.publish(kGuest, {{kVolume, SecretUse::Volume}}, [](const std::optional<Failure>&) {});
    EXPECT_GT(store_.get(kGuest).record.expected_until, now_in_seconds() + 3000);
}

} // namespace
} // namespace guestkeyd
