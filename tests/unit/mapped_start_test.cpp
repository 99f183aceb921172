// SPDX-License-Identifier: LGPL-2.1-or-later
// The start of a guest whose volumes are opened by its host: how long libvirt's hook is let wait for that.
#include "agent/guest_hook.h"
#include "agent/lost_events.h"
#include "agent/secret_publisher.h"
#include "mapping_fixture.h"
#include "support/key_fd.h"
#include "support/project.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace guestkeyd {
namespace {

constexpr auto kForSecrets = 2s;

// It names no secret, so libvirt is not asked for anything.
class AStartOfAMappedGuest : public AMappedGuest {
  protected:
    AStartOfAMappedGuest() {
        AMappedGuest::attach();
        EXPECT_EQ(flock(hold_.get(), LOCK_EX), 0);
    }

    void starts(std::chrono::milliseconds for_volumes) {
        hook_.emplace(loop_, libvirt_, store_, publisher_, lost_events_, reader_, *mappings_, log_,
                      HookTimes{kForSecrets, 0s, for_volumes});
        const auto xml = "<domain><name>web</name><uuid>" + kGuest.str() + "</uuid></domain>";
        hook_->run(kGuest, "prepare", test::pipe_with(xml), [this](std::optional<Failure> failure) {
            answered_ = true;
            failure_ = std::move(failure);
        });
        EXPECT_TRUE(comes_true([this] { return done("open one with first") && done("open two with second"); }));
    }

    // As long as it is open, workers open no volume.
    UniqueFd hold_{::open((dir_ / "hold").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)};
    Libvirt libvirt_{loop_,
                     "test:///default",
                     "test:///default",
                     {[](const auto&, const auto&) {}, [] {}, [] {}, [] {}, [](const GuestEvent&) {}}};
    SecretPublisher publisher_{loop_, libvirt_, store_, log_, 30s};
    LostEvents lost_events_{loop_, libvirt_, lifecycle_, 3600s};
    DomainXmlReader reader_{loop_, test::domain_xml_parser_program()};
    std::optional<GuestHook> hook_;
    bool answered_ = false;
    std::optional<Failure> failure_;
};

TEST_F(AStartOfAMappedGuest, WaitsForItsVolumesLongerThanForSecrets) {
    const auto time_for_secrets_is_up = std::chrono::steady_clock::now() + kForSecrets;
    starts(60s);
    EXPECT_TRUE(comes_true([=] { return std::chrono::steady_clock::now() > time_for_secrets_is_up + 100ms; }));
    EXPECT_FALSE(answered_);
    hold_.reset();
    EXPECT_TRUE(comes_true([this] { return answered_; }));
    EXPECT_FALSE(failure_) << failure_->message();
}

TEST_F(AStartOfAMappedGuest, IsRefusedIfTheyTakeTooLongAndHasNoneOpen) {
    starts(100ms);
    EXPECT_TRUE(comes_true([this] { return answered_; }));
    ASSERT_TRUE(failure_);
    EXPECT_EQ(failure_->code(), ErrorCode::LibvirtUnavailable);
    EXPECT_NE(failure_->message().find("its volumes not opened, in time"), std::string::npos);
    hold_.reset();
    EXPECT_TRUE(comes_true([this] { return kept().empty(); }));
}

} // namespace
} // namespace guestkeyd
