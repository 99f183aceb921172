// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/secret_buffer.h"
#include "guests/libvirt.h"
#include "guests/secret_calls.h"
#include "loop/event_loop.h"
#include "loop/timer.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <libvirt/libvirt.h>

namespace guestkeyd {
namespace {

using namespace std::chrono_literals;

// libvirt's driver for tests: one running guest, kept in this process and shared by all connections to it.
constexpr const char* kUri = "test:///default";
const auto kTestGuest = GuestId::parse("6695eb01-f6a4-8304-79aa-97f2502e193f");

class LibvirtOnTheLoop : public testing::Test {
  protected:
    LibvirtOnTheLoop()
        : libvirt_(loop_, kUri, kUri,
                   {[this](const std::vector<ListedGuest>& guests, const std::set<GuestId>&) { guests_ = guests; },
                    [] {}, [] {}, [] {}, [this](const GuestEvent& event) { events_.push_back(event); }}) {}

    struct Step {
        std::function<bool()> condition;
        std::function<void()> then;
    };

    // Runs the loop until each condition has come true in turn.
    void run(std::vector<Step> steps) {
        auto next = steps.begin();
        Timer* again = nullptr;
        Timer tick(loop_, [&] {
            while (next != steps.end() && next->condition())
                (next++)->then();
            next == steps.end() ? loop_.exit(0) : again->arm(1ms);
        });
        again = &tick;
        Timer deadline(loop_, [this] { loop_.exit(-1); });
        deadline.arm(20s);
        tick.arm(0s);
        EXPECT_EQ(loop_.run(), 0) << "step " << next - steps.begin() << " did not come true";
    }

    [[nodiscard]] bool heard(GuestHappened happened, int detail) const {
        return std::any_of(events_.begin(), events_.end(), [=](const GuestEvent& event) {
            return event.guest == kTestGuest && event.happened == happened && event.detail == detail;
        });
    }

    EventLoop loop_;
    std::vector<ListedGuest> guests_;
    std::vector<GuestEvent> events_;
    Libvirt libvirt_;
};

TEST_F(LibvirtOnTheLoop, TellsWhatGuestsThereAreAndWhatHappensToThem) {
    const VirConnection connection(virConnectOpen(kUri));
    const VirDomain domain(virDomainLookupByName(connection.get(), "test"));
    run({{[&] { return libvirt_.connected(); }, [&] { virDomainDestroy(domain.get()); }},
         {[&] { return heard(GuestHappened::Stopped, static_cast<int>(StoppedBecause::Destroyed)); },
          [&] { virDomainCreate(domain.get()); }},
         {[&] { return heard(GuestHappened::Started, 0); }, [] {}}});
    ASSERT_EQ(guests_.size(), 1U);
    EXPECT_EQ(guests_.front().guest, kTestGuest);
    EXPECT_TRUE(guests_.front().running && guests_.front().persistent);
    EXPECT_EQ(events_.front().name, "test");
}

TEST_F(LibvirtOnTheLoop, GivesTheXmlOfAGuestAndSaysWhenThereIsNone) {
    std::string xml;
    std::optional<Failure> failure;
    run({{[&] { return libvirt_.connected(); },
          [&] {
              libvirt_.guest_xml(kTestGuest, [&](const std::string& text, auto) { xml = text; });
              libvirt_.guest_xml(GuestId::parse("11111111-2222-4333-8444-555555555555"),
                                 [&](const std::string&, auto why) { failure = why; });
          }},
         {[&] { return failure.has_value(); }, [] {}}});
    EXPECT_NE(xml.find(kTestGuest.str()), std::string::npos);
    EXPECT_EQ(failure->code(), ErrorCode::NoSuchGuest);
}

TEST(LibvirtThatIsNotThere, FailsCallsAtOnceAndIsTriedAgain) {
    EventLoop loop;
    std::optional<Failure> failure;
    const std::string nowhere = "qemu+unix:///system?socket=/nonexistent/libvirt-sock";
    Libvirt libvirt(loop, nowhere, nowhere,
                    {[](const auto&, const auto&) {}, [] {}, [] {}, [] {}, [](const GuestEvent&) {}});
    libvirt.withdraw(VolumeId::parse("aaaaaaaa-2222-4333-8444-555555555555"), [&](std::optional<Failure> why) {
        failure = std::move(why);
        loop.exit(0);
    });
    loop.run();
    EXPECT_FALSE(libvirt.connected());
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), ErrorCode::LibvirtUnavailable);
}

} // namespace
} // namespace guestkeyd
