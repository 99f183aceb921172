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
        auto file = dir / "disk.qcow2";
        LibvirtGuest::make_volume(file, kLine);
        return file;
    }();
    return disk;
}

std::vector<std::string> virsh_command(std::vector<std::string> arguments, const std::string& uri = kLibvirt) {
    arguments.insert(arguments.begin(), {"virsh", "--quiet", "--connect", uri});
    return arguments;
}

void replace(std::string& text, const std::string& what, const std::string& with) {
    if (const auto at = text.find(what); at != std::string::npos)
        text.replace(at, what.size(), with);
}

void cut(std::string& text, const std::string& from, const std::string& to) {
    const auto start = text.find(from);
    text.erase(start, text.find(to, start) - start);
}

} // namespace

Finished virsh(std::vector<std::string> arguments, const std::string& uri) {
    return run(virsh_command(std::move(arguments), uri));
}

Process virsh_in_background(std::vector<std::string> arguments, const std::filesystem::path& output) {
    return Process({virsh_command(std::move(arguments)), {}, output, output});
}

std::string secrets_of_libvirt(const std::string& uri) {
    const auto listed = virsh({"secret-list"}, uri);
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

void LibvirtGuest::make_volume(const std::filesystem::path& file, const std::string& line) {
    const TempDir dir;
    write_file(dir / "key", key());
    must(run({project_file("tests/rig/volume"), file, dir / "key", line}), "making an encrypted volume");
}

LibvirtGuest::LibvirtGuest(std::string name, GuestTraits traits)
    : name_(std::move(name)), uuid_(uuid_of("guest " + name_)), volume_(uuid_of("volume " + name_)),
      traits_(std::move(traits)) {
    make_disk();
    write_file(file("guest.xml"), domain_xml());
    if (traits_.defined)
        define();
}

LibvirtGuest::~LibvirtGuest() {
    (void)destroy();
    (void)virsh({"undefine", name_, "--managed-save", "--snapshots-metadata"});
    std::error_code ignored;
    std::filesystem::remove(disk(), ignored);
}

std::string LibvirtGuest::disk() const {
    return traits_.folder.empty() ? file("disk").string() : traits_.folder + "/" + name_;
}

void LibvirtGuest::make_disk() const {
    if (traits_.disk == Disk::Encrypted)
        make_encrypted_volume(disk());
    if (traits_.disk != Disk::Plain)
        return;
    write_file(file("key"), key());
    must(run({"qemu-img", "convert", "--object", "secret,id=key,file=" + file("key").string(), "--image-opts",
              "driver=qcow2,encrypt.key-secret=key,file.filename=" + master_disk().string(), "-O", "qcow2", disk()}),
         "decrypting a volume");
}

void LibvirtGuest::define() const {
    must(virsh({"define", file("guest.xml")}), "defining guest " + name_);
}

Finished LibvirtGuest::create() const {
    return virsh({"create", file("guest.xml")});
}

void LibvirtGuest::define_with_raw_disk() const {
    auto xml = domain_xml();
    replace(xml, "type='qcow2'", "type='raw'");
    write_file(file("guest.xml"), xml);
    define();
}

void LibvirtGuest::fill_disk(const std::string& format, const std::string& key_file) const {
    must(run({project_file("tests/rig/fill"), disk(), format, key_file, kLine}), "writing the guest into its disk");
}

std::string LibvirtGuest::domain_xml() const {
    auto xml = read_file(project_file("tests/rig/guest.xml"));
    if (traits_.disk == Disk::Plain)
        cut(xml, "<encryption ", "</source>");
    if (traits_.disk == Disk::None)
        cut(xml, "<disk ", "<serial ");
    if (traits_.panics)
        replace(xml, "<memballoon ", "<panic model='isa'/>\n    <memballoon ");
    replace(xml, "@NAME@", name_);
    replace(xml, "@GUEST@", uuid_);
    replace(xml, "@DISK@", disk());
    replace(xml, "@VOLUME@", volume_);
    replace(xml, "@SERIAL@", file("serial"));
    return xml;
}

Process LibvirtGuest::start_in_background() const {
    return virsh_in_background({"start", name_}, file("virsh"));
}

std::string LibvirtGuest::state() const {
    const auto state = virsh({"domstate", name_}).output;
    return state.substr(0, state.find('\n'));
}

// QEMU truncates the file at each start.
bool LibvirtGuest::boots(int times) const {
    return wait_until([&] {
        const auto written = std::filesystem::exists(file("serial")) ? read_file(file("serial")) : "";
        int found = 0;
        for (auto at = written.find(kLine); at != std::string::npos; at = written.find(kLine, at + 1))
            ++found;
        return found >= times;
    });
}

pid_t LibvirtGuest::qemu() const {
    return std::stoi(read_file("/run/libvirt/qemu/" + name_ + ".pid"));
}

} // namespace guestkeyd::test
