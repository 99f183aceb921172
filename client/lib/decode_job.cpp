// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode.h"

#include "dbus/error_names.h"
#include "find_property.h"

namespace guestkeyd {

namespace {

JobState decode_state(std::uint32_t state) {
    return state <= static_cast<std::uint32_t>(JobState::Cancelled) ? static_cast<JobState>(state) : JobState::Running;
}

std::optional<Failure> decode_failure(const std::string& error, const std::string& message) {
    if (error.empty())
        return std::nullopt;
    return Failure(error_code(error).value_or(ErrorCode::Internal), message);
}

} // namespace

std::string job_path(JobNumber job) {
    return std::string(kJobPath) + "/" + std::to_string(job);
}

JobNumber job_of_path(const std::string& path) {
    return std::stoull(path.substr(path.rfind('/') + 1));
}

Job decode_job(JobNumber number, const Properties& properties) {
    const bool progress_valid = find<bool>(properties, "ProgressValid").value_or(false);
    return {number,
            find<std::string>(properties, "Operation").value_or(""),
            find<std::string>(properties, "Volume").value_or(""),
            decode_state(find<std::uint32_t>(properties, "State").value_or(0)),
            progress_valid ? find<double>(properties, "Progress") : std::nullopt,
            find<std::uint64_t>(properties, "Bytes").value_or(0),
            find<std::uint64_t>(properties, "BytesDone").value_or(0),
            find_nonzero(properties, "Rate"),
            find_time(properties, "StartTime"),
            find_time(properties, "ExpectedEndTime"),
            find<std::uint32_t>(properties, "StartedByUid").value_or(0),
            decode_failure(find<std::string>(properties, "ErrorName").value_or(""),
                           find<std::string>(properties, "ErrorMessage").value_or(""))};
}

EndedJob decode_ended_job(JobNumber number, std::uint32_t state, const std::string& error, const std::string& message) {
    return {number, decode_state(state), decode_failure(error, message)};
}

} // namespace guestkeyd
