// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/mounts.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace guestkeyd::cli {

namespace {

constexpr std::size_t kPointField = 4;

bool is_octal(const std::string& text) {
    return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
}

// The kernel writes blanks and backslashes as three octal digits.
std::string unescape(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto digits = text[i] == '\\' ? text.substr(i + 1, 3) : "";
        if (is_octal(digits)) {
            result += static_cast<char>(std::stoi(digits, nullptr, 8));
            i += digits.size();
        } else {
            result += text[i];
        }
    }
    return result;
}

// Optional fields end with a single "-"; type and source follow it.
std::optional<Mount> parse_line(const std::string& line) {
    std::istringstream words(line);
    const std::vector<std::string> fields{std::istream_iterator<std::string>(words), {}};
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (dash - fields.begin() <= static_cast<std::ptrdiff_t>(kPointField) || fields.end() - dash < 3)
        return std::nullopt;
    return Mount{unescape(fields[kPointField]), *(dash + 1), unescape(*(dash + 2))};
}

bool lies_on(const std::string& path, const std::string& point) {
    if (point == "/" || path == point)
        return true;
    return path.size() > point.size() && path.rfind(point, 0) == 0 && path[point.size()] == '/';
}

} // namespace

std::vector<Mount> read_mounts(const std::string& mountinfo) {
    std::ifstream file(mountinfo);
    std::vector<Mount> mounts;
    for (std::string line; std::getline(file, line);)
        if (auto mount = parse_line(line))
            mounts.push_back(std::move(*mount));
    return mounts;
}

std::optional<Mount> find_mount(const std::string& path, const std::vector<Mount>& mounts) {
    std::optional<Mount> best;
    for (const auto& mount : mounts)
        if (lies_on(path, mount.point) && (!best || mount.point.size() >= best->point.size()))
            best = mount;
    return best;
}

} // namespace guestkeyd::cli
