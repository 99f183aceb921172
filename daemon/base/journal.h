// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace guestkeyd {

enum class Priority { Error = 3, Warning = 4, Notice = 5, Info = 6, Debug = 7 }; // syslog(3)

// A structured field of a journal entry (systemd.journal-fields(7)); the name in capitals, like GUEST_UUID. An
// empty one is left out.
struct JournalField {
    std::string_view name;
    std::string value;
};

// One entry: to the journal with its fields when the service manager connected us to it, else a line on stderr.
// Neither message nor fields ever contain a key.
void journal(Priority priority, const std::string& message, std::initializer_list<JournalField> fields = {});

} // namespace guestkeyd
