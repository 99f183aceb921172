// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"
#include "support/connection.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace guestkeyd::test {

inline constexpr auto kManagerPath = "/org/guestkeyd1";
inline constexpr auto kManagerInterface = "org.guestkeyd1.Manager";
inline constexpr auto kGuestInterface = "org.guestkeyd1.Guest";
inline constexpr auto kPropertiesInterface = "org.freedesktop.DBus.Properties";
inline constexpr auto kObjectManagerInterface = "org.freedesktop.DBus.ObjectManager";

// Errors as tests write them: the last part of the D-Bus name; "" for none.
std::string short_name(const Answer& answer);

// UUIDs that differ for each name, and are the same each time.
std::string uuid_of(const std::string& name);
std::string guest_path(const std::string& guest);

struct VolumeArgument {
    std::string volume;
    std::vector<std::pair<std::string, std::string>> options; // those that are texts
};

struct AttachArguments {
    std::string guest{};
    std::vector<VolumeArgument> volumes{};
    std::string name{};                   // not passed when empty
    bool exclusive = false;               // not passed when false
    std::optional<std::uint64_t> lease{}; // not passed when not given
    std::optional<std::uint64_t> generation{};
    std::string wipe_on{}; // not passed when empty
    std::optional<std::uint64_t> expected_within{};
};

enum class Force { No, Yes };

// The calls of the API, not yet sent.
Call attach_keys(const Connection& caller, const AttachArguments& arguments, const UniqueFd& keys);
Call detach_keys(const Connection& caller, const std::string& guest, const std::vector<std::string>& volumes,
                 Force force = Force::No);
Call purge_guest(const Connection& caller, const std::string& guest, Force force = Force::No);
Call renew_lease(const Connection& caller, const std::string& guest, std::uint64_t seconds);
Call purge_all(const Connection& caller);
Call lend_keys(const Connection& caller, const std::string& guest, const std::vector<std::string>& volumes,
               std::uint32_t seconds);
Call withdraw_keys(const Connection& caller, const std::string& guest);
Call check_guest(const Connection& caller, const std::string& guest);
Call get_property(const Connection& caller, const std::string& path, const std::string& interface,
                  const std::string& name);
Call get_all(const Connection& caller, const std::string& path, const std::string& interface);
Call managed_objects(const Connection& caller);
Call introspect(const Connection& caller, const std::string& path);

// What a caller that is allowed to reads; an error becomes a failed test.
std::string manager_property(const Connection& caller, const std::string& name);
std::string guest_property(const Connection& caller, const std::string& guest, const std::string& name);

} // namespace guestkeyd::test
