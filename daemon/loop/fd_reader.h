// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "base/secret_buffer.h"
#include "base/unique_fd.h"
#include "loop/event_loop.h"
#include "loop/timer.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace guestkeyd {

// What was read, or why not.
struct FdContent {
    SecretBuffer bytes;
    std::optional<Failure> failure;
};

struct FdLimits {
    std::size_t bytes;
    std::chrono::microseconds deadline;
};

// Reads a descriptor of a caller to its end without ever making the loop wait. Only kinds that cannot stall a reader
// are taken: a pipe, a memfd sealed against change, a memfd_secret(2); anything else is InvalidArgs. More bytes than
// allowed is LimitsExceeded, a pipe that is not closed in time InvalidArgs.
class FdReader {
  public:
    // Called once; it may destroy the reader. Destroying the reader before cancels.
    using Done = std::function<void(const FdReader*, FdContent)>;

    FdReader(EventLoop& loop, UniqueFd fd, FdLimits limits, Done done);

    // Calls done at once for a memfd, from the loop for a pipe.
    void start();

  private:
    void read_pipe();
    void drain_pipe();
    static int on_readable(sd_event_source*, int fd, unsigned revents, void* self);
    void finish(std::optional<Failure> failure);

    EventLoop& loop_;
    UniqueFd fd_;
    FdLimits limits_;
    Done done_;
    SecretBuffer bytes_;
    UniqueFd own_read_end_;
    UniqueFd own_write_end_;
    EventSource source_;
    std::unique_ptr<Timer> deadline_;
};

} // namespace guestkeyd
