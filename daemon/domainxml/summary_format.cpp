// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domainxml/summary_format.h"

#include "base/error.h"
#include "base/text.h"

namespace guestkeyd {

namespace {

constexpr std::string_view kHeader = "guestkeyd-domain-xml 1";
constexpr std::string_view kEnd = "end";

[[noreturn]] void surprise() {
    throw Failure(ErrorCode::Internal, "guestkeyd-domain-xml gave an answer that cannot be understood; install it and "
                                       "guestkeyd from the same version");
}

// Takes text apart from its front.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }

    // What stands before the next separator, which must be there.
    std::string_view up_to(char separator) {
        const auto end = rest_.find(separator);
        if (end == std::string_view::npos)
            surprise();
        const auto part = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return part;
    }

    void expect(std::string_view line) {
        if (up_to('\n') != line)
            surprise();
    }

    // The value of the line "KEY VALUE".
    std::string_view value_of(std::string_view key) {
        Cursor line(up_to('\n'));
        if (line.up_to(' ') != key)
            surprise();
        return line.rest();
    }

  private:
    std::string_view rest_;
};

template <typename Id> Id read_id(std::string_view text) {
    const auto id = Id::try_parse(text);
    if (!id || id->str() != text)
        surprise();
    return *id;
}

std::string read_text(std::string_view text) {
    if (!is_one_line(text))
        surprise();
    return std::string(text);
}

SecretRef read_secret(std::string_view line) {
    Cursor fields(line);
    if (fields.up_to(' ') != "secret")
        surprise();
    const auto use = parse_secret_use(fields.up_to(' '));
    const auto named_by = fields.up_to(' ');
    if (!use)
        surprise();
    if (named_by == "uuid")
        return {*use, read_id<VolumeId>(fields.rest()), {}};
    if (named_by != "usage")
        surprise();
    return {*use, std::nullopt, read_text(fields.rest())};
}

} // namespace

std::string encode_summary(const DomainSummary& summary) {
    std::string text;
    text.append(kHeader).append("\nguest ").append(summary.guest.str());
    text.append("\nname ").append(summary.name).append("\n");
    for (const auto& secret : summary.secrets) {
        text.append("secret ").append(secret_use_name(secret.use));
        text.append(secret.uuid ? " uuid " : " usage ");
        text.append(secret.uuid ? secret.uuid->str() : secret.usage).append("\n");
    }
    return text.append(kEnd).append("\n");
}

DomainSummary decode_summary(std::string_view text) {
    Cursor lines(text);
    lines.expect(kHeader);
    const auto guest = read_id<GuestId>(lines.value_of("guest"));
    DomainSummary summary{guest, read_text(lines.value_of("name")), {}};
    if (summary.name.size() > kMaxNameLength)
        surprise();
    for (auto line = lines.up_to('\n'); line != kEnd; line = lines.up_to('\n')) {
        const auto known = summary.secrets.size();
        add_secret(summary, read_secret(line));
        if (summary.secrets.size() == known)
            surprise();
    }
    if (!lines.at_end())
        surprise();
    return summary;
}

} // namespace guestkeyd
