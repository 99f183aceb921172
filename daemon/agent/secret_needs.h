// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/guest.h"
#include "agent/secret_publisher.h"
#include "domainxml/domain_summary.h"

#include <vector>

namespace guestkeyd {

// The secrets that a guest's XML names, by where they are.
struct SecretNeeds {
    std::vector<SecretToPublish> attached; // here, to be given out
    std::vector<SecretRef> elsewhere;      // not here: libvirt itself may have them
};

// guest is null when no key of it is here. A key attached with delivery "none" is not given out, and so counts as not
// here.
SecretNeeds sort_needs(const DomainSummary& summary, const Guest* guest);

// "volume UUID, secret ceph:NAME", for messages.
std::string list_names(const std::vector<SecretRef>& references);

} // namespace guestkeyd
