// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/process.h"
#include "support/temp_dir.h"

#include <cstdint>
#include <map>
#include <string>

namespace guestkeyd::test {

// A real sshd with keys and a configuration of its own, which stands for hosts. Each has a port on the loopback device,
// and runs its own command for whoever logs in, which only the user of the test can, by key.
class SshServer {
  public:
    // command of each host, by its name
    explicit SshServer(std::map<std::string, std::string> hosts);

    // What the host at this bus would have run.
    static std::string bridge_to(const std::string& bus_address);

    // PATH with an ssh that knows the hosts by their names, and their host keys, and these names more:
    //   down      nothing listens there
    //   stranger  a host, whose key ssh has never seen
    //   changed   a host that ssh knows by another key
    //   shut      a host where ssh has no key to log in with
    [[nodiscard]] std::string path() const;
    [[nodiscard]] Environment environment() const { return {{"PATH", path()}}; }
    [[nodiscard]] std::string log() const { return read_file(dir_ / "log"); }
    [[nodiscard]] std::uint16_t port_of(const std::string& host) const { return ports_.at(host); }

  private:
    void make_key(const char* name) const;
    void configure_server(const std::map<std::string, std::string>& hosts) const;
    void configure_client(std::uint16_t down) const;
    [[nodiscard]] Command command() const;

    TempDir dir_;
    std::map<std::string, std::uint16_t> ports_;
    std::optional<Process> daemon_;
};

} // namespace guestkeyd::test
