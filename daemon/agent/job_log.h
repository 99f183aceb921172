// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/job.h"

namespace guestkeyd {

// The journal's entry for a job that has ended, with a MESSAGE_ID that systemd/guestkeyd.catalog explains.
void journal_end_of(const Job& job);

} // namespace guestkeyd
