// SPDX-License-Identifier: LGPL-2.1-or-later
// The agent is killed at each point of daemon/base/fault_point.h that can be reached without secrets in libvirt; the
// others are in tests/host.
#include "base/fault_point.h"
#include "bus_test.h"

#include <algorithm>
#include <functional>

namespace guestkeyd::test {

namespace {

// The payloads of a guest's keys, sorted.
using Held = std::vector<std::string>;

struct Operation {
    const char* name;
    Held before;
    std::function<void()> run;
    std::vector<Held> after; // what may be held once the agent is back
};

class Death : public BusTest, public testing::WithParamInterface<std::string_view> {
  protected:
    void push(const std::vector<std::pair<std::string, std::string>>& keys, AttachArguments arguments = {}) const {
        arguments.guest = guest;
        std::string lines;
        for (const auto& [of, key] : keys) {
            arguments.volumes.push_back({of, {}});
            lines += key + "\n";
        }
        (void)attach_keys(root, arguments, pipe_with(lines)).answer();
    }

    std::vector<Operation> operations() {
        const Held old{"old 1", "old 2"};
        const auto with_lease = [](bool exclusive) { return AttachArguments{{}, {}, {}, exclusive, 3600}; };
        return {
            {"first push",
             {},
             [this] {
                 push({{volume, "new 1"}, {other_volume, "new 2"}});
             },
             {{}, {"new 1", "new 2"}}},
            {"push",
             old,
             [this] {
                 push({{volume, "new 1"}, {other_volume, "new 2"}});
             },
             {old, {"new 1", "new 2"}}},
            {"push of one",
             old,
             [this] {
                 push({{volume, "new 1"}});
             },
             {old, {"new 1", "old 2"}}},
            {"exclusive push",
             old,
             [=, this] {
                 push({{volume, "new 1"}}, with_lease(true));
             },
             {old, {"new 1"}}},
            {"push with lease",
             old,
             [=, this] {
                 push({{volume, "new 1"}}, with_lease(false));
             },
             {old, {"new 1", "old 2"}}},
            {"renewal", old, [this] { (void)renew_lease(root, guest, 3600).answer(); }, {old}},
            {"detach", old, [this] { (void)detach_keys(root, guest, {volume}).answer(); }, {old, {"old 2"}}},
            {"purge", old, [this] { (void)purge_guest(root, guest).answer(); }, {old, {}}},
            {"purge of all", old, [this] { (void)purge_all(root).answer(); }, {old, {}}},
        };
    }

    void prepare(const Operation& operation) {
        (void)purge_all(root).answer();
        if (operation.before.empty())
            return;
        push({{volume, operation.before[0]}, {other_volume, operation.before[1]}});
        ASSERT_EQ(agent.keys().payloads_of(guest), operation.before);
    }

    void expect_sound(const std::vector<Held>& allowed) const {
        const auto held = agent.keys().payloads_of(guest);
        EXPECT_NE(std::find(allowed.begin(), allowed.end(), held), allowed.end()) << testing::PrintToString(held);
        EXPECT_EQ(manager_property(root, "KeyCount"), std::to_string(held.size()));
        EXPECT_EQ(manager_property(root, "GuestCount"), held.empty() ? "0" : "1");
        const std::size_t records = held.empty() ? 0 : 1;
        EXPECT_EQ(agent.keys().serials().size(), held.size() + records) << "something is left in the kernel";
        EXPECT_TRUE(agent.keys().only_for_possessor());
        if (!held.empty() && guest_property(root, guest, "LeaseExpires") != "0") {
            EXPECT_TRUE(agent.keys().endless_keys_of(guest).empty());
        }
    }

    // Whether the operation reached the point so often.
    bool dies(const Operation& operation, unsigned hit) {
        prepare(operation);
        agent.faults().die_at(GetParam(), hit);
        operation.run();
        const bool died = agent.died();
        agent.faults().none();
        if (died)
            agent.start();
        return died;
    }
};

TEST_P(Death, LeavesNothingHalfDone) {
    unsigned deaths = 0;
    for (const auto& operation : operations())
        for (unsigned hit = 1; dies(operation, hit); ++hit) {
            SCOPED_TRACE(std::string(operation.name) + ", hit " + std::to_string(hit));
            expect_sound(operation.after);
            ++deaths;
        }
    EXPECT_GT(deaths, 0U) << "no operation of this test comes to " << GetParam() << "; add one that does";
}

std::vector<std::string_view> points() {
    std::vector<std::string_view> all(kFaultPoints.begin(), kFaultPoints.end());
    std::erase_if(all, needs_libvirt_secrets);
    return all;
}

INSTANTIATE_TEST_SUITE_P(At, Death, testing::ValuesIn(points()), name_of_point);

} // namespace

} // namespace guestkeyd::test
