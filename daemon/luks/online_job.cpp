// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/online_job.h"

#include "base/text.h"

#include <fstream>
#include <iterator>

namespace guestkeyd {

namespace {

namespace fs = std::filesystem;

constexpr const char* kJob = ".job";
constexpr const char* kSocket = ".socket";

std::optional<OnlineJob> read(const fs::path& file) {
    std::ifstream stream(file);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    return decode_online_job(text);
}

} // namespace

std::string encode_online_job(const OnlineJob& job) {
    return std::to_string(job.caller) + " " + std::to_string(job.started) + " " + job.volume + "\n";
}

std::optional<OnlineJob> decode_online_job(std::string_view text) {
    const auto first = text.find(' ');
    const auto second = first == std::string_view::npos ? first : text.find(' ', first + 1);
    if (second == std::string_view::npos || !text.ends_with('\n'))
        return std::nullopt;
    const auto caller = parse_number<std::uint32_t>(text.substr(0, first));
    const auto started = parse_number<std::uint64_t>(text.substr(first + 1, second - first - 1));
    const auto volume = text.substr(second + 1, text.size() - second - 2);
    if (!caller || !started || !is_one_line(volume))
        return std::nullopt;
    return OnlineJob{*caller, *started, std::string(volume)};
}

fs::path online_job_file(const fs::path& folder, const std::string& device) {
    return folder / (device + kJob);
}

fs::path online_job_socket(const fs::path& folder, const std::string& device) {
    return folder / (device + kSocket);
}

std::vector<FoundOnlineJob> find_online_jobs(const fs::path& folder) {
    std::vector<FoundOnlineJob> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder, none))
        if (entry.path().extension() == kJob)
            if (auto job = read(entry.path()))
                found.push_back({std::move(*job), online_job_socket(folder, entry.path().stem())});
    return found;
}

} // namespace guestkeyd
