// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/mapping_record.h"

#include "agent/record_fields.h"

namespace guestkeyd {

namespace {

constexpr std::string_view kPrefix = "guestkeyd1 mapping ";

} // namespace

std::string mapping_description(std::string_view name) {
    return std::string(kPrefix).append(name);
}

bool is_mapping_description(std::string_view description) {
    return description.starts_with(kPrefix);
}

std::string encode_mapping(const MappingRecord& record) {
    return "mapping" + field("guest", record.guest.str()) + field("volume", record.volume.str()) +
           field("device", record.device) + field("opened", std::to_string(record.opened)) +
           field("suspended", record.suspended ? "1" : "0");
}

std::optional<MappingRecord> decode_mapping(std::string_view description, std::string_view payload) {
    if (!is_mapping_description(description) || !payload.starts_with("mapping "))
        return std::nullopt;
    const auto fields = fields_of(words_of(payload), 1);
    if (!fields)
        return std::nullopt;
    const auto guest = GuestId::try_parse(text_of(*fields, "guest"));
    const auto volume = VolumeId::try_parse(text_of(*fields, "volume"));
    if (!guest || !volume)
        return std::nullopt;
    return MappingRecord{std::string(description.substr(kPrefix.size())),
                         *guest,
                         *volume,
                         text_of(*fields, "device"),
                         number_of(*fields, "opened").value_or(0),
                         text_of(*fields, "suspended") == "1"};
}

} // namespace guestkeyd
