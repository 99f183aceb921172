// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "base/text.h"
#include "luks/job_spec.h"

#include <array>

namespace guestkeyd {

namespace {

constexpr std::string_view kHeader = "guestkeyd-volume-job 1\n";

[[noreturn]] void surprise() {
    throw Failure(ErrorCode::Internal, "guestkeyd-volume-worker got a job that cannot be understood; install it and "
                                       "guestkeyd from the same version");
}

template <typename Value> Value require(std::optional<Value> value) {
    if (!value)
        surprise();
    return *value;
}

template <typename Number> Number number(std::string_view text) {
    return require(parse_number<Number>(text));
}

template <typename Number> std::string unless_zero(Number value) {
    return value == 0 ? std::string() : std::to_string(value);
}

// One line of the encoded form. An empty text is a line that is left out.
struct Field {
    std::string_view name;
    std::string (*text)(const JobSpec& spec);
    void (*set)(JobSpec& spec, std::string_view text);
};

constexpr std::array kFields{
    Field{"operation", [](const JobSpec& s) { return std::string(operation_name(s.operation)); },
          [](JobSpec& s, std::string_view text) { s.operation = require(parse_operation(text)); }},
    Field{"path", [](const JobSpec& s) { return s.path; }, [](JobSpec& s, std::string_view text) { s.path = text; }},
    Field{"format", [](const JobSpec& s) { return std::string(s.format ? format_name(*s.format) : ""); },
          [](JobSpec& s, std::string_view text) { s.format = require(parse_format(text)); }},
    Field{"capacity", [](const JobSpec& s) { return unless_zero(s.capacity); },
          [](JobSpec& s, std::string_view text) { s.capacity = number<std::uint64_t>(text); }},
    Field{"cipher", [](const JobSpec& s) { return s.cipher; },
          [](JobSpec& s, std::string_view text) { s.cipher = text; }},
    Field{"key-size", [](const JobSpec& s) { return unless_zero(s.key_size); },
          [](JobSpec& s, std::string_view text) { s.key_size = number<std::uint32_t>(text); }},
    Field{"sector-size", [](const JobSpec& s) { return unless_zero(s.sector_size); },
          [](JobSpec& s, std::string_view text) { s.sector_size = number<std::uint32_t>(text); }},
    Field{"label", [](const JobSpec& s) { return s.label; }, [](JobSpec& s, std::string_view text) { s.label = text; }},
    Field{"overwrite", [](const JobSpec& s) { return std::string(s.overwrite ? "yes" : ""); },
          [](JobSpec& s, std::string_view) { s.overwrite = true; }},
    Field{"pbkdf", [](const JobSpec& s) { return std::string(s.pbkdf == Pbkdf::Minimal ? "" : pbkdf_name(s.pbkdf)); },
          [](JobSpec& s, std::string_view text) { s.pbkdf = require(parse_pbkdf(text)); }},
    Field{"hotzone", [](const JobSpec& s) { return unless_zero(s.hotzone); },
          [](JobSpec& s, std::string_view text) { s.hotzone = number<std::uint64_t>(text); }},
    Field{"resilience",
          [](const JobSpec& s) { return std::string(s.resilience == Resilience::Journal ? "journal" : ""); },
          [](JobSpec& s, std::string_view) { s.resilience = Resilience::Journal; }},
    Field{"target", [](const JobSpec& s) { return s.target; },
          [](JobSpec& s, std::string_view text) { s.target = text; }},
    Field{"mapping", [](const JobSpec& s) { return s.mapping; },
          [](JobSpec& s, std::string_view text) { s.mapping = text; }},
    Field{"may-be-open", [](const JobSpec& s) { return std::string(s.may_be_open ? "yes" : ""); },
          [](JobSpec& s, std::string_view) { s.may_be_open = true; }},
    Field{"online", [](const JobSpec& s) { return std::string(s.online ? "yes" : ""); },
          [](JobSpec& s, std::string_view) { s.online = true; }},
    Field{"folder", [](const JobSpec& s) { return s.folder; },
          [](JobSpec& s, std::string_view text) { s.folder = text; }},
    Field{"name", [](const JobSpec& s) { return s.name; }, [](JobSpec& s, std::string_view text) { s.name = text; }},
    Field{"caller", [](const JobSpec& s) { return unless_zero(s.caller); },
          [](JobSpec& s, std::string_view text) { s.caller = number<std::uint32_t>(text); }},
};

void set_field(JobSpec& spec, std::string_view line) {
    const auto space = line.find(' ');
    for (const auto& field : kFields)
        if (line.substr(0, space) == field.name && space != std::string_view::npos)
            return field.set(spec, line.substr(space + 1));
    surprise();
}

} // namespace

std::string encode_job_spec(const JobSpec& spec) {
    std::string text(kHeader);
    for (const auto& field : kFields)
        if (const auto value = field.text(spec); !value.empty())
            text.append(field.name).append(" ").append(value).append("\n");
    return text.append("\n");
}

JobSpec decode_job_spec(std::string_view text) {
    if (text.size() > kMaxJobSpec || !text.starts_with(kHeader))
        surprise();
    JobSpec spec;
    auto rest = text.substr(kHeader.size());
    for (auto end = rest.find('\n'); end != 0 && end != std::string_view::npos; end = rest.find('\n')) {
        set_field(spec, rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    // Whatever is missing, twice, in another order, or spelled in another way.
    if (encode_job_spec(spec) != text)
        surprise();
    check_job_spec(spec);
    return spec;
}

} // namespace guestkeyd
