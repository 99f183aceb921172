// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "domainxml/domain_summary.h"

#include <string>
#include <string_view>

namespace guestkeyd {

// The form in which guestkeyd-domain-xml hands a summary to the agent, one record a line:
//   guestkeyd-domain-xml 1
//   guest UUID
//   name TEXT
//   secret TYPE uuid UUID | secret TYPE usage TEXT    (any number)
//   end
std::string encode_summary(const DomainSummary& summary);

// The writer has read hostile XML, so it is not trusted: anything that encode_summary would not have written is
// Internal.
DomainSummary decode_summary(std::string_view text);

} // namespace guestkeyd
