// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"
#include "domainxml/domain_summary.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace guestkeyd {

// How a key reaches what opens the volume.
enum class Delivery { LibvirtSecret, None };

const char* delivery_name(Delivery delivery);
std::optional<Delivery> parse_delivery(std::string_view text);

// A libvirt secret's usage element, chosen by who attached the key.
struct SecretUsage {
    SecretUse use;
    std::string id;
    bool operator==(const SecretUsage&) const = default;
};

struct VolumeAttributes {
    Delivery delivery = Delivery::LibvirtSecret;
    std::optional<SecretUsage> usage;
    bool operator==(const VolumeAttributes&) const = default;
};

// The description of a key in the kernel: all that must be known of it after a crash. The payload is the key itself.
struct KeyRecord {
    GuestId guest;
    VolumeId volume;
    std::uint64_t epoch; // which push brought it, counted per guest
    VolumeAttributes attributes;
};

// What is kept of a guest, as payload of a key of its own. Of the keys of a volume the one with the newest epoch not
// above the guest's counts: writing this record is the one step that makes a push of several keys take effect.
struct GuestRecord {
    std::uint64_t epoch = 0;
    std::uint64_t floor = 0;     // keys with an older epoch do not count: they were not in an exclusive push
    bool known = false;          // libvirt has known the guest; if it then does not, the guest is gone
    bool running = false;        // it ran when last seen; if it then is off, it was stopped meanwhile
    bool purging = false;        // its keys are being wiped; finish that
    std::uint64_t last_used = 0; // microseconds since the epoch; 0: never
    std::string name;
};

std::string encode_description(const KeyRecord& record);
std::string guest_description(GuestId guest);
std::string encode_payload(const GuestRecord& record);

// None for what no version of ours wrote, or a newer one.
std::optional<KeyRecord> decode_key_description(std::string_view description);
std::optional<GuestId> decode_guest_description(std::string_view description);
std::optional<GuestRecord> decode_guest_payload(std::string_view payload);

} // namespace guestkeyd
