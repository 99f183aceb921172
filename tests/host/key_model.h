// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace guestkeyd::test {

// How a guest comes to its end, as far as its keys are concerned.
enum class End { Destroyed, Stopped, Saved, Undefined };

// A lease ends at some time between these.
struct LeaseEnd {
    using Time = std::chrono::steady_clock::time_point;
    Time from;
    Time to;
    auto operator<=>(const LeaseEnd&) const = default;
};

// Of a lease that a call began which was sent then and answered now.
LeaseEnd lease_end(LeaseEnd::Time sent, std::chrono::seconds lease);

struct Push {
    std::map<std::string, std::string> keys; // by volume
    bool exclusive = false;
    std::optional<std::uint64_t> generation{};
    std::optional<LeaseEnd> lease_end{};
    std::string wipe_on{}; // empty: not said
};

enum class Happened { Surely, Perhaps };

// What the kernel may hold of a guest's keys after what has been done, by guestkeyd(8) and org.guestkeyd1(5) alone: it
// knows nothing of how the agent is made. Where the outcome was not to be seen, it keeps account of each.
class KeyModel {
  public:
    void push(const Push& push, Happened happened);
    void detach(const std::string& volume, Happened happened);
    void purge(Happened happened);
    void renew(LeaseEnd lease_end, Happened happened);
    void ends(End end, bool transient, Happened happened);

    // Whether the payloads, sorted, may be held now. If so, what would have led to others is ruled out.
    [[nodiscard]] bool sees(const std::vector<std::string>& held);

    // None when it is not known. What a lease holds may be gone a moment later: what has been done since is to be
    // judged by what was known before it only if that is still known after it.
    [[nodiscard]] std::optional<bool> has(const std::string& volume) const;
    [[nodiscard]] std::optional<std::uint64_t> generation() const;
    [[nodiscard]] bool surely_some() const;
    [[nodiscard]] std::string text() const;

  private:
    struct Keys {
        std::map<std::string, std::string> by_volume{};
        std::string wipe_on = "destroyed";
        std::uint64_t generation = 0;
        std::optional<LeaseEnd> lease_end{};
        auto operator<=>(const Keys&) const = default;
    };

    void change(const std::function<Keys(Keys)>& by, Happened happened);
    [[nodiscard]] std::set<Keys> possible_now() const;

    std::set<Keys> possible_{Keys{}};
};

} // namespace guestkeyd::test
