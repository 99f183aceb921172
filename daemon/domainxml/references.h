// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace guestkeyd {

// Text or an attribute's value as it stands in XML, with its references (&amp; &#38; &#x26;) replaced. Only the five
// predefined entities exist, for a DTD is never read. InvalidArgs for anything else behind an ampersand.
std::string resolve_references(std::string_view raw);

} // namespace guestkeyd
