// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/job_report.h"

#include "base/text.h"
#include "dbus/error_names.h"
#include "luks/names.h"

#include <algorithm>

namespace guestkeyd {

namespace {

constexpr Names<Opens, 5> kOpens{{{Opens::Old, "old"},
                                  {Opens::New, "new"},
                                  {Opens::None, "none"},
                                  {Opens::Both, "both"},
                                  {Opens::Unknown, "unknown"}}};

constexpr std::string_view kNoFormat = "none";
constexpr std::size_t kMaxMessage = kMaxReportLine - 256;

[[noreturn]] void surprise() {
    throw Failure(ErrorCode::Internal, "guestkeyd-volume-worker gave a report that cannot be understood; install it "
                                       "and guestkeyd from the same version");
}

template <typename Value> Value require(std::optional<Value> value) {
    if (!value)
        surprise();
    return *value;
}

template <typename Number> Number number(std::string_view text) {
    return require(parse_number<Number>(text));
}

// Messages quote names and what libraries say, in whatever bytes.
std::string one_line(std::string message) {
    message.resize(std::min(message.size(), kMaxMessage));
    if (message.empty() || !is_one_line(message))
        std::replace_if(
            message.begin(), message.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return message.empty() ? "?" : message;
}

struct Encode {
    std::string operator()(const JobStarted& r) const { return "started " + std::to_string(r.pid); }
    std::string operator()(const JobProgress& r) const {
        return "progress " + std::to_string(r.done) + " " + std::to_string(r.total);
    }
    std::string operator()(const JobNotice& r) const { return "notice " + one_line(r.message); }
    std::string operator()(const JobDone& r) const {
        return "done " + std::string(r.format ? format_name(*r.format) : kNoFormat) + (r.key_opens ? " yes" : " no");
    }
    std::string operator()(const JobFailed& r) const {
        return "failed " + std::string(error_name(r.code)) + " " + std::string(opens_name(r.opens)) + " " +
               one_line(r.message);
    }
};

// Takes the word before the next space, or the last one, off the front.
std::string_view next_word(std::string_view& rest) {
    const auto end = rest.find(' ');
    const auto word = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return word;
}

JobReport read_report(std::string_view kind, std::string_view rest) {
    if (kind == "started")
        return JobStarted{number<pid_t>(rest)};
    if (kind == "notice")
        return JobNotice{std::string(rest)};
    const auto first = next_word(rest);
    if (kind == "progress")
        return JobProgress{number<std::uint64_t>(first), number<std::uint64_t>(rest)};
    if (kind == "done")
        return JobDone{first == kNoFormat ? std::nullopt : std::optional(require(parse_format(first))), rest == "yes"};
    if (kind != "failed")
        surprise();
    const auto opens = require(kOpens.value(next_word(rest)));
    return JobFailed{require(error_code(first)), opens, std::string(rest)};
}

} // namespace

std::string_view opens_name(Opens opens) {
    return kOpens.name(opens);
}

std::string encode_job_report(const JobReport& report) {
    return std::visit(Encode{}, report) + "\n";
}

JobReport decode_job_report(std::string_view line) {
    if (line.size() > kMaxReportLine)
        surprise();
    auto rest = line;
    const auto kind = next_word(rest);
    auto report = read_report(kind, rest);
    if (encode_job_report(report) != std::string(line) + "\n")
        surprise();
    return report;
}

} // namespace guestkeyd
