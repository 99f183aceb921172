// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "support/temp_dir.h"

#include <cerrno>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>

namespace guestkeyd::test {

// A socket that takes connections and never says a word.
class MuteBus {
  public:
    MuteBus() : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        path().copy(name.sun_path, sizeof name.sun_path - 1);
        if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) < 0 ||
            listen(socket_.get(), 8) < 0)
            throw_errno(errno, "listen on " + path());
    }
    [[nodiscard]] std::string address() const { return "unix:path=" + path(); }

  private:
    [[nodiscard]] std::string path() const { return dir_ / "mute"; }

    TempDir dir_;
    UniqueFd socket_;
};

} // namespace guestkeyd::test
