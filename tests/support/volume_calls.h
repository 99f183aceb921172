// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"
#include "support/connection.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace guestkeyd::test {

inline constexpr auto kJobInterface = "org.guestkeyd1.Job";

// An a{sv}.
using OptionValue = std::variant<std::string, std::uint64_t, std::uint32_t, bool>;
using OptionValues = std::map<std::string, OptionValue>;
void append_options(Call& call, const OptionValues& options);

// The calls of the API for volumes, not yet sent. volume: path, or pool and name.
Call create_volume(const Connection& caller, const OptionValues& volume, const UniqueFd& key,
                   const OptionValues& options);
Call reencrypt_volume(const Connection& caller, const OptionValues& volume, const UniqueFd& old_and_new_key,
                      const OptionValues& options = {});
Call test_key(const Connection& caller, const OptionValues& volume, const UniqueFd& key,
              const OptionValues& options = {});
// CreateVolumeSealed, ReencryptVolumeSealed or TestKeySealed.
Call sealed_volume_call(const Connection& caller, const char* method, const OptionValues& volume,
                        std::string_view envelope, const OptionValues& options = {});
Call cancel_job(const Connection& caller, const std::string& job);

// The path of the job that an answer names; an error becomes a failed test.
std::string job_of(const Answer& answer);
// As the caller reads it, as text; an error becomes a failed test.
std::string job_property(const Connection& caller, const std::string& job, const std::string& name);

// How a job ended: "" when it is done, else the last part of its error's name. Waits for the end.
std::string end_of_job(const Connection& caller, const std::string& job);

} // namespace guestkeyd::test
