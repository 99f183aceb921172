// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "luks/job_spec.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <variant>

namespace guestkeyd {

// What a worker reports of its job, one line each: one JobStarted, any number of the next two, and one of the last two,
// after which it exits. A stream that ends without that means that the worker died.

struct JobStarted {
    pid_t pid;
    bool operator==(const JobStarted&) const = default;
};

// At most four times a second.
struct JobProgress {
    std::uint64_t done;  // bytes
    std::uint64_t total; // bytes
    bool operator==(const JobProgress&) const = default;
};

// For people and for the journal.
struct JobNotice {
    std::string message;
    bool operator==(const JobNotice&) const = default;
};

struct JobDone {
    std::optional<VolumeFormat> format; // not of close and suspend, which look at no header
    bool key_opens; // of test: whether the key opens the volume; of the others: true, the (new) key does
    bool operator==(const JobDone&) const = default;
};

// Which of the keys of the job opens the volume after a failure.
enum class Opens { Old, New, None, Both, Unknown };

std::string_view opens_name(Opens opens); // "old", "new", "none", "both", "unknown"

struct JobFailed {
    ErrorCode code;
    Opens opens; // of reencrypt; else Unknown
    std::string message;
    bool operator==(const JobFailed&) const = default;
};

using JobReport = std::variant<JobStarted, JobProgress, JobNotice, JobDone, JobFailed>;

inline constexpr std::size_t kMaxReportLine = 8192; // bytes, without the newline

// One line, with its newline. A message is cut, and cleared of what cannot stand in a line:
//   started PID | progress DONE TOTAL | notice TEXT | done FORMAT|none yes|no | failed ERRORNAME OPENS TEXT
std::string encode_job_report(const JobReport& report);

// Takes a line without its newline. The writer has read a hostile volume, so it is not trusted: Internal on anything
// that encode_job_report would not have written.
JobReport decode_job_report(std::string_view line);

} // namespace guestkeyd
