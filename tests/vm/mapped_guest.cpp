// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vm/mapped_guest.h"

#include "vm/booted_guest.h"

namespace guestkeyd::test {

MappedGuest::MappedGuest(Host& host, std::string name, Program program)
    : host_(host), name_(std::move(name)), uuid_(new_uuid(host)), volume_(new_uuid(host)) {
    make_key(host, key_file());
    make_volume(program);
    define(program);
}

void MappedGuest::make_volume(Program program) {
    host_.run("lvcreate --yes --wipesignatures=n --size=24M --name=" + name_ + " vg; guestkeyctl volume create " +
              device() + " --format=luks2 --key-file=" + key_file());
    host_.run("cryptsetup open --key-file=" + key_file() + " " + device() + " fill && " +
              "/payload/tests/rig/fill /dev/mapper/fill raw " + key_file() + " '" + name_ + " runs' " +
              (program == Program::Writes ? "writing_guest" : "guest") + "; sync; cryptsetup close fill");
}

void MappedGuest::define(Program program) {
    // The writing guest knows IDE disks only, and measures how long the disk takes, not the host's memory.
    const std::string disk = program == Program::Writes
                                 ? "; s|dev='vda' bus='virtio'|dev='hda' bus='ide'|; s|type='raw'|& cache='none'|"
                                 : "";
    host_.run("sed -e \"s|@NAME@|" + name_ + "|; s|@GUEST@|" + uuid_ + "|; s|@SERIAL@|" + serial() +
              "|; s|disk type='file'|disk type='block'|; s|qcow2|raw|; s|file='@DISK@'|dev='/dev/mapper/" + mapping() +
              "'|; /<encryption/,/<.encryption>/d" + disk + "\" /payload/tests/rig/guest.xml >/root/" + name_ +
              ".xml; virsh define /root/" + name_ + ".xml");
}

std::string MappedGuest::attach_command(const std::string& key) const {
    return "guestkeyctl attach " + uuid_ + " " + volume_ + ",delivery=dm-crypt,device=" + device() +
           ",mapping=" + mapping() + " --key-file=" + key;
}

Finished MappedGuest::start() {
    host_.run("rm -f " + serial());
    return host_.try_run("virsh start " + name_);
}

bool MappedGuest::says(const std::string& words) {
    return host_.comes_true("grep -q '" + words + "' " + serial());
}

} // namespace guestkeyd::test
