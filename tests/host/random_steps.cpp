// SPDX-License-Identifier: LGPL-2.1-or-later
// What may happen to a guest, its keys and the agent in a random sequence.
#include "base/fault_point.h"
#include "host/random_host.h"
#include "support/key_fd.h"

#include <csignal>

namespace guestkeyd::test {

using namespace std::chrono_literals;

struct RandomHost::Step {
    unsigned weight;
    bool needs_agent;
    bool needs_libvirtd;
    bool (*possible)(const RandomGuest&);
    void (RandomHost::*take)(RandomGuest&);
};

const std::vector<RandomHost::Step>& RandomHost::steps() {
    const auto always = [](const RandomGuest&) { return true; };
    const auto running = [](const RandomGuest& at) { return at.running; };
    const auto off = [](const RandomGuest& at) { return at.persistent && !at.running; };
    const auto ready = [](const RandomGuest& at) {
        return at.persistent && !at.running && at.keys.has(at.guest.volume()).value_or(true);
    };
    const auto defined = [](const RandomGuest& at) { return at.persistent; };
    const auto unknown = [](const RandomGuest& at) { return !at.defined(); };
    const auto can_be_saved = [](const RandomGuest& at) { return at.running && at.persistent; };
    static const std::vector<Step> all{
        {16, true, false, always, &RandomHost::push},
        {2, true, false, always, &RandomHost::detach},
        {2, true, false, always, &RandomHost::purge},
        {2, true, false, always, &RandomHost::renew},
        {20, false, true, unknown, &RandomHost::define},
        {10, false, true, unknown, &RandomHost::create},
        {40, false, true, ready, &RandomHost::start},
        {1, false, true, off, &RandomHost::start},
        {6, true, true, ready, &RandomHost::start_and_kill_agent},
        {10, false, true, running, &RandomHost::destroy},
        {6, false, false, running, &RandomHost::shut_down},
        {6, false, false, running, &RandomHost::kill_qemu},
        {2, false, true, running, &RandomHost::suspend_and_resume},
        {6, false, true, can_be_saved, &RandomHost::save},
        {3, false, true, defined, &RandomHost::undefine},
        {1, false, true, off, &RandomHost::rename},
        {3, true, false, always, &RandomHost::kill_agent},
        {14, true, true, always, &RandomHost::let_agent_die},
        {1, true, true, running, &RandomHost::drop_events},
        {2, false, true, always, &RandomHost::interrupt_libvirtd},
    };
    return all;
}

void RandomHost::step() {
    auto& at = guests_.at(below(static_cast<unsigned>(guests_.size())));
    std::vector<const Step*> lots;
    for (const auto& each : steps())
        if (each.possible(at) && (agent_runs_ || !each.needs_agent) &&
            (libvirtd_ == Libvirtd::Runs || !each.needs_libvirtd))
            lots.insert(lots.end(), each.weight, &each);
    if (lots.empty())
        return;
    (this->*lots.at(below(static_cast<unsigned>(lots.size())))->take)(at);
    look_after_agent();
    if (libvirtd_ != Libvirtd::Runs)
        return;
    if (!agent_runs_ && one_in(2)) {
        start_agent();
        EXPECT_TRUE(hears_libvirt());
    }
    if (agent_runs_)
        settle();
}

void RandomHost::push(RandomGuest& at) {
    AttachArguments arguments{at.guest.uuid(), {}, {}, one_in(5)};
    Push push{{}, arguments.exclusive};
    std::string lines;
    const auto which = at.keys.has(at.guest.volume()).value_or(true) ? below(3) : 1 + below(2);
    const auto number = std::to_string(++pushes_);
    if (which != 0)
        push.keys[at.guest.volume()] = LibvirtGuest::key();
    if (which != 1)
        push.keys[at.spare] = "spare " + number;
    for (const auto& [volume, key] : push.keys) {
        arguments.volumes.push_back({volume, {}});
        lines += key + "\n";
    }
    if (one_in(3))
        push.generation = arguments.generation = below(10);
    if (one_in(4))
        push.wipe_on = arguments.wipe_on = std::array{"destroyed", "stopped", "undefined"}.at(below(3));
    if (one_in(12))
        arguments.lease = one_in(4) ? 1 : 3600;
    say("push " + number + " to " + at.guest.name() + ": volumes " + std::to_string(which) +
        (push.exclusive ? " exclusive" : "") +
        (push.generation ? " generation " + std::to_string(*push.generation) : "") +
        (arguments.lease ? " lease " + std::to_string(*arguments.lease) : "") + " " + push.wipe_on);
    const auto known = at.keys.generation();
    const auto sent = std::chrono::steady_clock::now();
    const auto answer = attach_keys(root, arguments, pipe_with(lines)).answer();
    const bool still_known = at.keys.generation() == known;
    if (arguments.lease)
        push.lease_end = lease_end(sent, std::chrono::seconds(*arguments.lease));
    note(answer, [&](Happened happened) { at.keys.push(push, happened); });
    if (agent_runs_ && push.generation && known && still_known && *push.generation < *known) {
        EXPECT_EQ(short_name(answer), "StaleGeneration");
    }
}

void RandomHost::detach(RandomGuest& at) {
    const auto& volume = one_in(2) ? at.spare : at.guest.volume();
    say("detach " + volume + " of " + at.guest.name());
    note(detach_keys(root, at.guest.uuid(), {volume}, Force::Yes).answer(),
         [&](Happened happened) { at.keys.detach(volume, happened); });
}

void RandomHost::purge(RandomGuest& at) {
    const auto force = one_in(2) ? Force::Yes : Force::No;
    say("purge " + at.guest.name() + (force == Force::Yes ? " by force" : ""));
    const auto answer = purge_guest(root, at.guest.uuid(), force).answer();
    note(answer, [&](Happened happened) { at.keys.purge(happened); });
    if (force == Force::No && at.running && libvirtd_ == Libvirtd::Runs) {
        EXPECT_FALSE(answer.ok());
    }
}

void RandomHost::renew(RandomGuest& at) {
    say("renew the lease of " + at.guest.name());
    const auto sent = std::chrono::steady_clock::now();
    const auto answer = renew_lease(root, at.guest.uuid(), 3600).answer();
    note(answer, [&](Happened happened) { at.keys.renew(lease_end(sent, 3600s), happened); });
}

void RandomHost::kill_agent(RandomGuest&) {
    say("the agent is killed");
    agent.kill9();
    agent_runs_ = armed_ = false;
    agent.faults().none();
}

void RandomHost::let_agent_die(RandomGuest& at) {
    const auto point = kFaultPoints.at(below(static_cast<unsigned>(kFaultPoints.size())));
    const auto hit = 1 + below(2);
    say("the agent is to die at " + std::string(point) + ", hit " + std::to_string(hit));
    agent.faults().die_at(point, hit);
    armed_ = true;
    come_to(point, at);
}

// Takes a step that leads there, if one is possible; else it may happen in a later one.
void RandomHost::come_to(std::string_view point, RandomGuest& at) {
    const bool ready = at.persistent && !at.running && at.keys.has(at.guest.volume()).value_or(true);
    if (point.starts_with("publish-") || point.starts_with("withdraw-")) {
        if (ready)
            start(at);
    } else if (point.starts_with("renew-") || point.starts_with("timeout-")) {
        renew(at);
    } else if (point.starts_with("wipe-") || point.starts_with("purge-") || point == "key-revoked" ||
               point == "key-unlinked") {
        at.running ? destroy(at) : purge(at);
    } else {
        push(at);
    }
}

} // namespace guestkeyd::test
