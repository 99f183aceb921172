// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/box.h"
#include "base/id.h"
#include "domainxml/domain_summary.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace guestkeyd {

// How a key reaches what opens the volume.
enum class Delivery { LibvirtSecret, DmCrypt, None };

const char* delivery_name(Delivery delivery);
std::optional<Delivery> parse_delivery(std::string_view text);

// A libvirt secret's usage element, chosen by who attached the key.
struct SecretUsage {
    SecretUse use;
    std::string id;
    bool operator==(const SecretUsage&) const = default;
};

// What a key with delivery dm-crypt opens: the volume on this block device, as /dev/mapper/NAME.
struct MappedDevice {
    std::string device; // absolute path
    std::string name;   // of the mapping
    bool operator==(const MappedDevice&) const = default;
};

struct VolumeAttributes {
    Delivery delivery = Delivery::LibvirtSecret;
    Box<SecretUsage> usage = {};
    Box<MappedDevice> mapped = {}; // of dm-crypt, and there only
    bool operator==(const VolumeAttributes&) const = default;
};

// Which end of a guest wipes its keys, besides its departure to another host.
enum class WipeOn {
    Destroyed, // when it is destroyed or undefined; after any other end it can be started again
    Stopped,   // when it stops, whatever for, but for being saved
    Undefined, // only when it is undefined
};

const char* wipe_on_name(WipeOn wipe_on);
std::optional<WipeOn> parse_wipe_on(std::string_view text);

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
    std::uint64_t floor = 0;      // keys with an older epoch do not count: they were not in an exclusive push
    std::uint64_t generation = 0; // the caller's number of the newest push
    WipeOn wipe_on = WipeOn::Destroyed;
    bool known = false;             // libvirt has known the guest; if it then does not, the guest is gone
    bool running = false;           // it ran when last seen; if it then is off, it was stopped meanwhile
    bool starting = false;          // its keys were given out for a start, of which nothing was heard yet
    bool purging = false;           // its keys are being wiped; finish that
    std::uint64_t last_used = 0;    // microseconds since 1970; 0: never
    std::uint64_t lease_ends = 0;   // seconds since 1970; 0: no lease
    std::uint64_t lease_length = 0; // seconds
    // When it stops being expected if it does not show up, in seconds since 1970, and for how long each time.
    std::uint64_t expected_until = 0;
    std::uint64_t expected_within = 0;
    std::string name;

    bool operator==(const GuestRecord&) const = default;
};

// From now on the guest is expected, for as long as it is each time.
void expect_from_now(GuestRecord& record);

std::string encode_description(const KeyRecord& record);
std::string guest_description(GuestId guest);
std::string encode_payload(const GuestRecord& record);

// None for what no version of ours wrote, or a newer one.
std::optional<KeyRecord> decode_key_description(std::string_view description);
std::optional<GuestId> decode_guest_description(std::string_view description);
std::optional<GuestRecord> decode_guest_payload(std::string_view payload);

} // namespace guestkeyd
