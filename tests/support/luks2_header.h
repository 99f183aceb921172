// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string_view>

namespace guestkeyd::test {

// Replaces a text in the JSON of a LUKS2 header, in both of its copies, and makes their checksums right: what somebody
// can do who has the disk and no key. Throws if the text is not there.
void forge_luks2_header(const std::filesystem::path& file, std::string_view text, std::string_view replacement);

} // namespace guestkeyd::test
