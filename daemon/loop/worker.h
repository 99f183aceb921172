// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"
#include "base/unique_fd.h"
#include "loop/event_loop.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// A helper process that is talked with in lines, over one stream that is its standard input and output. It is a child
// of ours, or, if a service listens for whoever needs one (systemd.socket(5), Accept=yes), one that the service manager
// starts. What it writes to standard error goes where ours goes, or where its unit says.
class Worker {
  public:
    struct News {
        // A line, without its newline.
        std::function<void(std::string_view)> line;
        // Called once, after the last line; it may destroy the worker. died: what killed it, if it is a child of ours
        // and something did, like "signal 9".
        std::function<void(std::optional<std::string> died)> ended;
    };

    // What becomes of it when we end, or this object goes.
    enum class Fate { Stopped, GoesOn };

    // where: a program, or a unix socket. Internal if it cannot be started or reached; says why.
    Worker(EventLoop& loop, const std::string& where, News news, Fate fate = Fate::Stopped);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    // One that still runs sees its standard input end, and unless it goes on is asked to stop by SIGTERM.
    ~Worker();

    // A worker takes some ten thousand bytes without reading; Internal if it has ended, or for more.
    void send(std::string_view text);
    // No more is sent.
    void end_input();
    // To the process, and never to another one that has its number by now. Nothing happens to one that has not
    // written a line yet, if the service manager started it.
    void signal(int number);

  private:
    void start_child(EventLoop& loop, const std::string& program);
    void connect_to(const std::string& socket);
    static int on_stream(sd_event_source*, int fd, unsigned revents, void* self);
    static int on_exit(sd_event_source*, int fd, unsigned revents, void* self);
    void read_available();
    // False at the end of the stream, or if nothing has come.
    bool read_some();
    void learn_process(int pid);
    void take_lines();
    void finish(std::optional<std::string> died);

    const News news_;
    const Fate fate_;
    UniqueFd stream_;
    EventSource stream_source_;
    bool stream_ended_ = false;
    std::string text_; // of a line that is not complete yet
    int pid_ = -1;     // of a child that was not waited for yet
    UniqueFd process_; // pidfd_open(2)
    EventSource exit_source_;
};

} // namespace guestkeyd
