// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/memory.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace guestkeyd::test {

namespace {

struct Mapping {
    off_t begin = 0;
    off_t end = 0;
    std::string permissions;
    bool in_core = true;
    bool empty = false; // no page of it was ever touched
};

// The shadow memory of a sanitizer: gigabytes to terabytes, and never any text.
constexpr off_t kShadow = off_t{1} << 34;

// A mapping begins with "55d0c2a00000-55d0c2a02000 r--p 00000000 fe:00 1234 /usr/bin/program" (proc(5), smaps).
bool read_mapping(const std::string& line, Mapping& mapping) {
    std::istringstream words(line);
    char dash = 0;
    words >> std::hex >> mapping.begin >> dash >> mapping.end >> mapping.permissions;
    return words && dash == '-';
}

std::vector<Mapping> readable_mappings(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/smaps");
    std::vector<Mapping> mappings;
    Mapping mapping;
    for (std::string line; std::getline(file, line);) {
        if (read_mapping(line, mapping))
            mappings.push_back(mapping);
        else if (line.starts_with("Rss:"))
            mappings.back().empty = line.find(" 0 kB") != std::string::npos;
        else if (line.starts_with("VmFlags:"))
            mappings.back().in_core = line.find(" dd") == std::string::npos;
    }
    std::erase_if(mappings, [](const Mapping& each) {
        return !each.permissions.starts_with('r') || each.empty || each.end - each.begin >= kShadow;
    });
    return mappings;
}

// The pages that the process has of a mapping, as stretches (proc(5), pagemap). A hole must not even be read: that
// would fill it with pages of zeros, and a sanitizer's mappings are mostly holes.
std::vector<Mapping> stretches(int pagemap, const Mapping& mapping) {
    constexpr off_t kPage = 4096;
    constexpr std::uint64_t kPresentOrSwapped = std::uint64_t{3} << 62;
    std::vector<Mapping> found;
    static std::vector<std::uint64_t> entries(1
                                              << 16); // made once: under a sanitizer that takes longer than the search
    for (off_t at = mapping.begin; at < mapping.end;) {
        const auto got = pread(pagemap, entries.data(), entries.size() * sizeof(entries[0]), at / kPage * 8);
        if (got <= 0)
            break;
        for (std::size_t i = 0; i < static_cast<std::size_t>(got) / sizeof(entries[0]) && at < mapping.end; ++i) {
            if ((entries[i] & kPresentOrSwapped) != 0 && !found.empty() && found.back().end == at)
                found.back().end = at + kPage;
            else if ((entries[i] & kPresentOrSwapped) != 0)
                found.push_back({at, at + kPage, {}});
            at += kPage;
        }
    }
    return found;
}

// Reads in pieces that overlap by the length of the text. What cannot be read, like secret memory, ends the stretch.
bool is_in(int memory, const Mapping& stretch, std::string_view text) {
    static std::vector<char> piece(1 << 20);
    for (off_t at = stretch.begin; at < stretch.end;) {
        const auto wanted = std::min(piece.size(), static_cast<std::size_t>(stretch.end - at));
        const auto got = pread(memory, piece.data(), wanted, at);
        if (got <= 0)
            return false;
        if (std::string_view(piece.data(), static_cast<std::size_t>(got)).find(text) != std::string_view::npos)
            return true;
        at += got < static_cast<ssize_t>(text.size()) ? got : got - static_cast<ssize_t>(text.size()) + 1;
    }
    return false;
}

bool is_in(int memory, int pagemap, const Mapping& mapping, std::string_view text) {
    const auto parts = stretches(pagemap, mapping);
    return std::any_of(parts.begin(), parts.end(), [&](const Mapping& part) { return is_in(memory, part, text); });
}

bool is_in_mappings(pid_t process, std::string_view text, const std::function<bool(const Mapping&)>& picked) {
    const UniqueFd memory(open(("/proc/" + std::to_string(process) + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd pagemap(open(("/proc/" + std::to_string(process) + "/pagemap").c_str(), O_RDONLY | O_CLOEXEC));
    const auto mappings = readable_mappings(process);
    if (!memory || !pagemap || mappings.empty())
        throw_errno(errno, "read the memory of process " + std::to_string(process));
    return std::any_of(mappings.begin(), mappings.end(), [&](const Mapping& mapping) {
        return picked(mapping) && is_in(memory.get(), pagemap.get(), mapping, text);
    });
}

} // namespace

bool is_in_memory(pid_t process, std::string_view text) {
    return is_in_mappings(process, text, [](const Mapping&) { return true; });
}

bool is_in_core(pid_t process, std::string_view text) {
    return is_in_mappings(process, text, [](const Mapping& mapping) { return mapping.in_core; });
}

} // namespace guestkeyd::test
