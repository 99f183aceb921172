// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdlib>
#include <string>

namespace guestkeyd::test {

// A number that somebody who runs a test by hand may give in the environment.
inline unsigned setting(const char* name, unsigned usual) {
    const char* text = std::getenv(name); // NOLINT(concurrency-mt-unsafe): before there are threads that set any
    return text ? static_cast<unsigned>(std::stoul(text)) : usual;
}

} // namespace guestkeyd::test
