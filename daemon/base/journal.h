// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

enum class Priority { Error = 3, Warning = 4, Notice = 5, Info = 6, Debug = 7 }; // syslog(3)

// A structured field of a journal entry (systemd.journal-fields(7)); the name in capitals, like GUEST_UUID. An entry
// may have several of a name.
struct JournalField {
    std::string_view name;
    std::string value;
};

// One entry: to the journal with its fields when the service manager connected us to it, else a line on stderr.
// Neither message nor fields ever contain a key.
void journal(Priority priority, const std::string& message, const std::vector<JournalField>& fields = {});

} // namespace guestkeyd
