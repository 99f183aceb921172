// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/record.h"

#include <charconv>
#include <map>
#include <vector>

namespace guestkeyd {

namespace {

// Both begin with the version of the format.
constexpr std::string_view kKeyPrefix = "guestkeyd1 key ";
constexpr std::string_view kGuestPrefix = "guestkeyd1 guest ";

// Even if every byte is escaped, the payload stays below the 4096 bytes that can be updated in one step.
constexpr std::size_t kMaxName = 1000;

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

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = text.find(' ');
        words.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return words;
}

// "name=value" words; none if one has no "=", or a value is not well escaped.
using Fields = std::map<std::string, std::string, std::less<>>;
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
    if (found == fields.end())
        return std::nullopt;
    std::uint64_t value = 0;
    const char* end = found->second.data() + found->second.size();
    return std::from_chars(found->second.data(), end, value).ptr == end ? std::optional(value) : std::nullopt;
}

std::string text_of(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
}

std::optional<VolumeAttributes> attributes_of(const Fields& fields) {
    const auto delivery = parse_delivery(text_of(fields, "delivery"));
    if (!delivery)
        return std::nullopt;
    VolumeAttributes attributes{*delivery, std::nullopt};
    if (fields.contains("usage-type")) {
        const auto use = parse_secret_use(text_of(fields, "usage-type"));
        if (!use)
            return std::nullopt;
        attributes.usage = SecretUsage{*use, text_of(fields, "usage-id")};
    }
    return attributes;
}

} // namespace

const char* delivery_name(Delivery delivery) {
    return delivery == Delivery::None ? "none" : "libvirt-secret";
}

std::optional<Delivery> parse_delivery(std::string_view text) {
    for (const auto delivery : {Delivery::LibvirtSecret, Delivery::None})
        if (text == delivery_name(delivery))
            return delivery;
    return std::nullopt;
}

std::string encode_description(const KeyRecord& record) {
    std::string text(kKeyPrefix);
    text += record.guest.str() + " " + record.volume.str() + field("epoch", std::to_string(record.epoch)) +
            field("delivery", delivery_name(record.attributes.delivery));
    if (const auto& usage = record.attributes.usage)
        text += field("usage-type", secret_use_name(usage->use)) + field("usage-id", usage->id);
    return text;
}

std::string guest_description(GuestId guest) {
    return std::string(kGuestPrefix) + guest.str();
}

std::string encode_payload(const GuestRecord& record) {
    return "guest" + field("epoch", std::to_string(record.epoch)) + field("floor", std::to_string(record.floor)) +
           field("known", record.known ? "1" : "0") + field("running", record.running ? "1" : "0") +
           field("purging", record.purging ? "1" : "0") + field("last-used", std::to_string(record.last_used)) +
           field("name", record.name.substr(0, kMaxName));
}

std::optional<KeyRecord> decode_key_description(std::string_view description) {
    if (!description.starts_with(kKeyPrefix))
        return std::nullopt;
    const auto words = words_of(description.substr(kKeyPrefix.size()));
    if (words.size() < 2)
        return std::nullopt;
    const auto guest = GuestId::try_parse(words[0]);
    const auto volume = VolumeId::try_parse(words[1]);
    const auto fields = fields_of(words, 2);
    if (!guest || !volume || !fields)
        return std::nullopt;
    const auto epoch = number_of(*fields, "epoch");
    auto attributes = attributes_of(*fields);
    if (!epoch || !attributes)
        return std::nullopt;
    return KeyRecord{*guest, *volume, *epoch, std::move(*attributes)};
}

std::optional<GuestId> decode_guest_description(std::string_view description) {
    if (!description.starts_with(kGuestPrefix))
        return std::nullopt;
    return GuestId::try_parse(description.substr(kGuestPrefix.size()));
}

std::optional<GuestRecord> decode_guest_payload(std::string_view payload) {
    const auto fields = fields_of(words_of(payload), 1);
    if (!fields || !payload.starts_with("guest "))
        return std::nullopt;
    const auto epoch = number_of(*fields, "epoch");
    if (!epoch)
        return std::nullopt;
    GuestRecord record;
    record.epoch = *epoch;
    record.floor = number_of(*fields, "floor").value_or(0);
    record.known = text_of(*fields, "known") == "1";
    record.running = text_of(*fields, "running") == "1";
    record.purging = text_of(*fields, "purging") == "1";
    record.last_used = number_of(*fields, "last-used").value_or(0);
    record.name = text_of(*fields, "name");
    return record;
}

} // namespace guestkeyd
