// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "luks/job_stream.h"

#include <vector>

namespace guestkeyd {

// Does the job, and returns what is to be reported at its end: a JobDone, or a JobFailed for any failure.
JobReport run_job(const JobSpec& spec, const std::vector<std::string_view>& keys, JobStream& stream);

} // namespace guestkeyd
