// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"
#include "luks/online_job.h"

#include <filesystem>
#include <string>

namespace guestkeyd {

// The worker's side of online_job.h: where agents find it. Its files go with it, as they do not if the worker is
// killed.
class AgentSocket {
  public:
    // Replaces what a worker that died has left for the same device: whoever makes one holds off others from the
    // volume.
    AgentSocket(const std::filesystem::path& folder, const std::string& device, const OnlineJob& job);
    AgentSocket(const AgentSocket&) = delete;
    AgentSocket& operator=(const AgentSocket&) = delete;
    ~AgentSocket();

    // The stream of an agent that has come; none if nobody has. Does not wait.
    [[nodiscard]] UniqueFd accept() const;

  private:
    std::filesystem::path job_file_;
    std::filesystem::path socket_file_;
    UniqueFd socket_;
};

} // namespace guestkeyd
