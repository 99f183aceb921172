// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domainxml/references.h"

#include "base/error.h"
#include "base/id.h"

#include <charconv>
#include <cstdint>
#include <optional>

namespace guestkeyd {

namespace {

// XML 1.0, production 2, without the surrogates that it leaves out too.
bool is_xml_char(std::uint32_t c) {
    return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
           (c >= 0x10000 && c <= 0x10FFFF);
}

std::string utf8(std::uint32_t c) {
    const auto tail = [c](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
    if (c < 0x80)
        return {static_cast<char>(c)};
    if (c < 0x800)
        return {static_cast<char>(0xC0 | (c >> 6)), tail(0)};
    if (c < 0x10000)
        return {static_cast<char>(0xE0 | (c >> 12)), tail(6), tail(0)};
    return {static_cast<char>(0xF0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

// "38" or "x26", as between "&#" and ";".
std::optional<std::string> character(std::string_view digits) {
    const bool hexadecimal = digits.starts_with('x');
    if (hexadecimal)
        digits.remove_prefix(1);
    std::uint32_t code = 0;
    const char* end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, code, hexadecimal ? 16 : 10);
    if (result.ec != std::errc() || result.ptr != end || !is_xml_char(code))
        return std::nullopt;
    return utf8(code);
}

std::optional<std::string> referenced(std::string_view name) {
    if (name.starts_with('#'))
        return character(name.substr(1));
    if (name == "amp")
        return "&";
    if (name == "lt")
        return "<";
    if (name == "gt")
        return ">";
    if (name == "quot")
        return "\"";
    if (name == "apos")
        return "'";
    return std::nullopt;
}

} // namespace

std::string resolve_references(std::string_view raw) {
    std::string text;
    for (;;) {
        const auto ampersand = raw.find('&');
        text.append(raw.substr(0, ampersand));
        if (ampersand == std::string_view::npos)
            return text;
        raw.remove_prefix(ampersand + 1);
        const auto end = raw.find(';');
        const auto replacement = end == std::string_view::npos ? std::nullopt : referenced(raw.substr(0, end));
        if (!replacement)
            throw Failure(ErrorCode::InvalidArgs, "the domain XML has a reference that stands for nothing at " +
                                                      quoted("&" + std::string(raw.substr(0, 16))) +
                                                      "; give the XML that virsh dumpxml prints");
        text.append(*replacement);
        raw.remove_prefix(end + 1);
    }
}

} // namespace guestkeyd
