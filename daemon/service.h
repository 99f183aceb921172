// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/agent.h"
#include "bus/bus.h"
#include "config/config.h"
#include "keyring/kernel_keyring.h"
#include "loop/event_loop.h"

#include <string>

namespace guestkeyd {

// The programs that the agent has work done by.
struct Helpers {
    std::string domain_xml_parser;
    std::string volume_worker;  // or a socket, see Worker
    std::string mapping_worker; // the same, for jobs that use device-mapper
    std::string online_worker;  // the same, for jobs that outlive the agent
    std::string online_folder;  // where those are found, see luks/online_job.h
};

// The agent of a host, put together. Its members are made from the keyring outwards and end in the opposite order; the
// keys stay in the kernel.
class Service {
  public:
    // Enters the anchor, so it must be made before any other thread.
    Service(const Config& config, const Helpers& helpers);

    // Until SIGTERM, SIGINT or the loss of the bus; returns the exit status.
    int run();

  private:
    KernelKeyring keyring_;
    BusConnection connection_;
    EventLoop loop_;
    Agent agent_;
    Bus bus_;
};

} // namespace guestkeyd
