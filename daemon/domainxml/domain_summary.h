// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// What libvirt wants a secret for: the usage types of its secret XML. Domain XML names no secret for TLS (those are in
// qemu.conf), but one may be attached as such.
enum class SecretUse { Volume, Ceph, Iscsi, Tls, Vtpm };

// As libvirt spells it: "volume", "ceph", "iscsi", "tls", "vtpm".
std::string_view secret_use_name(SecretUse use);
std::optional<SecretUse> parse_secret_use(std::string_view name);

// A secret as domain XML names it: by uuid, or else by usage.
struct SecretRef {
    SecretUse use;
    std::optional<VolumeId> uuid;
    std::string usage;

    // For people and for D-Bus: the UUID, or "TYPE:USAGE".
    [[nodiscard]] std::string str() const;
    bool operator==(const SecretRef&) const = default;
};

// What guestkeyd wants to know of a guest's domain XML.
struct DomainSummary {
    GuestId guest;
    std::string name;
    std::vector<SecretRef> secrets; // each once, in the order of the XML

    bool operator==(const DomainSummary&) const = default;
};

// What one domain XML may name; enough for any real guest, and so little that the summary of a hostile one stays small.
inline constexpr std::size_t kMaxSecrets = 1024;
inline constexpr std::size_t kMaxSecretsText = 256 * 1024; // bytes of all usages together
inline constexpr std::size_t kMaxNameLength = 4096;

// Adds the secret unless it is there already; LimitsExceeded beyond the limits above.
void add_secret(DomainSummary& summary, SecretRef secret);

} // namespace guestkeyd
