// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/anchor_keys.h"
#include "support/connection.h"
#include "support/faults.h"
#include "support/process.h"
#include "support/temp_dir.h"

#include <map>
#include <optional>
#include <string>

namespace guestkeyd::test {

struct AgentOptions {
    std::string domain_uri = "test:///default"; // its one guest: kTestGuest
    std::string secret_uri = "test:///default";
    std::map<std::string, std::string> limits{};  // [Limits] of guestkeyd.conf
    Environment environment{};                    // on top of ours
    std::map<std::string, std::string> sealing{}; // [Sealing], besides StateDirectory
    std::map<std::string, std::string> libvirt{}; // [Libvirt], besides the URIs
    std::map<std::string, std::string> jobs{};    // [Jobs]
    std::string volume_worker{};                  // a socket; else the program as built
    std::string online_worker{};                  // a program; else the same
    std::vector<std::string> enter{};             // put before the command, to run it elsewhere; must become the agent
};

// The running guest that libvirt's test driver has by itself.
inline constexpr auto kTestGuest = "6695eb01-f6a4-8304-79aa-97f2502e193f";

// The agent as built, on a bus that is there already, with a configuration and an anchor of its own. Started at once;
// with this object it ends, and its keys are wiped.
class AgentProcess {
  public:
    explicit AgentProcess(std::string bus_address, const AgentOptions& options = {});
    AgentProcess(const AgentProcess&) = delete;
    AgentProcess& operator=(const AgentProcess&) = delete;
    ~AgentProcess();

    // Returns when it owns its name.
    void start();
    void kill9();
    // Whether it has died by itself; by what it was told to die of, once the bus knows.
    [[nodiscard]] bool died();
    void stop();
    void restart() {
        stop();
        start();
    }

    [[nodiscard]] pid_t pid() const { return process_->pid(); }
    [[nodiscard]] bool running() { return process_ && process_->running(); }
    [[nodiscard]] const AnchorKeys& keys() const { return keys_; }
    Faults& faults() { return faults_; }
    [[nodiscard]] std::string log() const;
    // Its own key pair and certificate.
    [[nodiscard]] std::filesystem::path own_pair() const { return dir_ / "state/host.pem"; }
    // The command that starts it.
    [[nodiscard]] std::vector<std::string> command() const;

  private:
    TempDir dir_;
    AnchorKeys keys_;
    Faults faults_{dir_ / "faults"};
    std::string bus_address_;
    std::string volume_worker_;
    std::string online_worker_;
    Environment environment_;
    std::vector<std::string> enter_;
    Connection bus_;
    std::optional<Process> process_;
};

} // namespace guestkeyd::test
