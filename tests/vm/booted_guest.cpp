// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vm/booted_guest.h"

namespace guestkeyd::test {

std::string new_uuid(Host& host) {
    return host.run("cat /proc/sys/kernel/random/uuid");
}

std::string keys_in_kernel(Host& host) {
    return host.run("/payload/tests/rig/anchor $(id -u guestkeyd) serials");
}

void make_key(Host& host, const std::string& file) {
    host.run("umask 077; head -c 32 /dev/urandom | base64 -w 0 >" + file);
}

BootedGuest::BootedGuest(Host& host, std::string name, const std::string& format)
    : host_(host), name_(std::move(name)), uuid_(new_uuid(host)), volume_(new_uuid(host)),
      disk_("/var/lib/libvirt/images/" + name_ + "." + format), serial_("/var/log/libvirt/qemu/" + name_ + ".serial") {
    make_key(host, key_file());
    make_volume(format);
    define(format);
}

void BootedGuest::make_volume(const std::string& format) {
    host_.run("guestkeyctl volume create " + disk_ + " --format=" + format + " --size=1M --key-file=" + key_file());
    host_.run("/payload/tests/rig/fill " + disk_ + " " + format + " " + key_file() + " '" + name_ + " runs'");
}

void BootedGuest::define(const std::string& format) {
    const auto driver = format == "qcow2" ? "qcow2" : "raw";
    host_.run("sed -e 's|@NAME@|" + name_ + "|; s|@GUEST@|" + uuid_ + "|; s|@VOLUME@|" + volume_ + "|; s|@DISK@|" +
              disk_ + "|; s|@SERIAL@|" + serial_ + "|' -e \"/<driver/s/qcow2/" + driver +
              "/\" /payload/tests/rig/guest.xml >/root/" + name_ + ".xml; virsh define /root/" + name_ + ".xml");
}

void BootedGuest::attach() {
    host_.run("guestkeyctl attach " + uuid_ + " " + volume_ + " --key-file=" + key_file());
}

Finished BootedGuest::start() {
    host_.run("rm -f " + serial_);
    return host_.try_run("virsh start " + name_);
}

bool BootedGuest::boots() {
    return host_.comes_true("grep -q '" + name_ + " runs' " + serial_);
}

void BootedGuest::destroy() {
    host_.run("virsh destroy " + name_);
}

} // namespace guestkeyd::test
