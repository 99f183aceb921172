// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/libvirt_guest.h"

#include "base/error.h"
#include "support/agent_calls.h"
#include "support/project.h"

#include <random>

namespace guestkeyd::test {

namespace {

constexpr auto kLine = "this guest runs from its encrypted disk";

std::string random_hex(int digits) {
    std::random_device random;
    std::string text;
    for (int i = 0; i < digits; ++i)
        text += "0123456789abcdef"[random() % 16];
    return text;
}

void must(const Finished& finished, const std::string& what) {
    if (finished.status != 0)
        throw Failure(ErrorCode::Internal, what + " failed: " + finished.output + finished.error);
}

// Made once, because qemu-img takes seconds for it; guests have copies.
const std::filesystem::path& master_disk() {
    static const TempDir dir;
    static const auto disk = [] {
        write_file(dir / "key", LibvirtGuest::key());
        auto file = dir / "disk.qcow2";
        must(run({project_file("tests/rig/volume"), file, dir / "key", kLine}), "making an encrypted volume");
        return file;
    }();
    return disk;
}

std::vector<std::string> virsh_command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"virsh", "--quiet", "--connect", "qemu:///system"});
    return arguments;
}

void replace(std::string& text, const std::string& what, const std::string& with) {
    if (const auto at = text.find(what); at != std::string::npos)
        text.replace(at, what.size(), with);
}

} // namespace

Finished virsh(std::vector<std::string> arguments) {
    return run(virsh_command(std::move(arguments)));
}

std::string secrets_of_libvirt() {
    const auto listed = virsh({"secret-list"});
    must(listed, "virsh secret-list");
    return listed.output;
}

LibvirtSecret::LibvirtSecret(std::string uuid, const std::string& value) : uuid_(std::move(uuid)) {
    const TempDir dir;
    write_file(dir / "secret.xml", "<secret ephemeral='yes'><uuid>" + uuid_ + "</uuid></secret>");
    write_file(dir / "value", value);
    must(virsh({"secret-define", dir / "secret.xml"}), "defining a secret");
    must(virsh({"secret-set-value", uuid_, "--plain", "--file", dir / "value"}), "setting a secret");
}

LibvirtSecret::~LibvirtSecret() {
    (void)virsh({"secret-undefine", uuid_});
}

void make_encrypted_volume(const std::filesystem::path& file) {
    std::filesystem::copy_file(master_disk(), file);
}

const std::string& LibvirtGuest::key() {
    static const std::string key = random_hex(64);
    return key;
}

LibvirtGuest::LibvirtGuest(std::string name, Disk disk)
    : name_(std::move(name)), uuid_(uuid_of("guest " + name_)), volume_(uuid_of("volume " + name_)), disk_(disk) {
    if (disk != Disk::Missing)
        make_encrypted_volume(dir_ / "disk");
    define();
}

LibvirtGuest::~LibvirtGuest() {
    (void)destroy();
    (void)virsh({"undefine", "--managed-save", name_});
}

void LibvirtGuest::define() const {
    write_file(dir_ / "guest.xml", domain_xml());
    must(virsh({"define", dir_ / "guest.xml"}), "defining guest " + name_);
}

void LibvirtGuest::define_with_raw_disk() const {
    auto xml = domain_xml();
    replace(xml, "type='qcow2'", "type='raw'");
    write_file(dir_ / "guest.xml", xml);
    must(virsh({"define", dir_ / "guest.xml"}), "defining guest " + name_);
}

void LibvirtGuest::fill_disk(const std::string& format, const std::string& key_file) const {
    must(run({project_file("tests/rig/fill"), disk(), format, key_file, kLine}), "writing the guest into its disk");
}

std::string LibvirtGuest::domain_xml() const {
    auto xml = read_file(project_file("tests/rig/guest.xml"));
    if (disk_ == Disk::None)
        xml.erase(xml.find("<disk "), xml.find("<serial ") - xml.find("<disk "));
    replace(xml, "@NAME@", name_);
    replace(xml, "@GUEST@", uuid_);
    replace(xml, "@DISK@", dir_ / "disk");
    replace(xml, "@VOLUME@", volume_);
    replace(xml, "@SERIAL@", dir_ / "serial");
    return xml;
}

Process LibvirtGuest::start_in_background() const {
    return Process({virsh_command({"start", name_}), {}, dir_ / "virsh", dir_ / "virsh"});
}

std::string LibvirtGuest::state() const {
    const auto state = virsh({"domstate", name_}).output;
    return state.substr(0, state.find('\n'));
}

// QEMU truncates the file at each start.
bool LibvirtGuest::boots() const {
    return wait_until([this] {
        return std::filesystem::exists(dir_ / "serial") && read_file(dir_ / "serial").find(kLine) != std::string::npos;
    });
}

pid_t LibvirtGuest::qemu() const {
    return std::stoi(read_file("/run/libvirt/qemu/" + name_ + ".pid"));
}

} // namespace guestkeyd::test
