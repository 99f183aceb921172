// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/temp_dir.h"

#include "base/error.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdlib.h>
#include <sys/stat.h>

namespace guestkeyd::test {

namespace fs = std::filesystem;

TempDir::TempDir() {
    std::string name = (fs::temp_directory_path() / "guestkeyd-test-XXXXXX").string();
    if (!mkdtemp(name.data()) || chmod(name.c_str(), 0711) < 0)
        throw_errno(errno, "make the folder " + name);
    path_ = name;
}

TempDir::~TempDir() {
    std::error_code failed;
    fs::remove_all(path_, failed);
}

void write_file(const fs::path& file, std::string_view content) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream << content << std::flush;
    if (!stream)
        throw_errno(errno, "write " + file.string());
}

std::string read_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        throw_errno(errno, "read " + file.string());
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace guestkeyd::test
