// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"

#include "guestkeyd/unreachable.h"

#include <iostream>

namespace guestkeyd::cli {

namespace {

const char* program = "guestkeyctl";

// What the agent cannot say, because it does not know who asks.
std::string next_step(ErrorCode code) {
    const auto run = std::string("; run ") + program + " as root, or ";
    if (code == ErrorCode::AccessDenied)
        return run + "have the administrator allow this user with polkit";
    if (code == ErrorCode::InteractiveAuthorizationRequired)
        return run + "at a terminal without --no-ask-password";
    return "";
}

} // namespace

void set_program_name(const char* name) {
    program = name;
}

int exit_status(const Failure& failure) {
    if (dynamic_cast<const Unreachable*>(&failure))
        return kUnreachable;
    switch (failure.code()) {
    case ErrorCode::KeysMissing:
        return kKeysMissing;
    case ErrorCode::InvalidArgs:
        return kWrongUse;
    case ErrorCode::AccessDenied:
    case ErrorCode::InteractiveAuthorizationRequired:
        return kNotAllowed;
    case ErrorCode::NoSuchGuest:
    case ErrorCode::NoSuchVolume:
    case ErrorCode::NoSuchJob:
        return kNotThere;
    case ErrorCode::Busy:
        return kInUse;
    case ErrorCode::LimitsExceeded:
        return kLimitReached;
    case ErrorCode::LibvirtUnavailable:
        return kUnreachable;
    case ErrorCode::PurgeFailed:
        return kNotWiped;
    case ErrorCode::StaleGeneration:
        return kStale;
    case ErrorCode::BadEnvelope:
        return kBadEnvelope;
    case ErrorCode::NotTrusted:
        return kNotTrusted;
    case ErrorCode::WrongKey:
        return kWrongKey;
    case ErrorCode::Cancelled:
        return kCancelled;
    case ErrorCode::NotSupported:
    case ErrorCode::Unsupported:
    case ErrorCode::NotLuks:
    case ErrorCode::Internal:
        return kFailed;
    }
    return kFailed;
}

void complain(const Failure& failure) {
    std::cout.flush(); // keeps the order on a terminal
    std::cerr << program << ": " << failure.message() << next_step(failure.code()) << std::endl;
}

void warn(const std::string& sentence) {
    std::cout.flush();
    std::cerr << program << ": warning: " << sentence << std::endl;
}

} // namespace guestkeyd::cli
