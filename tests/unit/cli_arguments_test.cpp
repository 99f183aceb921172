// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "cli/arguments.h"
#include "cli/exit_status.h"
#include "cli/verbs.h"

#include <gtest/gtest.h>
#include <iostream>
#include <sstream>

namespace guestkeyd::cli {

namespace {

Invocation parse(std::vector<std::string> words) {
    words.insert(words.begin(), "guestkeyctl");
    return parse_arguments(std::move(words));
}

std::string complaint_about(const std::vector<std::string>& words) {
    try {
        const auto invocation = parse(words);
        verb_of(invocation);
        return "";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::InvalidArgs);
        return failure.message();
    }
}

} // namespace

TEST(Arguments, OptionsMayStandBetweenOperands) {
    const auto invocation = parse({"--no-pager", "attach", "web", "--name=Web", "volume", "--key-file", "-"});
    EXPECT_EQ(invocation.verb, "attach");
    EXPECT_EQ(invocation.operands, (std::vector<std::string>{"web", "volume"}));
    EXPECT_FALSE(invocation.options.pager);
    EXPECT_EQ(invocation.options.name, "Web");
    EXPECT_EQ(invocation.options.key_file, "-");
}

TEST(Arguments, TwoDashesEndTheOptions) {
    const auto invocation = parse({"show", "--", "--all"});
    EXPECT_EQ(invocation.operands, (std::vector<std::string>{"--all"}));
    EXPECT_FALSE(invocation.options.all);
}

TEST(Arguments, NothingIsLeftOfTheLineBefore) {
    EXPECT_TRUE(parse({"purge", "--all"}).options.all);
    const auto invocation = parse({"purge", "web"});
    EXPECT_FALSE(invocation.options.all);
    EXPECT_EQ(invocation.operands, (std::vector<std::string>{"web"}));
}

TEST(Arguments, VerbsOfVolumesAndJobsAreTwoWords) {
    const auto invocation = parse({"volume", "create", "/srv/web1.img", "--format=luks1", "--size=10G"});
    EXPECT_EQ(invocation.verb, "volume create");
    EXPECT_EQ(invocation.operands, (std::vector<std::string>{"/srv/web1.img"}));
    EXPECT_EQ(invocation.options.size, 10ULL << 30);
    EXPECT_EQ(parse({"job", "list"}).verb, "job list");
    EXPECT_EQ(complaint_about({"volume"}), "unknown verb 'volume'; see guestkeyctl --help");
    EXPECT_EQ(complaint_about({"job", "stop", "1"}), "unknown verb 'job stop'; see guestkeyctl --help");
    EXPECT_EQ(complaint_about({"job", "list", "--force"}),
              "option --force does not go with job list; see guestkeyctl --help");
}

TEST(Arguments, JsonHasThreeModes) {
    EXPECT_EQ(parse({}).options.json, Json::Off);
    EXPECT_EQ(parse({"--json=short"}).options.json, Json::Short);
    EXPECT_EQ(parse({"--json=pretty"}).options.json, Json::Pretty);
    EXPECT_EQ(parse({"--json=short", "--json=off"}).options.json, Json::Off);
    EXPECT_EQ(complaint_about({"--json=xml"}), "unknown mode 'xml' of --json; give short, pretty or off");
}

TEST(Arguments, NoVerbMeansList) {
    EXPECT_EQ(verb_of(parse({})).name, "list");
}

TEST(Arguments, TheLifeOfKeysHasNumbersAndSpansOfTime) {
    const auto options = parse({"attach", "web", "volume", "--generation=7", "--wipe-on=stopped", "--lease=2h",
                                "--expected-within", "90"})
                             .options;
    EXPECT_EQ(options.generation, 7U);
    EXPECT_EQ(options.wipe_on, "stopped");
    EXPECT_EQ(options.lease, std::chrono::hours(2));
    EXPECT_EQ(options.expected_within, std::chrono::seconds(90));
    EXPECT_EQ(complaint_about({"attach", "web", "volume", "--generation=new"}),
              "generation 'new' is not a whole number; give one from 0");
    EXPECT_NE(complaint_about({"renew", "web", "--lease=soon"}), "");
    EXPECT_EQ(complaint_about({"renew", "web", "--generation=7"}),
              "option --generation does not go with renew; see guestkeyctl --help");
}

TEST(Arguments, MistakesAreNamed) {
    EXPECT_EQ(complaint_about({"lsit"}), "unknown verb 'lsit'; see guestkeyctl --help");
    EXPECT_EQ(complaint_about({"--frob"}), "unknown or ambiguous option '--frob'; see guestkeyctl --help");
    EXPECT_EQ(complaint_about({"-x"}), "unknown or ambiguous option '-x'; see guestkeyctl --help");
    EXPECT_EQ(complaint_about({"purge", "--force=yes", "web"}),
              "option '--force' takes no value; see guestkeyctl --help");
    EXPECT_EQ(complaint_about({"attach", "web", "--name"}), "option '--name' needs a value; see guestkeyctl --help");
    EXPECT_EQ(complaint_about({"list", "--force"}), "option --force does not go with list; see guestkeyctl --help");
    EXPECT_EQ(complaint_about({"list", "web"}), "list takes no operands; see guestkeyctl --help");
    EXPECT_EQ(complaint_about({"detach", "web"}),
              "detach needs operands: guestkeyctl detach GUEST VOLUME...; see guestkeyctl --help");
}

TEST(Verbs, TakeOnlyOptionsThatExist) {
    for (const auto& verb : verbs())
        for (const auto option : verb.options)
            EXPECT_TRUE(std::any_of(
                option_rows().begin(), option_rows().end(),
                [&](const OptionRow& row) { return row.name && row.name == option && row.reach == Reach::OwnVerbs; }))
                << verb.name << " --" << option;
}

TEST(Verbs, PurgeTakesEitherGuestsOrAll) {
    EXPECT_THROW(purge_keys(parse({"purge"})), Failure);
    EXPECT_THROW(purge_keys(parse({"purge", "--all", "web"})), Failure);
}

TEST(Verbs, RenewAndLendNeedToKnowForHowLong) {
    EXPECT_THROW(renew_leases(parse({"renew", "web"})), Failure);
    EXPECT_THROW(lend_keys(parse({"lend", "web"})), Failure);
}

TEST(Help, FitsATerminalAndNamesEveryVerbAndOption) {
    std::ostringstream text;
    auto* const before = std::cout.rdbuf(text.rdbuf());
    show_help({});
    std::cout.rdbuf(before);
    std::istringstream lines(text.str());
    for (std::string line; std::getline(lines, line);)
        EXPECT_LT(line.size(), 80U) << line;
    for (const auto& verb : verbs())
        EXPECT_NE(text.str().find("\n  " + std::string(verb.name)), std::string::npos) << verb.name;
    for (const auto& row : option_rows())
        EXPECT_NE(text.str().find(row.name ? std::string("--") + row.name : std::string("-") + row.letter),
                  std::string::npos)
            << row.help;
}

TEST(Operands, AFailureDoesNotKeepTheOthersFromTheirTurn) {
    std::vector<std::string> seen;
    const int status = for_each_operand({"a", "b", "c"}, [&](const std::string& operand) {
        seen.push_back(operand);
        if (operand == "b")
            throw Failure(ErrorCode::Busy, "b is running");
        if (operand == "c")
            throw Failure(ErrorCode::NoSuchGuest, "c has no keys here");
        return kDone;
    });
    EXPECT_EQ(seen, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(status, kInUse);
}

} // namespace guestkeyd::cli
