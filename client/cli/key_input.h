// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"
#include "guestkeyd/guest.h"

namespace guestkeyd::cli {

// Keys, one a line: from the key file, or from standard input if there is none or it is "-". A human at a terminal is
// asked for each by its title, like "key of volume X".
SecretBuffer read_keys(const std::optional<std::string>& key_file, const std::vector<std::string>& titles);
// The same for keys of which the last is new: a human types that one twice.
SecretBuffer read_new_key(const std::optional<std::string>& key_file, const std::vector<std::string>& titles);
// Those of the volumes, in their order.
SecretBuffer read_keys(const std::optional<std::string>& key_file, const std::vector<Volume>& volumes);

} // namespace guestkeyd::cli
