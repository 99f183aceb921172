// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

#include <fcntl.h>

namespace guestkeyd::test {

namespace {

// After each refusal the agent is as it was: the same guests, the same keys, and it answers.
class BadInput : public BusTest {
  protected:
    using BusTest::BusTest;

    void SetUp() override {
        attach(guest, {volume});
        before_ = state();
        pid_ = agent.pid();
    }
    void TearDown() override {
        EXPECT_EQ(state(), before_);
        EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"key of " + volume});
        EXPECT_TRUE(agent.running());
    }

    // The sentence names what is wrong, and ends without a full stop.
    static void expect_refused(const Answer& answer, const std::string& error, const std::string& named) {
        EXPECT_EQ(short_name(answer), error) << answer;
        EXPECT_NE(answer.message.find(named), std::string::npos) << answer;
        EXPECT_FALSE(answer.message.ends_with('.')) << answer;
    }
    [[nodiscard]] Answer attach_one(const UniqueFd& keys) const {
        return attach_keys(root, {guest, {{volume, {}}}, {}, false}, keys).answer();
    }
    [[nodiscard]] Answer attach_two(std::string_view keys) const {
        return attach_keys(root, {guest, {{volume, {}}, {other_volume, {}}}, {}, false}, pipe_with(keys)).answer();
    }
    [[nodiscard]] Answer attach_with(const VolumeArgument& argument) const {
        return attach_keys(root, {guest, {argument}, {}, false}, pipe_with("a key\n")).answer();
    }

  private:
    std::string before_;
    pid_t pid_ = 0;
};

class BadKeys : public BadInput {};

TEST_F(BadKeys, OneWithNul) {
    expect_refused(attach_two(std::string_view("one\nt\0o\n", 8)), "InvalidArgs", other_volume);
}

TEST_F(BadKeys, OneThatIsNotUtf8) {
    for (const auto* bytes : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"})
        expect_refused(attach_two(std::string("one\n") + bytes + "\n"), "InvalidArgs", other_volume);
}

TEST_F(BadKeys, OneThatIsEmpty) {
    expect_refused(attach_two("one\n\n"), "InvalidArgs", other_volume);
    expect_refused(attach_two("\ntwo\n"), "InvalidArgs", volume);
}

TEST_F(BadKeys, OneThatIsTooLong) {
    expect_refused(attach_two("one\n" + std::string(4097, 'k') + "\n"), "InvalidArgs", other_volume);
}

TEST_F(BadKeys, FarMoreThanAllowed) {
    expect_refused(attach_two(std::string(100000, 'k')), "LimitsExceeded", guest);
}

TEST_F(BadKeys, FewerThanVolumes) {
    expect_refused(attach_two("one\n"), "InvalidArgs", "2 volumes");
    expect_refused(attach_two(""), "InvalidArgs", "2 volumes");
}

TEST_F(BadKeys, MoreThanVolumes) {
    expect_refused(attach_two("one\ntwo\nthree\n"), "InvalidArgs", "2 volumes");
    expect_refused(attach_two("one\ntwo\nthree"), "InvalidArgs", "2 volumes");
}

TEST_F(BadKeys, OneWithANewlineWhichIsTwo) {
    expect_refused(attach_one(pipe_with("a\nkey\n")), "InvalidArgs", "2 keys");
}

TEST_F(BadKeys, EmptyLinesBehindTheLast) {
    expect_refused(attach_one(pipe_with("a key\n\n")), "InvalidArgs", "2 keys");
}

class BadArguments : public BadInput {};

TEST_F(BadArguments, GuestThatIsNoUuid) {
    for (const auto* text : {"", "web", "6695eb01f6a4830479aa97f2502e193f", "6695eb01-f6a4-8304-79aa-97f2502e193g",
                             "6695eb01-f6a4-8304-79aa-97f2502e193f ", "{6695eb01-f6a4-8304-79aa-97f2502e193f}"}) {
        expect_refused(attach_keys(root, {text, {{volume, {}}}, {}, false}, pipe_with("a key\n")).answer(),
                       "InvalidArgs", "guest");
        expect_refused(purge_guest(root, text).answer(), "InvalidArgs", "guest");
        expect_refused(detach_keys(root, text, {volume}).answer(), "InvalidArgs", "guest");
        expect_refused(check_guest(root, text).answer(), "InvalidArgs", "guest");
    }
}

TEST_F(BadArguments, VolumeThatIsNoUuid) {
    expect_refused(attach_with({"disk-1", {}}), "InvalidArgs", "disk-1");
    expect_refused(detach_keys(root, guest, {"disk-1"}).answer(), "InvalidArgs", "disk-1");
    expect_refused(detach_keys(root, guest, {volume, "disk-1"}).answer(), "InvalidArgs", "disk-1");
}

TEST_F(BadArguments, SameVolumeTwice) {
    const AttachArguments twice{guest, {{volume, {}}, {volume, {}}}, {}, false};
    expect_refused(attach_keys(root, twice, pipe_with("one\ntwo\n")).answer(), "InvalidArgs", volume);
    expect_refused(detach_keys(root, guest, {volume, volume}).answer(), "InvalidArgs", volume);
}

TEST_F(BadArguments, NoVolume) {
    expect_refused(attach_keys(root, {guest, {}, {}, false}, pipe_with("")).answer(), "InvalidArgs", "volume");
    expect_refused(attach_keys(root, {guest, {}, {}, true}, pipe_with("")).answer(), "InvalidArgs", "volume");
}

TEST_F(BadArguments, TenThousandVolumes) {
    AttachArguments many{guest, {}, {}, false};
    std::string keys;
    for (int i = 0; i < 10000; ++i) {
        many.volumes.push_back({uuid_of("volume " + std::to_string(i)), {}});
        keys += "a key\n";
    }
    expect_refused(attach_keys(root, many, pipe_with(keys)).answer(), "LimitsExceeded", "KeysPerGuest");
}

TEST_F(BadArguments, MoreVolumesThanAGuestMayHaveInAll) {
    AttachArguments full{guest, {}, {}, false};
    std::string keys;
    for (int i = 0; i < 256; ++i) {
        full.volumes.push_back({uuid_of("volume " + std::to_string(i)), {}});
        keys += "a key\n";
    }
    expect_refused(attach_keys(root, full, pipe_with(keys)).answer(), "LimitsExceeded", guest);
}

TEST_F(BadArguments, UnknownVolumeOptions) {
    expect_refused(attach_with({volume, {{"colour", "green"}}}), "InvalidArgs", "colour");
    expect_refused(attach_with({volume, {{"delivery", "pigeon"}}}), "InvalidArgs", "pigeon");
    expect_refused(attach_with({volume, {{"usage-type", "volume"}}}), "InvalidArgs", "usage-id");
    expect_refused(attach_with({volume, {{"usage-type", "moon"}, {"usage-id", "x"}}}), "InvalidArgs", "moon");
}

TEST_F(BadArguments, UnknownOptions) {
    const std::string option = "colour";
    Call attach(root, {kManagerPath, kManagerInterface, "AttachKeys"});
    const auto keys = pipe_with("a key\n");
    attach.with("sa(sa{sv})ha{sv}", guest.c_str(), 1, volume.c_str(), 0, keys.get(), 1, option.c_str(), "s", "green");
    expect_refused(attach.answer(), "InvalidArgs", option);
    Call detach(root, {kManagerPath, kManagerInterface, "DetachKeys"});
    detach.with("sasa{sv}", guest.c_str(), 1, volume.c_str(), 1, option.c_str(), "b", 1);
    expect_refused(detach.answer(), "InvalidArgs", option);
    for (const auto* method : {"PurgeGuest", "CheckGuest"}) {
        Call call(root, {kManagerPath, kManagerInterface, method});
        expect_refused(call.with("sa{sv}", guest.c_str(), 1, option.c_str(), "b", 1).answer(), "InvalidArgs", option);
    }
    Call all(root, {kManagerPath, kManagerInterface, "PurgeAll"});
    expect_refused(all.with("a{sv}", 1, option.c_str(), "b", 1).answer(), "InvalidArgs", option);
    Call purge(root, {guest_path(guest), kGuestInterface, "Purge"});
    expect_refused(purge.with("a{sv}", 1, option.c_str(), "b", 1).answer(), "InvalidArgs", option);
}

TEST_F(BadArguments, OptionOfTheWrongType) {
    Call purge(root, {kManagerPath, kManagerInterface, "PurgeGuest"});
    expect_refused(purge.with("sa{sv}", guest.c_str(), 1, "force", "s", "yes").answer(), "InvalidArgs", "force");
    Call check(root, {kManagerPath, kManagerInterface, "CheckGuest"});
    expect_refused(check.with("sa{sv}", guest.c_str(), 1, "domain-xml", "u", 1U).answer(), "InvalidArgs", "domain-xml");
}

TEST_F(BadArguments, NameThatIsNoLine) {
    const AttachArguments lines{guest, {{volume, {}}}, "two\nlines", false};
    expect_refused(attach_keys(root, lines, pipe_with("a key\n")).answer(), "InvalidArgs", "name");
    const AttachArguments endless{guest, {{volume, {}}}, std::string(5000, 'n'), false};
    expect_refused(attach_keys(root, endless, pipe_with("a key\n")).answer(), "InvalidArgs", "name");
}

TEST_F(BadArguments, OfAnotherType) {
    Call call(root, {kManagerPath, kManagerInterface, "PurgeGuest"});
    EXPECT_EQ(short_name(call.with("u", 7U).answer()), "InvalidArgs");
    Call too_many(root, {kManagerPath, kManagerInterface, "PurgeAll"});
    EXPECT_EQ(short_name(too_many.with("a{sv}s", 0, "trailing").answer()), "InvalidArgs");
}

} // namespace

} // namespace guestkeyd::test
