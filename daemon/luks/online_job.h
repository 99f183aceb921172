// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// How agents find the workers of online re-encryptions that earlier ones have begun. Each worker has two files in a
// folder that only root can enter, below /run, which is as lasting as the mappings are:
//   DEVICE.job     what the job is: the line that encode_online_job makes
//   DEVICE.socket  where it listens; to whom connects last it reports from then on, and from him takes kCancelRequest
// It removes both at its end. A job at whose socket nobody listens has died, and left whoever uses the volume hanging.
struct OnlineJob {
    std::uint32_t caller;  // uid
    std::uint64_t started; // microseconds since 1970
    std::string volume;    // for people
    bool operator==(const OnlineJob&) const = default;
};

std::string encode_online_job(const OnlineJob& job); // CALLER STARTED VOLUME, and a newline
// None for anything that encode_online_job would not have written.
std::optional<OnlineJob> decode_online_job(std::string_view text);

struct FoundOnlineJob {
    OnlineJob job;
    std::string socket;
};

std::filesystem::path online_job_file(const std::filesystem::path& folder, const std::string& device);
std::filesystem::path online_job_socket(const std::filesystem::path& folder, const std::string& device);

// All in the folder; none if there is no such folder.
std::vector<FoundOnlineJob> find_online_jobs(const std::filesystem::path& folder);

} // namespace guestkeyd
