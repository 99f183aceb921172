// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/event_printer.h"
#include "cli/exit_status.h"
#include "cli/json.h"
#include "guestkeyd/unreachable.h"

#include <gtest/gtest.h>
#include <iostream>
#include <sstream>

namespace guestkeyd::cli {

namespace {

const GuestId kWeb = GuestId::parse("5f9d7d1e-3a61-4a9e-8c6b-0d9b5a1f2e01");
const VolumeId kDisk = VolumeId::parse("0b7a5c1e-8f1d-4b43-9a0a-3b1d5f0e7c11");

// What goes to standard output while it lives.
class Captured {
  public:
    Captured() : before_(std::cout.rdbuf(text_.rdbuf())) {}
    ~Captured() { std::cout.rdbuf(before_); }
    Captured(const Captured&) = delete;
    Captured& operator=(const Captured&) = delete;

    [[nodiscard]] std::string text() const { return text_.str(); }

  private:
    std::ostringstream text_;
    std::streambuf* before_;
};

} // namespace

TEST(JsonOutput, AGuestHasAllItsProperties) {
    const Guest guest{kWeb,
                      "web",
                      GuestState::Running,
                      {{kDisk, "libvirt-secret", "volume", "/a"}},
                      Time(std::chrono::microseconds(1700000000000001)),
                      Time(std::chrono::microseconds(1700000060000000)),
                      7,
                      "stopped"};
    EXPECT_EQ(json_of(guest).dump(), R"({"uuid":"5f9d7d1e-3a61-4a9e-8c6b-0d9b5a1f2e01","name":"web",)"
                                     R"("state":"running","volumes":[{"uuid":"0b7a5c1e-8f1d-4b43-9a0a-3b1d5f0e7c11",)"
                                     R"("delivery":"libvirt-secret","usage_type":"volume","usage_id":"/a"}],)"
                                     R"("last_used":1700000000000001,"lease_expires":1700000060000000,)"
                                     R"("generation":7,"wipe_on":"stopped"})");
}

TEST(JsonOutput, NeverIsNullAndNothingIsAnEmptyList) {
    EXPECT_EQ(json_of(Guest{kWeb}).dump(), R"({"uuid":"5f9d7d1e-3a61-4a9e-8c6b-0d9b5a1f2e01","name":"",)"
                                           R"("state":"unknown","volumes":[],"last_used":null,)"
                                           R"("lease_expires":null,"generation":null,"wipe_on":""})");
    EXPECT_EQ(json_of(std::vector<VolumeId>{}).dump(), "[]");
}

TEST(JsonOutput, ShortIsOneLine) {
    const Captured out;
    print_json({{"purged", 2}}, Json::Short);
    EXPECT_EQ(out.text(), "{\"purged\":2}\n");
}

TEST(Monitor, UsesTheNamesItHasLearned) {
    EventPrinter printer(Json::Off);
    printer.know({}, {Guest{kWeb, "web"}});
    const Captured out;
    printer.events().keys_purged({kWeb, {kDisk}, "destroyed"});
    EXPECT_NE(out.text().find(" guest 5f9d7d1e-3a61-4a9e-8c6b-0d9b5a1f2e01 (web) lost 1 key (destroyed): "
                              "0b7a5c1e-8f1d-4b43-9a0a-3b1d5f0e7c11\n"),
              std::string::npos)
        << out.text();
}

TEST(Monitor, ShowsWhichKeysAreNeededAndWhatFor) {
    EventPrinter printer(Json::Off);
    const Captured out;
    printer.events().keys_needed({kWeb, {kDisk.str(), "ceph:client.admin"}, "arrive"});
    EXPECT_NE(out.text().find("needs 2 keys to arrive: 0b7a5c1e-8f1d-4b43-9a0a-3b1d5f0e7c11 ceph:client.admin\n"),
              std::string::npos)
        << out.text();
}

TEST(Monitor, ShowsUsesOfKeysAndWhatWasRefused) {
    EventPrinter printer(Json::Off);
    const Captured out;
    printer.events().keys_used({kWeb, {kDisk}, "publish", "done", "publish the key: done"});
    printer.events().keys_used({kWeb, {}, "attach", "refused", "attach refused: too many keys"});
    EXPECT_NE(out.text().find("publish done: publish the key: done"), std::string::npos) << out.text();
    EXPECT_NE(out.text().find("attach refused: attach refused: too many keys"), std::string::npos) << out.text();
}

TEST(Monitor, AnEventIsOneJsonLine) {
    EventPrinter printer(Json::Short);
    const Captured out;
    printer.events().guest_changed({kWeb, "web", GuestState::Leaving});
    const auto event = JsonValue::parse(out.text());
    EXPECT_TRUE(event["time"].is_number_unsigned());
    EXPECT_EQ(event["event"], "guest-changed");
    EXPECT_EQ(event["guest"], kWeb.str());
    EXPECT_EQ(event["state"], "leaving");
    EXPECT_FALSE(event.contains("volumes"));
    EXPECT_EQ(out.text().find('\n'), out.text().size() - 1);
}

TEST(Monitor, TellsNewsOnly) {
    EventPrinter printer(Json::Short);
    printer.know({"1", 1, 1, 0, 0, true}, {Guest{kWeb, "web", GuestState::Present, {{kDisk}}}});
    const auto events = printer.events();
    const Captured out;
    events.status_changed({1, 1, true});
    EXPECT_EQ(out.text(), "");
    events.guest_changed({kWeb, "web", GuestState::Running, {{{kDisk}}}});
    const auto event = JsonValue::parse(out.text());
    EXPECT_EQ(event["state"], "running");
    EXPECT_FALSE(event.contains("name"));
    EXPECT_FALSE(event.contains("volumes"));
}

TEST(Monitor, TellsOfANewLease) {
    EventPrinter printer(Json::Short);
    printer.know({"1", 1, 1, 0, 0, true}, {Guest{kWeb, "web", GuestState::Present, {}, {}, {}, 7, "stopped"}});
    const Captured out;
    GuestChange change{kWeb};
    change.lease_expires = Time(std::chrono::microseconds(1700000060000000));
    change.generation = 7;
    change.wipe_on = "stopped";
    printer.events().guest_changed(change);
    const auto event = JsonValue::parse(out.text());
    EXPECT_EQ(event["lease_expires"], 1700000060000000);
    EXPECT_FALSE(event.contains("generation"));
    EXPECT_FALSE(event.contains("wipe_on"));
}

TEST(ExitStatus, FollowsTheError) {
    EXPECT_EQ(exit_status(Unreachable("no agent")), kUnreachable);
    EXPECT_EQ(exit_status(Failure(ErrorCode::AccessDenied, "no")), kNotAllowed);
    EXPECT_EQ(exit_status(Failure(ErrorCode::NoSuchVolume, "no")), kNotThere);
    EXPECT_EQ(exit_status(Failure(ErrorCode::PurgeFailed, "no")), kNotWiped);
    EXPECT_EQ(exit_status(Failure(ErrorCode::StaleGeneration, "no")), kStale);
    EXPECT_EQ(exit_status(Failure(ErrorCode::BadEnvelope, "no")), kBadEnvelope);
    EXPECT_EQ(exit_status(Failure(ErrorCode::NotTrusted, "no")), kNotTrusted);
    EXPECT_EQ(exit_status(Failure(ErrorCode::Internal, "no")), kFailed);
}

} // namespace guestkeyd::cli
