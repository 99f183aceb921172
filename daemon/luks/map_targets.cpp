// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/map_targets.h"

#include "base/error.h"
#include "base/text.h"

#include <string_view>

namespace guestkeyd {

namespace {

[[noreturn]] void surprise() {
    throw Failure(ErrorCode::Internal,
                  "what a re-encryption has left in device-mapper is not as libcryptsetup makes it; "
                  "look at it with dmsetup table");
}

std::string_view next_word(std::string_view& rest) {
    const auto end = rest.find(' ');
    const auto word = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return word;
}

std::uint64_t number(std::string_view text) {
    const auto value = parse_number<std::uint64_t>(text);
    if (!value)
        surprise();
    return *value;
}

// A line of dm-crypt's: CIPHER KEY IV_OFFSET DEVICE OFFSET [OPTIONS...] (dm-crypt.rst in Linux).
struct CryptLine {
    std::uint64_t start;
    std::uint64_t length;
    std::string_view cipher;
    std::string_view key;
    std::uint64_t iv_offset;
    std::string_view device;
    std::uint64_t offset;
    std::string_view options;

    [[nodiscard]] bool goes_on_with(const CryptLine& next) const {
        return cipher == next.cipher && key == next.key && device == next.device && options == next.options &&
               start + length == next.start && iv_offset + length == next.iv_offset && offset + length == next.offset;
    }
};

CryptLine parse_crypt(const MapTarget& target) {
    if (target.type != "crypt")
        surprise();
    auto rest = target.parameters.view();
    CryptLine line{target.start, target.length, {}, {}, 0, {}, 0, {}};
    line.cipher = next_word(rest);
    line.key = next_word(rest);
    line.iv_offset = number(next_word(rest));
    line.device = next_word(rest);
    line.offset = number(next_word(rest));
    line.options = rest;
    return line;
}

MapTarget encode(const CryptLine& line) {
    const auto middle = " " + std::to_string(line.iv_offset) + " ";
    const auto end = " " + std::to_string(line.offset);
    SecretBuffer text(line.cipher.size() + line.key.size() + line.device.size() + line.options.size() + middle.size() +
                      end.size() + 2);
    for (const auto part :
         {line.cipher, std::string_view(" "), line.key, std::string_view(middle), line.device, std::string_view(end)})
        text.append(part);
    if (!line.options.empty()) {
        text.append(" ");
        text.append(line.options);
    }
    return {line.start, line.length, "crypt", std::move(text)};
}

struct Linear {
    std::string_view device;
    std::uint64_t offset;
};

Linear parse_linear(const std::vector<MapTarget>& table) {
    if (table.size() != 1 || table[0].type != "linear")
        surprise();
    auto rest = table[0].parameters.view();
    const auto device = next_word(rest);
    return {device, number(rest)};
}

} // namespace

std::optional<SectorRange> hotzone_of(const std::vector<MapTarget>& overlay, const std::string& hotzone_number) {
    for (const auto& target : overlay)
        if (parse_crypt(target).device == hotzone_number)
            return SectorRange{target.start, target.length};
    return std::nullopt;
}

std::vector<MapTarget> without_hotzone(const std::vector<MapTarget>& overlay, const std::string& hotzone_number,
                                       const std::vector<MapTarget>& hotzone) {
    const auto below = parse_linear(hotzone);
    std::vector<CryptLine> lines;
    for (const auto& target : overlay) {
        auto line = parse_crypt(target);
        if (line.device == hotzone_number) {
            line.device = below.device;
            line.offset += below.offset;
        }
        if (!lines.empty() && lines.back().goes_on_with(line))
            lines.back().length += line.length;
        else
            lines.push_back(line);
    }
    std::vector<MapTarget> table;
    for (const auto& line : lines)
        table.push_back(encode(line));
    return table;
}

} // namespace guestkeyd
