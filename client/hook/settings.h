// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace guestkeyd {

enum class WhenAgentIsDown { Refuse, Start };

// [Hook] WhenAgentIsDown= of guestkeyd.conf(5): read from file, then from each *.conf in FILE.d in the order of their
// names; the last one wins. Refuse, the default, when nothing is set or the value is neither "refuse" nor "start".
WhenAgentIsDown when_agent_is_down(const std::string& file);

} // namespace guestkeyd
