// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "luks/job_spec.h"

#include <string_view>

namespace guestkeyd {

// The jobs on mappings of device-mapper. Unsupported without it, and for volumes that are no block device or not luks2
// or luks1; NoSuchVolume if the volume is not there; Busy for a mapping that is in use, or somebody else's: one that is
// not of LUKS, or is on another device than the volume.

// Returns the format. WrongKey; Busy also for a volume that is in the middle of a re-encryption.
VolumeFormat open_mapping(const JobSpec& spec, std::string_view key);
void close_mapping(const JobSpec& spec);
void suspend_mapping(const JobSpec& spec);

} // namespace guestkeyd
