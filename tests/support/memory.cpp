// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/memory.h"

#include "base/error.h"
#include "base/unique_fd.h"
#include "support/process.h"
#include "support/temp_dir.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>
#include <vector>

namespace guestkeyd::test {

namespace {

struct Mapping {
    off_t begin = 0;
    off_t end = 0;
};

// The shadow memory of a sanitizer: terabytes, and never any text.
constexpr off_t kShadow = off_t{1} << 39;

// Those to search. /proc/PID/maps: "55d0c2a00000-55d0c2a02000 r--p 00000000 fe:00 1234 /usr/bin/program"
std::vector<Mapping> mappings_of(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/maps");
    std::vector<Mapping> mappings;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        Mapping mapping;
        char dash = 0;
        std::string permissions;
        words >> std::hex >> mapping.begin >> dash >> mapping.end >> permissions;
        if (permissions.starts_with('r') && mapping.end - mapping.begin < kShadow)
            mappings.push_back(mapping);
    }
    return mappings;
}

// Reads in pieces that overlap by the length of the text. What cannot be read, like secret memory, ends the mapping.
bool is_in(int memory, Mapping mapping, std::string_view text) {
    std::vector<char> piece(1 << 20);
    for (off_t at = mapping.begin; at < mapping.end;) {
        const auto wanted = std::min(piece.size(), static_cast<std::size_t>(mapping.end - at));
        const auto got = pread(memory, piece.data(), wanted, at);
        if (got <= 0)
            return false;
        if (std::string_view(piece.data(), static_cast<std::size_t>(got)).find(text) != std::string_view::npos)
            return true;
        at += got < static_cast<ssize_t>(text.size()) ? got : got - static_cast<ssize_t>(text.size()) + 1;
    }
    return false;
}

} // namespace

bool is_in_memory(pid_t process, std::string_view text) {
    const UniqueFd memory(open(("/proc/" + std::to_string(process) + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
    const auto mappings = mappings_of(process);
    if (!memory || mappings.empty())
        throw_errno(errno, "read the memory of process " + std::to_string(process));
    return std::any_of(mappings.begin(), mappings.end(),
                       [&](Mapping mapping) { return is_in(memory.get(), mapping, text); });
}

std::string core_of(pid_t process) {
    const TempDir dir;
    const auto number = std::to_string(process);
    const auto made = run({"gcore", "-o", (dir / "core").string(), number});
    if (made.status != 0)
        throw Failure(ErrorCode::Internal, "no core of process " + number + ": " + made.error);
    return read_file(dir / ("core." + number));
}

} // namespace guestkeyd::test
