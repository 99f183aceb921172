// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/envelope_lines.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>

namespace guestkeyd {

Line Lines::next() {
    ++number_;
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos)
        refuse("is missing or has no newline; the last one is 'end'");
    const auto text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    const auto space = std::min(text.find(' '), text.size());
    return {text, text.substr(0, space), text.substr(std::min(space + 1, text.size()))};
}

void Lines::refuse(const std::string& why) const {
    throw Failure(ErrorCode::BadEnvelope, "line " + std::to_string(number_) + " of the envelope " + why);
}

void Lines::expect_header(std::string_view header) {
    const auto first = next().text;
    if (first.ends_with('\r'))
        refuse("ends in a carriage return; use openssl cms with -binary");
    if (first != header)
        refuse("is not '" + std::string(header) + "'; this version of guestkeyd opens no others here");
}

std::uint64_t Lines::time_in(const Line& line) const {
    const auto time = parse_number<std::uint64_t>(line.value);
    if (!time)
        refuse("is no time; give it in seconds since 1970, as date +%s prints it");
    return *time;
}

void refuse_expired(const std::string& called, std::uint64_t expires, std::uint64_t now) {
    if (now >= expires)
        throw Failure(ErrorCode::BadEnvelope, called + " expired " + std::to_string(now - expires) +
                                                  " s ago; seal a new one, or set this host's clock");
}

} // namespace guestkeyd
