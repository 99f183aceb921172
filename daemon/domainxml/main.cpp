// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkeyd-domain-xml: reads domain XML from standard input and writes its summary (summary_format.h) to standard
// output, so that hostile XML never meets the process that holds the keys.
#include "base/error.h"
#include "domainxml/confinement.h"
#include "domainxml/domain_xml.h"
#include "domainxml/summary_format.h"

#include <array>
#include <cerrno>
#include <unistd.h>

namespace guestkeyd {

namespace {

// To the end, or to the first byte too much, which parse_domain_xml then refuses.
std::string read_input() {
    std::string text;
    std::array<char, 64 * 1024> chunk;
    while (text.size() <= kMaxDomainXml) {
        const auto n = read(STDIN_FILENO, chunk.data(), chunk.size());
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            throw_errno(errno, "read the domain XML");
        if (n > 0)
            text.append(chunk.data(), static_cast<std::size_t>(n));
    }
    return text;
}

void write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const auto n = write(fd, text.data(), text.size());
        if (n < 0 && errno != EINTR)
            throw_errno(errno, "write the summary of the domain XML");
        if (n > 0)
            text.remove_prefix(static_cast<std::size_t>(n));
    }
}

void summarize() {
    // A sanitizer needs more memory and system calls than confinement leaves.
    if constexpr (GUESTKEYD_CONFINE)
        confine_this_process();
    write_all(STDOUT_FILENO, encode_summary(parse_domain_xml(read_input())));
}

} // namespace

} // namespace guestkeyd

int main() {
    try {
        guestkeyd::summarize();
        return 0;
    } catch (const std::exception& error) {
        const auto line = std::string(error.what()) + "\n";
        [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
        return 1;
    }
}
