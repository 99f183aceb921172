// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>

namespace guestkeyd::cli {

// What a file is expected to hold; for messages.
struct InputKind {
    const char* name;
    const char* hint; // what to give instead of a file that cannot be read
    std::size_t most; // bytes
};

inline constexpr InputKind kDomainXml{"domain XML", "give a file as written by virsh dumpxml", 16 * 1024 * 1024};
inline constexpr InputKind kCertificate{"a certificate",
                                        "give a file as written by guestkeyctl cert on the host that is to open the "
                                        "envelope",
                                        256 * 1024};
inline constexpr InputKind kEnvelope{"an envelope", "give one as written by guestkeyctl seal or export, or openssl cms",
                                     1024 * 1024};

// All of a file, or of standard input if it is "-". InvalidArgs.
std::string read_input(const std::string& path, const InputKind& kind);

} // namespace guestkeyd::cli
