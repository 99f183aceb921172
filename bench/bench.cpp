// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench.h"

#include "base/error.h"

#include <algorithm>
#include <fstream>

namespace guestkeyd::bench {

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

void fail(const std::string& doing) {
    throw Failure(ErrorCode::Internal, "cannot " + doing);
}

Connection connect() {
    Connection connection(virConnectOpen("qemu:///system"));
    if (!connection)
        fail("connect to libvirt");
    return connection;
}

Delay summary(std::vector<double> milliseconds) {
    std::sort(milliseconds.begin(), milliseconds.end());
    return {milliseconds[milliseconds.size() / 2], milliseconds.back()};
}

std::string random_uuid() {
    std::string uuid;
    std::getline(std::ifstream("/proc/sys/kernel/random/uuid"), uuid);
    return uuid;
}

RunningGuest::RunningGuest(virConnectPtr connection)
    : domain_(virDomainCreateXML(connection,
                                 ("<domain type='qemu'><name>bench</name><uuid>" + uuid_ +
                                  "</uuid><memory unit='MiB'>16</memory><os><type arch='x86_64'>hvm</type></os>"
                                  "<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>"
                                  "<memballoon model='none'/></devices></domain>")
                                     .c_str(),
                                 0)) {
    if (!domain_)
        fail("start a guest");
}

RunningGuest::~RunningGuest() {
    virDomainFree(domain_);
}

void RunningGuest::destroy() {
    if (virDomainDestroy(domain_) < 0)
        fail("destroy a guest");
}

} // namespace guestkeyd::bench
