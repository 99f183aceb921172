// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_errors.h"

#include "dbus/error_names.h"
#include "guestkeyd/unreachable.h"

#include <algorithm>
#include <array>

namespace guestkeyd {

namespace {

constexpr std::array kNotRunning{"org.freedesktop.DBus.Error.ServiceUnknown",
                                 "org.freedesktop.DBus.Error.NameHasNoOwner"};
constexpr std::array kNoAnswer{"org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Timeout",
                               "org.freedesktop.DBus.Error.TimedOut"};
constexpr std::array kNoBus{"org.freedesktop.DBus.Error.Disconnected", "System.Error.ENOTCONN",
                            "System.Error.ECONNRESET", "System.Error.ECONNREFUSED"};
constexpr std::array kTooOld{"org.freedesktop.DBus.Error.UnknownMethod", "org.freedesktop.DBus.Error.UnknownInterface",
                             "org.freedesktop.DBus.Error.UnknownProperty"};
// What the bus, or the service manager on its behalf, says when it could not start the agent.
constexpr std::array kActivationFailed{"org.freedesktop.DBus.Error.Spawn.", "org.freedesktop.systemd1."};

template <typename Names> bool one_of(const Names& names, const std::string& name) {
    return std::any_of(names.begin(), names.end(), [&](const char* each) { return name == each; });
}

template <typename Prefixes> bool begins_with_one_of(const Prefixes& prefixes, const std::string& name) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const char* each) { return name.rfind(each, 0) == 0; });
}

// The bus itself refuses with a dump of the message and of its rules, which helps nobody at a prompt.
std::string readable(ErrorCode code, const std::string& message) {
    if (code == ErrorCode::AccessDenied && message.find("matched rules") != std::string::npos)
        return "the policy of the system bus forbids this call to guestkeyd";
    return message;
}

} // namespace

bool is_lost_connection(const sdbus::Error& error) {
    return one_of(kNoBus, error.getName());
}

void throw_failure(const sdbus::Error& error) {
    const auto& name = error.getName();
    const auto& message = error.getMessage();
    if (const auto code = error_code(name))
        throw Failure(*code, readable(*code, message));
    if (one_of(kNotRunning, name))
        throw Unreachable("guestkeyd is not running; start it with: systemctl start guestkeyd");
    if (begins_with_one_of(kActivationFailed, name))
        throw Unreachable("guestkeyd is not running and could not be started (" + message +
                          "); see why with: systemctl status guestkeyd");
    if (one_of(kNoAnswer, name))
        throw Failure(ErrorCode::Internal, "guestkeyd did not answer, so the outcome is not known (" + message +
                                               "); see its log with: journalctl -u guestkeyd");
    if (is_lost_connection(error))
        throw Unreachable("the connection to the system bus was lost; try again when it is back");
    if (one_of(kTooOld, name))
        throw Failure(ErrorCode::NotSupported,
                      "the running guestkeyd does not know this call (" + message + "); update and restart it");
    throw Failure(ErrorCode::Internal, message.empty() ? name : message + " (" + name + ")");
}

} // namespace guestkeyd
