// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace guestkeyd {

inline constexpr std::string_view kEndOfEnvelope = "end";

struct Line {
    std::string_view text;
    std::string_view word;  // up to the first space
    std::string_view value; // behind it; empty if there is none
};

// The lines of the text inside an envelope, one after the other. What is wrong with one is BadEnvelope, which names it
// by its number and never shows it.
class Lines {
  public:
    explicit Lines(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    Line next();

    // About the line that next() returned last.
    [[noreturn]] void refuse(const std::string& why) const;

    void expect_header(std::string_view header);
    [[nodiscard]] std::uint64_t time_in(const Line& line) const;

  private:
    std::string_view rest_;
    std::size_t number_ = 0;
};

// BadEnvelope, in which the envelope is called as given, if it expired. Times are in seconds since 1970.
void refuse_expired(const std::string& called, std::uint64_t expires, std::uint64_t now);

using Parts = std::initializer_list<std::string_view>;

// The text that write_all puts, part by part, by what it is given for that; it is run twice.
template <typename WriteAll> SecretBuffer write_in_secret(WriteAll write_all) {
    std::size_t bytes = 0;
    write_all([&](Parts parts) {
        for (const auto part : parts)
            bytes += part.size();
    });
    SecretBuffer text(bytes);
    write_all([&](Parts parts) {
        for (const auto part : parts)
            text.append(part);
    });
    return text;
}

} // namespace guestkeyd
