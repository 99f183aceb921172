// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace guestkeyd {

// Mappings of libcryptsetup, by their names alone; title is for messages.

// Busy if somebody has it open.
void unmap(const std::string& name, const std::string& title);
void suspend(const std::string& name, const std::string& title);

} // namespace guestkeyd
