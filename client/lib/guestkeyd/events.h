// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkeyd/guest.h"
#include "guestkeyd/job.h"

#include <functional>

namespace guestkeyd {

// Keys without which a guest does not start or arrive. If they are attached at once, it does.
struct NeededKeys {
    GuestId guest;
    std::vector<std::string> missing{}; // each the UUID of a volume, or "TYPE:USAGE"
    std::string reason{};               // "start" or "arrive"
};

// Keys that were wiped and are gone from the kernel.
struct PurgedKeys {
    GuestId guest;
    std::vector<VolumeId> volumes{};
    std::string reason{};
};

// A use of keys, or one that was refused or failed; what is wiped is told as PurgedKeys.
struct UsedKeys {
    GuestId guest;
    std::vector<VolumeId> volumes{};
    std::string action{};  // "attach", "publish", ...: see KeysUsed in org.guestkeyd1(5)
    std::string result{};  // "done", "refused" or "failed"
    std::string message{}; // for people
};

// How a job ended.
struct EndedJob {
    JobNumber number;
    JobState state;
    std::optional<Failure> failure{};
};

// What changed about a guest; the rest stayed as it was.
struct GuestChange {
    GuestId guest;
    std::optional<std::string> name{};
    std::optional<GuestState> state{};
    std::optional<std::vector<Volume>> volumes{};
    std::optional<Time> last_used{};
    std::optional<Time> lease_expires{};
    std::optional<std::uint64_t> generation{};
    std::optional<std::string> wipe_on{};
};

// What changed about the agent; the rest stayed as it was.
struct StatusChange {
    std::optional<std::uint32_t> guests{};
    std::optional<std::uint32_t> keys{};
    std::optional<bool> libvirt_connected{};
    std::optional<std::uint32_t> jobs{};
};

// What to call when the agent reports something; an empty function is not called.
// An exception thrown by one of them ends Client::run, which throws it on.
struct Events {
    std::function<void(const Guest&)> guest_added{};
    std::function<void(const GuestId&)> guest_removed{};
    std::function<void(const GuestChange&)> guest_changed{};
    std::function<void(const StatusChange&)> status_changed{};
    std::function<void(const NeededKeys&)> keys_needed{};
    std::function<void(const PurgedKeys&)> keys_purged{};
    std::function<void(const UsedKeys&)> keys_used{};
    std::function<void(const Job&)> job_added{};
    std::function<void(const EndedJob&)> job_ended{};
    std::function<void()> agent_started{};
    std::function<void()> agent_stopped{};
};

} // namespace guestkeyd
