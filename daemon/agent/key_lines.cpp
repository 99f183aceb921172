// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_lines.h"

#include "base/error.h"

#include <cstdint>

namespace guestkeyd {

namespace {

// How many bytes the character at the start of text takes; 0 if it is not UTF-8 (RFC 3629: no overlong forms, no
// surrogates, nothing beyond U+10FFFF).
std::size_t utf8_length(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const auto follows = [&](std::size_t i, std::uint8_t low, std::uint8_t high) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const std::uint8_t first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return follows(1, 0x80, 0xbf) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const std::uint8_t low = first == 0xe0 ? 0xa0 : 0x80;
        const std::uint8_t high = first == 0xed ? 0x9f : 0xbf;
        return follows(1, low, high) && follows(2, 0x80, 0xbf) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const std::uint8_t low = first == 0xf0 ? 0x90 : 0x80;
        const std::uint8_t high = first == 0xf4 ? 0x8f : 0xbf;
        return follows(1, low, high) && follows(2, 0x80, 0xbf) && follows(3, 0x80, 0xbf) ? 4 : 0;
    }
    return 0;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = utf8_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::size_t count_lines(std::string_view text) {
    std::size_t lines = text.empty() || text.back() == '\n' ? 0 : 1;
    for (const char c : text)
        lines += c == '\n' ? 1 : 0;
    return lines;
}

std::string title_of(VolumeId volume) {
    return "the key of volume " + volume.str();
}

void check_key(std::string_view key, const std::string& title, std::size_t max_key_bytes) {
    const auto refuse = [&](const std::string& why) { throw Failure(ErrorCode::InvalidArgs, title + " " + why); };
    if (key.empty())
        refuse("is empty; pass one key a line");
    if (key.size() > max_key_bytes)
        refuse("is longer than the " + std::to_string(max_key_bytes) + " bytes allowed");
    if (key.find('\0') != std::string_view::npos)
        refuse("holds a NUL byte; pass keys as text, for example base64");
    if (!is_utf8(key))
        refuse("is not UTF-8, which QEMU would refuse; pass keys as text, for example base64");
}

// Of a text that has a line for each.
std::vector<std::string_view> checked_lines(std::string_view rest, const std::vector<std::string>& titles,
                                            std::size_t max_key_bytes) {
    std::vector<std::string_view> keys;
    keys.reserve(titles.size());
    for (const auto& title : titles) {
        const auto end = rest.find('\n');
        const auto key = rest.substr(0, end);
        check_key(key, title, max_key_bytes);
        keys.push_back(key);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return keys;
}

} // namespace

void check_key(std::string_view key, VolumeId volume, std::size_t max_key_bytes) {
    check_key(key, title_of(volume), max_key_bytes);
}

std::vector<std::string_view> split_keys(const SecretBuffer& text, const std::vector<VolumeId>& volumes,
                                         std::size_t max_key_bytes) {
    if (const auto lines = count_lines(text.view()); lines != volumes.size())
        throw Failure(ErrorCode::InvalidArgs, "got " + std::to_string(lines) + " keys for " +
                                                  std::to_string(volumes.size()) +
                                                  " volumes; pass one key a line, in the order of the volumes");
    std::vector<std::string> titles;
    for (const auto& volume : volumes)
        titles.push_back(title_of(volume));
    return checked_lines(text.view(), titles, max_key_bytes);
}

std::vector<std::string_view> split_keys(const SecretBuffer& text, const std::vector<std::string>& titles,
                                         std::size_t max_key_bytes) {
    if (const auto lines = count_lines(text.view()); lines != titles.size())
        throw Failure(ErrorCode::InvalidArgs, "got " + std::to_string(lines) + " lines with keys, where " +
                                                  std::to_string(titles.size()) + " are needed; the first is " +
                                                  titles.front());
    return checked_lines(text.view(), titles, max_key_bytes);
}

} // namespace guestkeyd
