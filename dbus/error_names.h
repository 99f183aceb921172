// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"

#include <array>
#include <optional>
#include <string_view>

namespace guestkeyd {

struct ErrorName {
    ErrorCode code;
    const char* name;
};

// In the order of ErrorCode. A malformed name would make the bus disconnect us, so names come from here only.
inline constexpr std::array kErrorNames{
    ErrorName{ErrorCode::InvalidArgs, "org.freedesktop.DBus.Error.InvalidArgs"},
    ErrorName{ErrorCode::AccessDenied, "org.freedesktop.DBus.Error.AccessDenied"},
    ErrorName{ErrorCode::InteractiveAuthorizationRequired,
              "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"},
    ErrorName{ErrorCode::LimitsExceeded, "org.freedesktop.DBus.Error.LimitsExceeded"},
    ErrorName{ErrorCode::NotSupported, "org.freedesktop.DBus.Error.NotSupported"},
    ErrorName{ErrorCode::NoSuchGuest, "org.guestkeyd1.Error.NoSuchGuest"},
    ErrorName{ErrorCode::NoSuchVolume, "org.guestkeyd1.Error.NoSuchVolume"},
    ErrorName{ErrorCode::NoSuchJob, "org.guestkeyd1.Error.NoSuchJob"},
    ErrorName{ErrorCode::WrongKey, "org.guestkeyd1.Error.WrongKey"},
    ErrorName{ErrorCode::NotLuks, "org.guestkeyd1.Error.NotLuks"},
    ErrorName{ErrorCode::Busy, "org.guestkeyd1.Error.Busy"},
    ErrorName{ErrorCode::StaleGeneration, "org.guestkeyd1.Error.StaleGeneration"},
    ErrorName{ErrorCode::KeysMissing, "org.guestkeyd1.Error.KeysMissing"},
    ErrorName{ErrorCode::BadEnvelope, "org.guestkeyd1.Error.BadEnvelope"},
    ErrorName{ErrorCode::NotTrusted, "org.guestkeyd1.Error.NotTrusted"},
    ErrorName{ErrorCode::LibvirtUnavailable, "org.guestkeyd1.Error.LibvirtUnavailable"},
    ErrorName{ErrorCode::Unsupported, "org.guestkeyd1.Error.Unsupported"},
    ErrorName{ErrorCode::Cancelled, "org.guestkeyd1.Error.Cancelled"},
    ErrorName{ErrorCode::PurgeFailed, "org.guestkeyd1.Error.PurgeFailed"},
    ErrorName{ErrorCode::Internal, "org.guestkeyd1.Error.Internal"},
};

constexpr bool error_names_in_order() {
    for (std::size_t i = 0; i < kErrorNames.size(); ++i)
        if (static_cast<std::size_t>(kErrorNames[i].code) != i)
            return false;
    return kErrorNames.size() == static_cast<std::size_t>(ErrorCode::Internal) + 1;
}
static_assert(error_names_in_order());

constexpr const char* error_name(ErrorCode code) {
    return kErrorNames[static_cast<std::size_t>(code)].name;
}

// What a client makes of an error's name; none for names that are not ours.
constexpr std::optional<ErrorCode> error_code(std::string_view name) {
    for (const auto& row : kErrorNames)
        if (name == row.name)
            return row.code;
    return std::nullopt;
}

} // namespace guestkeyd
