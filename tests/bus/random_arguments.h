// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <random>
#include <string>
#include <vector>

struct sd_bus_message;

namespace guestkeyd::test {

// Arguments of a message that come out the same for the same seed. Among the texts are words that the API knows, so
// that some get past the first check.
class RandomArguments {
  public:
    explicit RandomArguments(unsigned seed) : random_(seed) {}

    // One value for each complete type.
    void append(sd_bus_message* message, const std::string& types);
    // A signature of none to four complete types.
    std::string types();

  private:
    std::size_t below(std::size_t bound) { return random_() % bound; }
    void append_one(sd_bus_message* message, const std::string& type);
    void append_container(sd_bus_message* message, char kind, const std::string& contents);
    std::string text();
    UniqueFd descriptor();

    std::mt19937 random_;
};

} // namespace guestkeyd::test
