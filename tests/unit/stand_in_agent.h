// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "program_run.h"
#include "support/private_bus.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct sd_bus;
struct sd_bus_message;

namespace guestkeyd::test {

struct ReceivedHook {
    std::string guest;
    std::string operation;
    std::string sub_operation;
    std::string extra;
    std::string domain_xml;
    bool sealed = false;
    bool reply_expected = false;
    bool sender_known = false; // the bus could still tell who sent it
};

// Stands in for the agent on a bus: takes GuestHook, and accepts, at once or only when somebody asks whether it lives,
// refuses with a message, never answers, or is frozen and takes nothing.
class StandInAgent {
  public:
    enum class Manner { Accepts, AcceptsLate, Refuses, Hangs, Frozen };

    StandInAgent(const PrivateBus& bus, Manner manner, std::string refusal = {});
    StandInAgent(const StandInAgent&) = delete;
    StandInAgent& operator=(const StandInAgent&) = delete;
    ~StandInAgent();

    // The next call; waits for it, and fails the test if none comes.
    ReceivedHook next();

    int on_guest_hook(sd_bus_message* message);
    int on_any(sd_bus_message* message);

  private:
    void run(const std::string& address);
    void serve(sd_bus* bus);

    const Manner manner_;
    const std::string refusal_;
    std::mutex mutex_; // guards what the bus thread and the test share
    std::condition_variable changed_;
    bool ready_ = false;
    bool stop_ = false;
    std::vector<ReceivedHook> received_;
    sd_bus_message* unanswered_ = nullptr; // of AcceptsLate
    std::thread thread_;
};

// Runs the hook as libvirt does: `hook web OPERATION begin EXTRA` with the domain XML as its input.
ProgramResult run_hook(const std::string& bus_address, const std::string& operation, const std::string& xml,
                       const std::string& extra = "-");

// Domain XML of the guest "web".
std::string xml_with_secret();
std::string xml_without_secret();
inline constexpr auto kHookGuest = "3a6f1a52-0d5c-4b3c-9d75-6b1f0c2e8a01";

} // namespace guestkeyd::test
