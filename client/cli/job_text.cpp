// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/job_text.h"

#include "base/error.h"
#include "base/id.h"
#include "cli/time_span.h"
#include "dbus/error_names.h"

namespace guestkeyd::cli {

std::string human_percent(double progress) {
    return std::to_string(static_cast<int>(progress * 100)) + "%";
}

std::string human_span(std::chrono::microseconds span) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(span).count();
    if (seconds < 60)
        return std::to_string(seconds) + "s";
    if (seconds < 3600)
        return std::to_string(seconds / 60) + "min " + std::to_string(seconds % 60) + "s";
    return std::to_string(seconds / 3600) + "h " + std::to_string(seconds % 3600 / 60) + "min";
}

JobNumber parse_job_number(const std::string& operand) {
    const auto number = parse_whole_number(operand);
    if (!number)
        throw Failure(ErrorCode::InvalidArgs,
                      quoted(operand) + " is no number of a job; guestkeyctl job list shows them");
    return *number;
}

JsonValue json_of(const Job& job) {
    return {{"job", job.number},
            {"operation", job.operation},
            {"volume", job.volume},
            {"state", state_name(job.state)},
            {"progress", job.progress ? JsonValue(*job.progress) : JsonValue(nullptr)},
            {"bytes", job.bytes},
            {"bytes_done", job.bytes_done},
            {"rate", job.rate ? JsonValue(*job.rate) : JsonValue(nullptr)},
            {"started", json_of(job.started)},
            {"expected_end", json_of(job.expected_end)},
            {"started_by", job.started_by},
            {"error", job.failure ? JsonValue(error_name(job.failure->code())) : JsonValue(nullptr)},
            {"message", job.failure ? JsonValue(job.failure->message()) : JsonValue(nullptr)}};
}

JsonValue json_of(const std::vector<Job>& jobs) {
    auto json = JsonValue::array();
    for (const auto& job : jobs)
        json.push_back(json_of(job));
    return json;
}

} // namespace guestkeyd::cli
