// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/random_host.h"

#include <csignal>
#include <utility>

namespace guestkeyd::test {

namespace {

bool runs(const LibvirtGuest& guest) {
    const auto state = guest.state();
    return state == "running" || state == "paused";
}

std::string state_of(const RandomGuest& at) {
    if (at.running)
        return kRunning;
    return at.persistent ? kPresent : "1";
}

} // namespace

RandomHost::RandomHost(unsigned seed)
    : HostTest({.libvirt = {{"ReconcileSec", "2"}, {"KeysNeededTimeoutSec", "0"}}}), random_(seed) {
    for (auto& at : guests_)
        push(at);
}

std::string RandomHost::story() const {
    auto text = story_;
    for (const auto& at : guests_)
        text += "  " + at.guest.name() + (at.running ? " runs" : " is off") + ", keys should be " + at.keys.text() +
                (at.unheard.empty() ? "" : " or less") + "\n";
    return text;
}

void RandomHost::note(const Answer& answer, const std::function<void(Happened)>& apply) {
    look_after_agent();
    say("  " + (answer.ok() ? "done" : short_name(answer)));
    if (answer.ok())
        apply(Happened::Surely);
    else if (!agent_runs_)
        apply(Happened::Perhaps);
}

void RandomHost::ended(RandomGuest& at, End end) {
    at.unheard.push_back({end, !at.persistent, !at.known});
}

std::optional<bool> RandomHost::may_start(const RandomGuest& at) const {
    const auto has_key = at.keys.has(at.guest.volume());
    const bool may_lose_it = has_key == true && !at.unheard.empty();
    return agent_runs_ && !armed_ && !may_lose_it ? has_key : std::nullopt;
}

void RandomHost::look_at(RandomGuest& at) {
    at.running = runs(at.guest);
}

void RandomHost::look_after_agent() {
    if (!agent_runs_ || !agent.died())
        return;
    say("the agent has died");
    agent_runs_ = armed_ = false;
    agent.faults().none();
}

void RandomHost::start_agent() {
    say("the agent starts");
    agent.start();
    agent_runs_ = true;
}

// The agent may die of an event at any time.
bool RandomHost::settled(RandomGuest& at) {
    auto keys = at.keys;
    for (const auto& each : at.unheard)
        keys.ends(each.end, each.transient, each.forgotten ? Happened::Perhaps : Happened::Surely);
    const auto held = agent.keys().payloads_of(at.guest.uuid());
    if (!keys.sees(held))
        return false;
    if (!held.empty()) {
        const auto state = get_property(root, guest_path(at.guest.uuid()), kGuestInterface, "State").answer();
        if (state.text != state_of(at))
            return false;
    }
    // Where there was no key, nothing tells whether the agent has heard of an end; keys that come now may yet go by it.
    if (held.empty() && !at.keys.surely_some())
        at.forget();
    else
        at.unheard.clear();
    at.keys = keys;
    at.known = at.defined();
    return true;
}

void RandomHost::settle() {
    for (auto& at : guests_) {
        const bool came = wait_until([&] {
            look_after_agent();
            return !agent_runs_ || settled(at);
        });
        ASSERT_TRUE(came) << at.guest.name() << " has "
                          << testing::PrintToString(agent.keys().payloads_of(at.guest.uuid())) << " and is "
                          << guests();
    }
}

void RandomHost::interrupt_libvirtd(RandomGuest&) {
    const auto how = below(3);
    say(how == 0 ? "libvirtd is frozen" : how == 1 ? "libvirtd is killed" : "libvirtd is stopped");
    const auto frozen = libvirtd_pid();
    if (how == 0) {
        ASSERT_EQ(kill(frozen, SIGSTOP), 0);
    } else {
        libvirtd(how == 1 ? "kill" : "stop");
    }
    libvirtd_ = how == 0 ? Libvirtd::Frozen : Libvirtd::Down;
    if (how != 0)
        for (auto& at : guests_)
            at.forget();
    for (auto steps = below(3); steps > 0; --steps)
        step();
    say("libvirtd goes on");
    if (how == 0) {
        ASSERT_EQ(kill(frozen, SIGCONT), 0);
    } else {
        libvirtd("start");
    }
    libvirtd_ = Libvirtd::Runs;
    for (const auto& at : guests_) // one whose QEMU has ended meanwhile is seen to be off a moment later
        EXPECT_TRUE(wait_until([&] { return runs(at.guest) == at.running; }));
    look_after_agent();
    if (agent_runs_) {
        EXPECT_TRUE(hears_libvirt());
    }
}

void RandomHost::come_to_rest() {
    agent.faults().none();
    armed_ = false;
    look_after_agent();
    if (!agent_runs_)
        start_agent();
    EXPECT_TRUE(hears_libvirt());
    settle();
}

void RandomHost::expect_invariants() {
    std::size_t keys = 0;
    std::size_t records = 0;
    std::string key_count;
    std::string guest_count;
    auto serials = agent.keys().serials();
    const auto changed_meanwhile = [&] {
        const auto before = std::exchange(serials, agent.keys().serials());
        return serials != before;
    };
    do { // a lease may end at any time
        keys = records = 0;
        for (const auto& at : guests_) {
            const auto held = agent.keys().keys_of(at.guest.uuid()).size();
            keys += held;
            records += held > 0 ? 1 : 0;
        }
        key_count = manager_property(root, "KeyCount");
        guest_count = manager_property(root, "GuestCount");
    } while (changed_meanwhile());
    EXPECT_EQ(serials.size(), keys + records) << "something is left in the kernel";
    EXPECT_EQ(key_count, std::to_string(keys));
    EXPECT_EQ(guest_count, std::to_string(records));
    EXPECT_TRUE(agent.keys().only_for_possessor());
    EXPECT_TRUE(wait_until([] { return secrets_of_libvirt().empty(); })) << secrets_of_libvirt();
}

} // namespace guestkeyd::test
