// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/record.h"

#include "agent/record_fields.h"
#include "loop/alarm.h"

#include <array>

namespace guestkeyd {

namespace {

// Both begin with the version of the format.
constexpr std::string_view kKeyPrefix = "guestkeyd1 key ";
constexpr std::string_view kGuestPrefix = "guestkeyd1 guest ";

// Even if every byte is escaped, the payload stays below the 4096 bytes that can be updated in one step.
constexpr std::size_t kMaxName = 1000;

struct Number {
    const char* name;
    std::uint64_t GuestRecord::*member;
};
constexpr std::array kNumbers{
    Number{"epoch", &GuestRecord::epoch},
    Number{"floor", &GuestRecord::floor},
    Number{"generation", &GuestRecord::generation},
    Number{"last-used", &GuestRecord::last_used},
    Number{"lease-ends", &GuestRecord::lease_ends},
    Number{"lease-length", &GuestRecord::lease_length},
    Number{"expected-until", &GuestRecord::expected_until},
    Number{"expected-within", &GuestRecord::expected_within},
};

struct Flag {
    const char* name;
    bool GuestRecord::*member;
};
constexpr std::array kFlags{
    Flag{"known", &GuestRecord::known},
    Flag{"running", &GuestRecord::running},
    Flag{"starting", &GuestRecord::starting},
    Flag{"purging", &GuestRecord::purging},
};

std::optional<VolumeAttributes> attributes_of(const Fields& fields) {
    const auto delivery = parse_delivery(text_of(fields, "delivery"));
    if (!delivery)
        return std::nullopt;
    VolumeAttributes attributes{*delivery, {}, {}};
    if (fields.contains("usage-type")) {
        const auto use = parse_secret_use(text_of(fields, "usage-type"));
        if (!use)
            return std::nullopt;
        attributes.usage = SecretUsage{*use, text_of(fields, "usage-id")};
    }
    if (*delivery == Delivery::DmCrypt)
        attributes.mapped = MappedDevice{text_of(fields, "device"), text_of(fields, "mapping")};
    return attributes;
}

} // namespace

const char* delivery_name(Delivery delivery) {
    switch (delivery) {
    case Delivery::LibvirtSecret:
        return "libvirt-secret";
    case Delivery::DmCrypt:
        return "dm-crypt";
    case Delivery::None:
        return "none";
    }
    return "";
}

std::optional<Delivery> parse_delivery(std::string_view text) {
    for (const auto delivery : {Delivery::LibvirtSecret, Delivery::DmCrypt, Delivery::None})
        if (text == delivery_name(delivery))
            return delivery;
    return std::nullopt;
}

const char* wipe_on_name(WipeOn wipe_on) {
    switch (wipe_on) {
    case WipeOn::Destroyed:
        return "destroyed";
    case WipeOn::Stopped:
        return "stopped";
    case WipeOn::Undefined:
        return "undefined";
    }
    return "";
}

std::optional<WipeOn> parse_wipe_on(std::string_view text) {
    for (const auto wipe_on : {WipeOn::Destroyed, WipeOn::Stopped, WipeOn::Undefined})
        if (text == wipe_on_name(wipe_on))
            return wipe_on;
    return std::nullopt;
}

void expect_from_now(GuestRecord& record) {
    record.expected_until = now_in_seconds() + 1 + record.expected_within; // this second has begun already
}

std::string encode_description(const KeyRecord& record) {
    std::string text(kKeyPrefix);
    text += record.guest.str() + " " + record.volume.str() + field("epoch", std::to_string(record.epoch)) +
            field("delivery", delivery_name(record.attributes.delivery));
    if (const auto& usage = record.attributes.usage)
        text += field("usage-type", secret_use_name(usage->use)) + field("usage-id", usage->id);
    if (const auto& mapped = record.attributes.mapped)
        text += field("device", mapped->device) + field("mapping", mapped->name);
    return text;
}

std::string guest_description(GuestId guest) {
    return std::string(kGuestPrefix) + guest.str();
}

std::string encode_payload(const GuestRecord& record) {
    std::string text = "guest";
    for (const auto& number : kNumbers)
        text += field(number.name, std::to_string(record.*number.member));
    for (const auto& flag : kFlags)
        text += field(flag.name, record.*flag.member ? "1" : "0");
    return text + field("wipe-on", wipe_on_name(record.wipe_on)) + field("name", record.name.substr(0, kMaxName));
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
    GuestRecord record;
    for (const auto& number : kNumbers)
        record.*number.member = number_of(*fields, number.name).value_or(0);
    for (const auto& flag : kFlags)
        record.*flag.member = text_of(*fields, flag.name) == "1";
    if (record.epoch == 0)
        return std::nullopt;
    record.wipe_on = parse_wipe_on(text_of(*fields, "wipe-on")).value_or(WipeOn::Destroyed);
    record.name = text_of(*fields, "name");
    return record;
}

} // namespace guestkeyd
