// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/volume_place.h"

#include "base/error.h"
#include "base/id.h"

#include <algorithm>
#include <filesystem>

namespace guestkeyd::cli {

VolumePlace parse_volume_place(const std::string& operand) {
    if (operand.starts_with('/') || operand.starts_with('.'))
        return {std::filesystem::absolute(operand).lexically_normal(), {}, {}};
    const auto slash = operand.find('/');
    if (slash == std::string::npos || slash + 1 == operand.size() || operand.find('/', slash + 1) != std::string::npos)
        throw Failure(ErrorCode::InvalidArgs, quoted(operand) + " names no volume; give a path that begins with / or "
                                                                "./, or POOL/NAME of a storage pool of libvirt");
    return {{}, operand.substr(0, slash), operand.substr(slash + 1)};
}

std::string human_place(const VolumePlace& place) {
    return place.path.empty() ? place.pool + "/" + place.name : place.path;
}

} // namespace guestkeyd::cli
