// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/journal.h"

#include <cstdlib>
#include <sys/uio.h>
#define SD_JOURNAL_SUPPRESS_LOCATION // it would name this file in every entry
#include <systemd/sd-journal.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

bool connected_to_journal() {
    static const bool connected = std::getenv("JOURNAL_STREAM") != nullptr;
    return connected;
}

// One write(2) for the line, so that lines of several threads do not mix.
void write_line(const std::string& message, const std::vector<JournalField>& fields) {
    std::string line = message;
    for (const auto& field : fields)
        line.append(" ").append(field.name).append("=").append(field.value);
    line += '\n';
    [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
}

void send_entry(Priority priority, const std::string& message, const std::vector<JournalField>& fields) {
    // libsystemd adds the name of the program, as SYSLOG_IDENTIFIER.
    std::vector<std::string> lines{"MESSAGE=" + message, "PRIORITY=" + std::to_string(static_cast<int>(priority))};
    for (const auto& field : fields)
        lines.push_back(std::string(field.name) + "=" + field.value);
    std::vector<iovec> entry;
    entry.reserve(lines.size());
    for (auto& line : lines)
        entry.push_back({line.data(), line.size()});
    sd_journal_sendv(entry.data(), static_cast<int>(entry.size()));
}

} // namespace

void journal(Priority priority, const std::string& message, const std::vector<JournalField>& fields) {
    if (connected_to_journal())
        send_entry(priority, message, fields);
    else
        write_line(message, fields);
}

} // namespace guestkeyd
