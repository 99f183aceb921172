// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkeyd/client.h"

#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// Another host, whose system bus is reached as sd_bus_open_system_remote(3) does it: ssh(1), found in PATH, logs in
// there and runs systemd-stdio-bridge(1). So ssh_config(5), its keys and its known hosts count.
struct RemoteHost {
    std::string address; // [USER@]HOST[:PORT], an IPv6 address in brackets
    // To get there, ssh's questions included; and of each answer, but that of Client::test_key(), which may take as
    // long as the volume takes to open, and as it would of this host.
    std::chrono::seconds time_limit{20};
    // Which certificate keys are sealed to. Both empty: the one that comes from the host, which is as trustworthy as
    // the host key that ssh knows it by. Else it must be one of these, by SHA-256 fingerprint in hex, or be issued by a
    // CA in these PEM files (a file, or a folder of *.pem and *.crt); NotTrusted otherwise.
    std::vector<std::string> fingerprints{};
    std::filesystem::path authorities{};
};

// SHA-256 in lower-case hex, as for RemoteHost. InvalidArgs for what is no certificate in PEM.
std::string certificate_fingerprint(std::string_view certificate_pem);

// Gets to all hosts at once, and makes the call for each on a thread of its own, 64 at a time at most. Returns, in the
// order of the hosts, what was thrown of each: by Client(RemoteHost) or by the call; nullptr: nothing. Hosts that hang
// delay the return by the sum of time limits that the call meets, not each other.
std::vector<std::exception_ptr> at_each_host(const std::vector<RemoteHost>& hosts, Interaction interaction,
                                             const std::function<void(std::size_t host, Client& agent)>& call);

} // namespace guestkeyd
