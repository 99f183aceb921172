// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "luks/crypt_device.h"
#include "luks/open_mapping.h"
#include "luks/volume.h"

namespace guestkeyd {

// Makes good what an online re-encryption has left that was killed: its hot zone's device is suspended, whoever reads
// there hangs, and the data there may be half of the old and half of the new volume key. libcryptsetup 2.6.1 to 2.8
// cannot: it wants the volume for itself to repair it, and a mapping without helpers to go on. Afterwards the mapping
// is as if the re-encryption had been asked to stop after the hot zone, and whoever hung has gone on, with the right
// data.
//
// device: the block device, by which the volume is held; title names the volume. WrongKey if the new key is not the one
// that it was begun with; Busy if it is still under way. Killed at any point, the same call again does the rest.
void recover_online_reencryption(const Volume& device, const OpenMapping& mapping, const std::string& title,
                                 std::string_view new_key);

} // namespace guestkeyd
