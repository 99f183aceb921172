// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"

#include <string>

namespace guestkeyd::cli {

// All that a descriptor gives until its end. The source is how messages name it, like "key file 'web.keys'".
// LimitsExceeded when it is far more than a list of keys can be.
SecretBuffer read_to_end(int fd, const std::string& source);

// The keys as the agent wants them: one on each line, each line ended, as many as are wanted.
// InvalidArgs that tells the line, never what is on it.
SecretBuffer as_key_lines(const SecretBuffer& content, std::size_t wanted, const std::string& source);

} // namespace guestkeyd::cli
