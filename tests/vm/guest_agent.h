// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/process.h"
#include "vm/json_channel.h"

#include <string>

namespace guestkeyd::test {

// QEMU's agent in a host, which runs commands there as root
// (https://www.qemu.org/docs/master/interop/qemu-ga-ref.html).
class GuestAgent {
  public:
    explicit GuestAgent(UniqueFd socket) : channel_(std::move(socket)) {}

    // Until it is there.
    void wait(std::chrono::milliseconds patience) { channel_.call("guest-ping", nlohmann::json::object(), patience); }
    // Runs commands of bash to their end, and until nobody holds their output open any more.
    Finished run(const std::string& script, const std::string& input, std::chrono::milliseconds patience);
    // Starts commands whose end nobody waits for.
    void start(const std::string& script);

  private:
    JsonChannel channel_;
};

} // namespace guestkeyd::test
