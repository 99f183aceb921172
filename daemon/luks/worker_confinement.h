// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace guestkeyd {

// Before a key is there: no keyring of whoever started this process, no core dumps, bounded memory, and of the
// capabilities those alone that other owners' files need. Throws Failure if the kernel refuses.
void confine_worker();

enum class Programs { None, QemuImg };

// Then, for good: system calls for files, memory and threads only; none for the network, keyrings, or other processes
// than our own. qemu-img, which jobs with copies and qcow2 run, inherits all of this.
void filter_worker_calls(Programs programs);

} // namespace guestkeyd
