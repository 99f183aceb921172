// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/volume_job.h"
#include "bus/options.h"
#include "sealing/volume_envelope.h"

namespace guestkeyd {

// The arguments of CreateVolume, ReencryptVolume and TestKey, checked, but for the keys and the caller. InvalidArgs.
VolumeRequest parse_volume_request(VolumeOperation operation, OptionMap volume, OptionMap options);

// InvalidArgs unless the path is absolute, without parts that stand for others: rules of polkit compare it as text.
void require_plain_path(const std::string& path);

// How messages name each key that belongs to the request.
std::vector<std::string> key_titles(const VolumeRequest& request);

// The keys in an envelope, one a line. BadEnvelope, which shows nothing of what is inside, unless they were sealed for
// what the request is about.
SecretBuffer sealed_keys(const VolumeRequest& request, const VolumeEnvelope& envelope);

} // namespace guestkeyd
