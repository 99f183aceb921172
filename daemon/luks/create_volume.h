// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "luks/job_stream.h"
#include "luks/replacement_file.h"

namespace guestkeyd {

// Makes a volume that the key opens. InvalidArgs if there is something that spec.overwrite does not give up, or the
// capacity does not fit; Busy if it is in use. A file is made beside its place, and takes it when it is done; a block
// device is written to.
void create_volume(const JobSpec& spec, std::string_view key, JobStream& stream);

// What a copy has from the volume that it is of; empty and zero: the default.
struct Inherited {
    std::string uuid = {};          // of luks1
    std::uint64_t cluster_size = 0; // of qcow2, in bytes
};

// The same in a file that is made already and empty; capacity is not zero.
void create_in_file(const ReplacementFile& file, const JobSpec& spec, std::string_view key, JobStream& stream,
                    const Inherited& inherited = {});

} // namespace guestkeyd
