// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "domainxml/domain_summary.h"

#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

inline constexpr std::size_t kMaxDomainXml = 4 * 1024 * 1024;

// Finds the guest and every secret it needs, at any depth, in libvirt's domain XML
// (https://libvirt.org/formatdomain.html).
// The XML may be hostile: its size and depth are bounded and a DTD is refused. InvalidArgs for XML that is not
// well-formed or not of a domain, LimitsExceeded for too much of it.
//
// A secret of an iSCSI pool that a <disk type='volume'> refers to is in the pool's XML, so it is not found here.
DomainSummary parse_domain_xml(std::string_view xml);

// The block devices that disks of the guest are on, as <source dev='...'/> names them. Errors are those of the above.
std::vector<std::string> block_devices_of(std::string_view domain_xml);

} // namespace guestkeyd
