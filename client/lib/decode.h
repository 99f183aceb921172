// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkeyd/events.h"
#include "guestkeyd/guest.h"
#include "guestkeyd/job.h"

#include <map>
#include <sdbus-c++/Types.h>

namespace guestkeyd {

// What the bus carries, made into the types of our interface, and back.
using Properties = std::map<std::string, sdbus::Variant>;
using WireVolume = sdbus::Struct<std::string, Properties>;

inline constexpr const char* kGuestPath = "/org/guestkeyd1/guest";
inline constexpr const char* kJobPath = "/org/guestkeyd1/job";

std::string guest_path(const GuestId& id);
GuestId guest_of_path(const std::string& path);
std::string job_path(JobNumber job);
JobNumber job_of_path(const std::string& path);

Guest decode_guest(const Properties& properties);
Job decode_job(JobNumber number, const Properties& properties);
EndedJob decode_ended_job(JobNumber number, std::uint32_t state, const std::string& error, const std::string& message);
Status decode_status(const Properties& properties);
GuestChange decode_guest_change(const GuestId& guest, const Properties& changed);
StatusChange decode_status_change(const Properties& changed);
std::vector<VolumeId> decode_volume_ids(const std::vector<std::string>& volumes);

std::vector<WireVolume> encode_volumes(const std::vector<Volume>& volumes);
std::vector<std::string> encode_volume_ids(const std::vector<VolumeId>& volumes);
std::uint64_t encode_seconds(std::chrono::seconds span);

} // namespace guestkeyd
