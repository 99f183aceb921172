// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "loop/event_loop.h"
#include "loop/timer.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace guestkeyd {

// What a child process left: its standard output, and the first line of its standard error if it failed.
struct ChildResult {
    bool succeeded = false;
    std::string output;
    std::string complaint;
};

// A short-lived helper program: it gets one descriptor as standard input, has no possession of our keyring (process
// keyrings do not cross fork(2)), no other descriptor, no environment, and is killed at the deadline or when this
// object goes. Its output is capped.
class Child {
  public:
    // Called once, from the loop; it may destroy the child.
    using Done = std::function<void(const Child*, ChildResult)>;

    Child(EventLoop& loop, const std::string& program, const UniqueFd& input, std::chrono::microseconds deadline,
          Done done);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

  private:
    struct Stream {
        UniqueFd fd;
        EventSource source;
        std::string text;
    };

    void watch(EventLoop& loop, Stream& stream);
    static int on_output(sd_event_source*, int fd, unsigned revents, void* self);
    static int on_exit(sd_event_source*, int fd, unsigned revents, void* self);
    void read_available(Stream& stream);
    void reap();

    int pid_ = -1;
    UniqueFd pidfd_;
    EventSource exit_source_;
    Stream output_;
    Stream errors_;
    Timer deadline_;
    Done done_;
};

} // namespace guestkeyd
