// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"

#include <filesystem>
#include <optional>
#include <string_view>

namespace guestkeyd {

enum class Readers { Owner, All };

// The content of a file that only we can have written, and that others can read only if they may. None if there is no
// such file. InvalidArgs, saying what is to be corrected, for one of another owner or with a mode that allows more.
std::optional<SecretBuffer> read_guarded(const std::filesystem::path& file, Readers readers);

// Makes the folder, for us alone, unless it is there. InvalidArgs, saying what is to be corrected, for one in which
// others could put files.
void prepare_folder(const std::filesystem::path& folder);

// Whoever reads the file, also after a crash, finds it as it was before or as it is then, never half written. // Others
// cannot read it.
void replace_file(const std::filesystem::path& file, std::string_view content);

} // namespace guestkeyd
