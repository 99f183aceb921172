// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "luks/job_stream.h"
#include "luks/luks_volume.h"

namespace guestkeyd {

// Gives the volume a new volume key, which the new key opens and nothing else does; returns its format. What an earlier
// call with the same keys has not finished is finished. WrongKey if the old key, or where that is too late the new one,
// does not open it; Busy if it is in use. While it is at work, and whenever it ends, one of the two keys opens the
// volume.
VolumeFormat reencrypt_volume(const JobSpec& spec, std::string_view old_key, std::string_view new_key,
                              JobStream& stream);

// Whether the volume was re-encrypted already, and only the new key opens it. WrongKey if neither does.
bool is_done_already(CryptDevice& device, const Volume& volume, std::string_view old_key, std::string_view new_key,
                     JobStream& stream);

// spec.online: luks2, in place, while it is open through a mapping, which stays. Busy if it is not, or is used in any
// other way; Unsupported if it is in another format.
void reencrypt_online(const JobSpec& spec, std::string_view old_key, std::string_view new_key, JobStream& stream);

// How, by format: luks2 in place, with the image locked; the others by a copy into a file that then takes the volume's
// place, or into spec.target, with the volume left as it is.
void reencrypt_in_place(const Volume& volume, CryptDevice& device, const JobSpec& spec, std::string_view old_key,
                        std::string_view new_key, JobStream& stream);
void reencrypt_by_copy(const Volume& volume, LuksVolume& luks, const JobSpec& spec, std::string_view old_key,
                       std::string_view new_key, JobStream& stream);

} // namespace guestkeyd
