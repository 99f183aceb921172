// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "host/host_test.h"
#include "host/key_model.h"

#include <array>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd::test {

struct RandomGuest {
    explicit RandomGuest(const std::string& name) : guest(name), spare(uuid_of("spare volume of " + name)) {}

    [[nodiscard]] bool defined() const { return persistent || running; }

    LibvirtGuest guest;
    std::string spare; // a second volume, which its XML does not name
    KeyModel keys;
    // As libvirt has it.
    bool persistent = true;
    bool running = false;
    bool saved = false;

    // An end that the agent has not been seen to have heard of.
    struct Unheard {
        End end;
        bool transient;
        bool forgotten; // libvirt cannot tell any more how it came about
    };
    std::vector<Unheard> unheard;
    void forget() {
        for (auto& each : unheard)
            each.forgotten = true;
    }
    bool known = true; // the agent has seen it defined
};

enum class Libvirtd { Runs, Frozen, Down };

// A host on which random steps are taken: with guests, their keys, the agent and libvirtd. What the kernel holds is
// compared with what it should.
class RandomHost : public HostTest {
  protected:
    explicit RandomHost(unsigned seed);

    // A step that is possible now.
    void step();
    // All runs again, all events have been heard.
    void come_to_rest();
    void expect_invariants();
    [[nodiscard]] std::string story() const;

  private:
    struct Step;
    static const std::vector<Step>& steps();

    // Steps, each with what is said of it.
    void push(RandomGuest& at);
    void detach(RandomGuest& at);
    void purge(RandomGuest& at);
    void renew(RandomGuest& at);
    void define(RandomGuest& at);
    void create(RandomGuest& at);
    void start(RandomGuest& at);
    void start_and_kill_agent(RandomGuest& at);
    void destroy(RandomGuest& at);
    void shut_down(RandomGuest& at);
    void kill_qemu(RandomGuest& at);
    void suspend_and_resume(RandomGuest& at);
    void save(RandomGuest& at);
    void undefine(RandomGuest& at);
    void rename(RandomGuest& at);
    void kill_agent(RandomGuest& at);
    void let_agent_die(RandomGuest& at);
    void come_to(std::string_view point, RandomGuest& at);
    void drop_events(RandomGuest& at);
    void interrupt_libvirtd(RandomGuest& at);

    // By its keys; none when it is not known.
    [[nodiscard]] std::optional<bool> may_start(const RandomGuest& at) const;
    void end_of_qemu(RandomGuest& at, int signal);
    void ended(RandomGuest& at, End end);
    void look_at(RandomGuest& at);
    void look_after_agent();
    void start_agent();
    void settle();
    [[nodiscard]] bool settled(RandomGuest& at);
    // Applies what a call has done; the agent may have died of it.
    void note(const Answer& answer, const std::function<void(Happened)>& apply);
    void say(const std::string& what) { story_ += "  " + what + "\n"; }
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    bool one_in(unsigned times) { return below(times) == 0; }

    std::mt19937 random_;
    std::array<RandomGuest, 2> guests_{RandomGuest("first"), RandomGuest("second")};
    bool agent_runs_ = true;
    bool armed_ = false; // to die at some point
    Libvirtd libvirtd_ = Libvirtd::Runs;
    unsigned pushes_ = 0;
    std::string story_;
};

} // namespace guestkeyd::test
