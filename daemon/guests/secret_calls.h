// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"
#include "base/secret_buffer.h"
#include "domainxml/domain_summary.h"
#include "guests/vir_handles.h"

#include <optional>
#include <string>
#include <vector>

namespace guestkeyd {

// A key as libvirt secret (https://libvirt.org/formatsecret.html).
struct SecretDefinition {
    VolumeId volume; // the secret's UUID
    SecretUse use;
    std::string usage; // unique among libvirt's secrets of that use
    std::string description_of_guest;
};

enum class PublishResult { Published, LibvirtHasItsOwn };

// The calls to libvirt's secret driver; each blocks. Secrets are made ephemeral and private: never on disk, readable by
// no client. A secret that is not marked as ours is never changed or removed.
PublishResult publish_secret(virConnectPtr connection, const SecretDefinition& definition, const SecretBuffer& value);
void withdraw_secret(virConnectPtr connection, VolumeId volume);

// Removes the secrets that an earlier run of an agent on this connection left behind.
void withdraw_leftovers(virConnectPtr connection);

// Those of the references that libvirt has no secret for.
std::vector<SecretRef> unknown_secrets(virConnectPtr connection, const std::vector<SecretRef>& references);

} // namespace guestkeyd
