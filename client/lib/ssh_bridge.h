// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <atomic>
#include <chrono>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace guestkeyd {

// How ssh(1) ended.
struct SshEnd {
    int error = 0;            // errno, if it could not be started
    int status = 0;           // as of waitpid(2)
    bool out_of_time = false; // it was ended by us
    std::string complaint{};  // from its standard error
};

// Runs ssh(1) between a bus connection of this process and another host. libsystemd can start ssh by itself, but lets
// it write to our standard error, and waits for it for ever.
class SshBridge {
  public:
    // Takes one connection to bus_address(), and starts ssh with it. Unless it has arrived within the limit, ssh is
    // ended, and the connection with it.
    SshBridge(std::vector<std::string> arguments, std::chrono::seconds limit);
    ~SshBridge();
    SshBridge(const SshBridge&) = delete;
    SshBridge& operator=(const SshBridge&) = delete;

    // Of D-Bus, for the one connection.
    [[nodiscard]] const std::string& bus_address() const { return bus_address_; }
    // The other host has answered.
    void arrived();
    // How ssh ended; to be asked for once the connection is broken or closed, on which it ends.
    const SshEnd& end();

  private:
    enum class Phase { OnTheWay, Arrived, Ending };
    void enter(Phase phase);
    void run(std::chrono::seconds limit);
    UniqueFd take_connection(std::chrono::seconds limit);
    pid_t start(const UniqueFd& connection, const UniqueFd& complaints);
    void attend(pid_t ssh, const UniqueFd& complaints, std::chrono::seconds limit);
    void hear(const UniqueFd& complaints);

    const std::vector<std::string> arguments_;
    UniqueFd listener_;
    UniqueFd wake_;
    std::string bus_address_;
    std::atomic<Phase> phase_ = Phase::OnTheWay;
    SshEnd end_; // of the thread until it is joined
    std::thread thread_;
};

} // namespace guestkeyd
