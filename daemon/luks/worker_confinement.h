// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace guestkeyd {

// Before a key is there: no keyring of whoever started this process, no core dumps, bounded memory. Throws Failure if
// the kernel refuses.
void confine_worker();

// What a job needs beyond files, memory and threads. OnlineJob: device-mapper, and a socket for agents.
enum class WorkerNeeds { Nothing, QemuImg, DeviceMapper, OnlineJob };

// Then, once the job is known and before it is begun, for good:
// of the capabilities those alone that other owners' files, or device-mapper, need;
void give_up_rights(WorkerNeeds needs);
// and system calls for files, memory and threads only, none for the network, or for other processes than our own.
// qemu-img, which jobs with copies and qcow2 run, inherits all of this. With device-mapper there is a key for the
// volume key that the kernel takes from there, and there are semaphores, by which libdevmapper waits for udev
// (dmsetup(8)).
void filter_worker_calls(WorkerNeeds needs);

} // namespace guestkeyd
