// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "bus/access.h"
#include "bus/raw_bus.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>

namespace guestkeyd {

struct PolkitLimits {
    std::uint32_t calls_per_caller;
    std::chrono::seconds timeout;
};

// Asks polkit (org.freedesktop.PolicyKit1.Authority.CheckAuthorization) whether the sender of a message may do what it
// asks, without making the loop wait. The subject is the sender's name on the bus, which unlike a process id is never
// used again. Everything but a yes is a no: also polkit missing, failing, or silent for too long.
class Polkit {
  public:
    // failure: AccessDenied, or InteractiveAuthorizationRequired; none: yes.
    using Then = std::function<void(MessageRef message, const std::optional<Failure>& failure)>;

    Polkit(sd_bus* bus, PolkitLimits limits);
    Polkit(const Polkit&) = delete;
    Polkit& operator=(const Polkit&) = delete;
    ~Polkit();

    // Calls then once, from the loop; never when the sender leaves the bus before. LimitsExceeded when too many of the
    // sender's calls wait already.
    void ask(MessageRef message, const PolkitQuestion& question, Then then);

  private:
    struct Pending;

    MessageRef make_call(const Pending& pending, const PolkitQuestion& question) const;
    [[nodiscard]] std::size_t waiting_of(const char* sender) const;
    void drop(Pending* pending);
    void cancel(const Pending& pending);
    static int on_answer(sd_bus_message* answer, void* pending, sd_bus_error* error);
    static int on_sender_gone(sd_bus_track* track, void* pending);

    sd_bus* bus_;
    const PolkitLimits limits_;
    std::list<Pending> pending_;
    std::uint64_t asked_ = 0;
};

} // namespace guestkeyd
