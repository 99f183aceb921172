// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/faults.h"

#include "support/temp_dir.h"

#include <algorithm>

namespace guestkeyd::test {

void Faults::die_at(std::string_view point, unsigned hit) {
    say("die " + std::string(point) + " " + std::to_string(hit) + " " + std::to_string(++number_) + "\n");
}

// By a rename, so that the agent reads all of it or nothing.
void Faults::say(std::string_view orders) const {
    const auto draft = file_.string() + ".draft";
    write_file(draft, orders);
    std::filesystem::rename(draft, file_);
}

bool needs_libvirt_secrets(std::string_view point) {
    return point.starts_with("publish-") || point.starts_with("withdraw-");
}

std::string name_of_point(const testing::TestParamInfo<std::string_view>& point) {
    std::string name(point.param);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

} // namespace guestkeyd::test
