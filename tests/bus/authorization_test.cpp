// SPDX-License-Identifier: LGPL-2.1-or-later
#include "authorization_table.h"
#include "bus_test.h"
#include "member_calls.h"

#include "support/introspection.h"
#include "support/openssl.h"
#include "support/sealed_calls.h"
#include "support/volume_calls.h"

#include <memory>
#include <set>

namespace guestkeyd::test {

namespace {

constexpr auto kGuestInTable = "/org/guestkeyd1/guest/UUID";
constexpr auto kJobInTable = "/org/guestkeyd1/job/NUMBER";

// What each caller gets from each member that introspection shows is what authorization.table says. A member without a
// row fails, and a row without a member: nothing comes into the API without someone having thought of who may use it.
class Authorization : public BusTest {
  protected:
    Authorization() : Authorization(std::make_shared<TempDir>()) {}
    void SetUp() override {
        attach(guest, {volume});
        wait_for_libvirt();
        job = start_job("for the table");
        EXPECT_EQ(end_of_job(root, job), "");
    }
    [[nodiscard]] std::string start_job(const std::string& name) const {
        return job_of(create_volume(root, {{"path", (*files / name).string()}}, pipe_with("a key"),
                                    {{"format", "luks1"}, {"capacity", std::uint64_t{1 << 20}}})
                          .answer());
    }

    // As the table names objects, so that it need not know the guest.
    [[nodiscard]] std::string named(const std::string& path) const {
        if (path == guest_path(guest))
            return kGuestInTable;
        return path == job ? kJobInTable : path;
    }
    [[nodiscard]] std::string path_of(const AuthorizationRow& row) const {
        if (row.object == kGuestInTable)
            return guest_path(guest);
        return row.object == kJobInTable ? job : row.object;
    }
    [[nodiscard]] std::set<std::string> members_shown() const {
        std::set<std::string> members;
        for (const auto& [path, node] : walk_agent(root))
            for (const auto& member : node.members)
                if (member.kind != MemberKind::Signal)
                    members.insert(named(path) + " " + member.interface + "." + member.name);
        return members;
    }
    [[nodiscard]] CallSubject subject() const {
        return {guest, volume, text_returned(get_host_certificate(root)), read_file(*files / "host-cert.pem"),
                *files / "for the table"};
    }
    // Calls the member on an agent that has the guest.
    [[nodiscard]] Answer call(const Connection& caller, const AuthorizationRow& row) const {
        attach(guest, {volume});
        return call_member(caller, {path_of(row), row.interface, row.member}, subject());
    }
    void expect_refused_without_effect(const AuthorizationRow& row, const std::string& expected) const {
        attach(guest, {volume});
        const auto before = state();
        const auto answer = call_member(nobody, {path_of(row), row.interface, row.member}, subject());
        EXPECT_EQ(outcome_of(answer), expected) << row << "\n" << answer;
        EXPECT_EQ(state(), before) << row;
    }

    const std::vector<AuthorizationRow> table = authorization_table();
    std::string job; // of root, and ended

  private:
    // With a trusted host, to whom keys can be exported.
    explicit Authorization(const std::shared_ptr<TempDir>& dir)
        : BusTest({.sealing = {{"TrustedHost", make_host(*dir)}}}), files(dir) {}

    static std::string make_host(const TempDir& dir) {
        make_pair(dir, "host");
        return fingerprint_of(dir / "host-cert.pem");
    }

    const std::shared_ptr<TempDir> files;
};

TEST_F(Authorization, TableNamesEachMemberAndNoOther) {
    std::set<std::string> rows;
    for (const auto& row : table)
        EXPECT_TRUE(rows.insert(row.object + " " + row.interface + "." + row.member).second) << "twice: " << row;
    const auto shown = members_shown();
    for (const auto& member : shown)
        EXPECT_TRUE(rows.contains(member)) << "has no row in authorization.table: " << member;
    for (const auto& row : rows)
        EXPECT_TRUE(shown.contains(row)) << "is in authorization.table only: " << row;
}

TEST_F(Authorization, OfRootAsksNobody) {
    for (const auto& row : table) {
        const auto answer = call(root, row);
        EXPECT_EQ(outcome_of(answer), row.root) << row << "\n" << answer;
    }
    EXPECT_EQ(polkit->checks().size(), 0U);
}

TEST_F(Authorization, OfAUserIsTheActionOfTheTable) {
    polkit->answer(PolkitAnswer::Allow);
    for (const auto& row : table) {
        polkit->forget_checks();
        const auto answer = call(nobody, row);
        EXPECT_EQ(outcome_of(answer), row.allowed) << row << "\n" << answer;
        const auto checks = polkit->checks();
        EXPECT_EQ(checks.size(), row.action == "-" ? 0U : 1U) << row;
        for (const auto& check : checks)
            EXPECT_EQ(check.action, "org.guestkeyd1." + row.action) << row;
    }
}

TEST_F(Authorization, ThatPolkitDeniesHasNoEffect) {
    for (const auto& row : table)
        expect_refused_without_effect(row, row.denied);
}

TEST_F(Authorization, ThatPolkitCannotGiveHasNoEffect) {
    polkit.reset();
    for (const auto& row : table)
        expect_refused_without_effect(row, row.polkit_gone);
}

TEST_F(Authorization, OfWhatIsNotThereIsRefusedToo) {
    const std::vector<Member> missing{{kManagerPath, kManagerInterface, "NoSuchMethod"},
                                      {kManagerPath, "org.guestkeyd1.NoSuchInterface", "Purge"},
                                      {kManagerPath, "", "PurgeAll"},
                                      {kManagerPath, "", "Introspect"},
                                      {"/no/such/object", kManagerInterface, "PurgeAll"}};
    polkit->answer(PolkitAnswer::Deny);
    for (const auto& member : missing)
        EXPECT_EQ(outcome_of(Call(nobody, member).answer()), "AccessDenied") << member.name;
}

} // namespace

} // namespace guestkeyd::test
