// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"
#include "base/unique_fd.h"
#include "luks/agent_socket.h"
#include "luks/job_report.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// The worker's end of the stream to the agent: standard input and output, or, of a job that outlives agents, the stream
// of the one that came last.
class JobStream {
  public:
    JobStream();

    // Waits until the spec is there. Failures as of decode_job_spec.
    JobSpec read_spec();

    // Then for the keys of it, which live as long as this object. InvalidArgs when one cannot be a key: it is empty,
    // longer than kMaxKey, or not UTF-8 without NUL.
    std::vector<std::string_view> read_keys(const JobSpec& spec);

    // From now on agents may come and go; the end of one's stream asks for nothing.
    void outlive_agents(const JobSpec& spec, const std::string& device);

    // Whether the agent asked for it, has closed the stream, or SIGTERM came. Does not wait.
    bool cancel_requested();

    // If there is no agent, the journal gets it, by standard error.
    void report(const JobReport& report);

    // Reports it unless the last one is younger than a quarter of a second, or the agent does not read.
    void progress(std::uint64_t done, std::uint64_t total);

  private:
    void read_more();
    void meet_agent();
    void lose_agent();

    // What comes before the keys may bring the first bytes of them along.
    SecretBuffer input_;
    std::size_t taken_ = 0;
    int from_agent_;
    int to_agent_; // -1: there is none
    std::unique_ptr<AgentSocket> socket_;
    UniqueFd later_agent_;
    std::string title_; // of the volume, for the journal
    bool cancelled_ = false;
    std::chrono::steady_clock::time_point last_progress_{};
};

// Throws Cancelled if that is asked for; stays says what that leaves, like "it is as it was".
void throw_if_cancelled(JobStream& stream, std::string_view stays);

} // namespace guestkeyd
