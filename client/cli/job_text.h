// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/json.h"
#include "guestkeyd/job.h"

#include <chrono>
#include <string>
#include <vector>

namespace guestkeyd::cli {

std::string human_percent(double progress);             // 0.425 -> "42%"
std::string human_span(std::chrono::microseconds span); // "8s", "1min 5s", "2h 3min"
JobNumber parse_job_number(const std::string& operand); // InvalidArgs

JsonValue json_of(const Job& job);
JsonValue json_of(const std::vector<Job>& jobs);

} // namespace guestkeyd::cli
