// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/record_fields.h"

#include "base/text.h"

#include <charconv>

namespace guestkeyd {

namespace {

bool must_escape(char c) {
    return c <= ' ' || c == '%' || c == '=' || c == 0x7f;
}

std::string escape(std::string_view text) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && must_escape(c))
            result.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
        else
            result += c;
    }
    return result;
}

std::optional<std::string> unescape(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        unsigned value = 0;
        const auto digits = text.substr(i + 1, 2);
        if (digits.size() != 2 || std::from_chars(digits.data(), digits.data() + 2, value, 16).ptr != digits.data() + 2)
            return std::nullopt;
        result += static_cast<char>(value);
        i += 2;
    }
    return result;
}

} // namespace

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = text.find(' ');
        words.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return words;
}

std::optional<Fields> fields_of(const std::vector<std::string_view>& words, std::size_t first) {
    Fields fields;
    for (std::size_t i = first; i < words.size(); ++i) {
        const auto equals = words[i].find('=');
        if (equals == std::string_view::npos)
            return std::nullopt;
        auto value = unescape(words[i].substr(equals + 1));
        if (!value)
            return std::nullopt;
        fields.emplace(words[i].substr(0, equals), std::move(*value));
    }
    return fields;
}

std::string field(std::string_view name, std::string_view value) {
    return " " + std::string(name) + "=" + escape(value);
}

std::optional<std::uint64_t> number_of(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::nullopt : parse_number<std::uint64_t>(found->second);
}

std::string text_of(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
}

} // namespace guestkeyd
