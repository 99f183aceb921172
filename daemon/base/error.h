// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <exception>
#include <string>

namespace guestkeyd {

// What can go wrong, in the words of the D-Bus API. Names on the bus: dbus/error_names.h.
enum class ErrorCode {
    InvalidArgs,
    AccessDenied,
    InteractiveAuthorizationRequired,
    LimitsExceeded,
    NotSupported,
    NoSuchGuest,
    NoSuchVolume,
    NoSuchJob,
    WrongKey,
    NotLuks,
    Busy,
    StaleGeneration,
    KeysMissing,
    BadEnvelope,
    NotTrusted,
    LibvirtUnavailable,
    Unsupported,
    Cancelled,
    PurgeFailed,
    Internal,
};

// An error with a sentence for the user: it names the object and says what to do next, and never contains a key.
class Failure : public std::exception {
  public:
    Failure(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

    [[nodiscard]] ErrorCode code() const { return code_; }
    [[nodiscard]] const std::string& message() const { return message_; }
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

  private:
    ErrorCode code_;
    std::string message_;
};

// Internal Failure "DOING: STRERROR(error)".
[[noreturn]] void throw_errno(int error, const std::string& doing);

// The negative-errno convention of libsystemd: returns result, or throws as throw_errno does.
int check_errno(int result, const char* doing);

} // namespace guestkeyd
