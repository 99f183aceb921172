// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"
#include "support/wait_until.h"

#include <nlohmann/json.hpp>
#include <string>

namespace guestkeyd::test {

// Speaks to QEMU's monitor, or to the guest agent in a host: a line of JSON for a line of JSON
// (https://www.qemu.org/docs/master/interop/qmp-spec.html).
class JsonChannel {
  public:
    explicit JsonChannel(UniqueFd socket) : socket_(std::move(socket)) {}

    // What the command returns. Throws if it fails, if there is no answer in time, or nobody who could give one.
    nlohmann::json call(const std::string& command, const nlohmann::json& arguments = nlohmann::json::object(),
                        std::chrono::milliseconds patience = kPatience);

  private:
    void send(std::string_view text) const;
    std::string line(std::chrono::steady_clock::time_point deadline);

    UniqueFd socket_;
    std::string received_;
};

} // namespace guestkeyd::test
