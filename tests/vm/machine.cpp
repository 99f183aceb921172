// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vm/machine.h"

#include "base/error.h"
#include "vm/payload.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace guestkeyd::test {

namespace {

std::pair<UniqueFd, UniqueFd> socket_pair(int type) {
    int fds[2];
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0)
        throw_errno(errno, "make a pair of sockets");
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// QEMU is told of a descriptor by its number.
std::string number(int fd) {
    return std::to_string(fd);
}

// What a machine writes beyond a disk that others have as well goes there.
void make_overlay(const Nameless& file, const std::filesystem::path& disk) {
    const auto format = disk.extension() == ".qcow2" ? "qcow2" : "raw";
    Process process({.arguments = {"qemu-img", "create", "-q", "-f", "qcow2", "-F", format, "-b", disk, file.path()},
                     .descriptors = {file.fd()}});
    if (process.wait() != 0)
        throw Failure(ErrorCode::Internal, "qemu-img can make no disk on top of " + disk.string());
}

} // namespace

Nameless::Nameless(std::uintmax_t size) {
    char name[] = "/var/tmp/guestkeyd-vm.XXXXXX";
    fd_ = UniqueFd(mkostemp(name, O_CLOEXEC));
    if (!fd_ || unlink(name) != 0 || ftruncate(fd_.get(), static_cast<off_t>(size)) != 0)
        throw_errno(errno, "make a file in /var/tmp");
}

std::pair<CableEnd, CableEnd> make_cable() {
    auto ends = socket_pair(SOCK_DGRAM);
    return {std::make_shared<UniqueFd>(std::move(ends.first)), std::make_shared<UniqueFd>(std::move(ends.second))};
}

Machine::Machine(MachineTraits traits, const std::filesystem::path& disk, Disk payload, std::filesystem::path log)
    : traits_(std::move(traits)), payload_(std::move(payload)), log_(std::move(log)) {
    make_overlay(root_, disk);
    for (const auto* const kind : {".console", ".qemu"})
        std::filesystem::remove(log_.string() + kind);
    for (const auto size : traits_.disks)
        disks_.push_back(std::make_shared<Nameless>(size));
}

void Machine::copy_disk(const std::filesystem::path& file) const {
    std::filesystem::copy_file(root_.path(), file);
}

void Machine::switch_on() {
    auto monitor = socket_pair(SOCK_STREAM);
    auto agent = socket_pair(SOCK_STREAM);
    auto arguments = computer();
    for (const auto& part : {disks(), network()})
        arguments.insert(arguments.end(), part.begin(), part.end());
    const std::pair<std::string, int> channels[] = {{"monitor", monitor.second.get()}, {"agent", agent.second.get()}};
    for (const auto& [name, fd] : channels)
        arguments.insert(arguments.end(), {"-chardev", "socket,id=" + name + ",fd=" + number(fd)});
    arguments.insert(arguments.end(), {"-mon", "chardev=monitor,mode=control", "-device", "virtio-serial-pci",
                                       "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"});
    auto inherited = descriptors();
    inherited.insert(inherited.end(), {monitor.second.get(), agent.second.get()});
    qemu_ = std::make_unique<Qemu>(
        Qemu{Process({.arguments = arguments, .error = log_.string() + ".qemu", .descriptors = inherited}),
             JsonChannel(std::move(monitor.first)), GuestAgent(std::move(agent.first))});
    qemu_->monitor.call("qmp_capabilities");
}

void Machine::switch_off() {
    qemu_->process.end(SIGKILL);
}

void Machine::wait_until_off(std::chrono::milliseconds patience) {
    qemu_->process.wait(patience);
}

std::string Machine::address() const {
    return number(traits_.name - 'a' + 1);
}

// Without KVM, which not every machine has: so tests are as slow everywhere. A processor of the most features has AMD's
// virtualization as well, so guests of a host can use KVM.
Machine::Arguments Machine::computer() const {
    const auto last_byte = "0" + address();
    const auto kernel = "root=/dev/nvme0n1 rw console=ttyS0 quiet net.ifnames=0 systemd.hostname=" + name() +
                        " systemd.machine_id=5a7c0b1e9d3f4c2a8b6d1e0f7a9c3b" + last_byte;
    return {"qemu-system-x86_64",
            "-name",
            "guestkeyd-test-" + name(),
            "-nodefaults",
            "-no-user-config",
            "-no-reboot",
            "-display",
            "none",
            "-machine",
            "q35,accel=tcg",
            "-cpu",
            "max,la57=off",
            "-smp",
            number(traits_.processors),
            "-m",
            number(traits_.memory_mib),
            "-uuid",
            "5a7c0b1e-9d3f-4c2a-8b6d-1e0f7a9c3b" + last_byte,
            "-kernel",
            in_image("vmlinuz"),
            "-append",
            kernel,
            "-chardev",
            "file,id=console,append=on,path=" + log_.string() + ".console",
            "-serial",
            "chardev:console",
            "-device",
            "virtio-rng-pci"};
}

// The root's is NVMe, which the kernel finds by itself.
Machine::Arguments Machine::disks() const {
    const std::string cached = "cache=unsafe,discard=unmap,file=";
    Arguments all{"-drive", "if=none,id=root,format=qcow2," + cached + root_.path(), "-device",
                  "nvme,drive=root,serial=root"};
    const auto add = [&all](const std::string& name, const std::string& drive, const std::string& device) {
        all.insert(all.end(), {"-drive", "if=none,format=raw,id=" + name + "," + drive, "-device",
                               "virtio-blk-pci,drive=" + name + ",serial=" + name + device});
    };
    add("payload", "readonly=on,file=" + payload_->path(), "");
    for (std::size_t i = 0; i < disks_.size(); ++i)
        add("disk" + std::to_string(i), cached + disks_[i]->path(), "");
    for (std::size_t i = 0; i < traits_.shared_disks.size(); ++i)
        add("shared" + std::to_string(i), "file.locking=off,file=" + traits_.shared_disks[i]->path(), ",share-rw=on");
    return all;
}

// A hub in the host, which all its cables go to: with the host, they are off.
Machine::Arguments Machine::network() const {
    Arguments all;
    if (traits_.cables.empty())
        return all;
    const auto plug_in = [&all](const std::string& port, const std::string& into) {
        all.insert(all.end(), {"-netdev", "hubport,hubid=0,id=" + port + into});
    };
    plug_in("port", "");
    all.insert(all.end(), {"-device", "virtio-net-pci,netdev=port,mac=52:54:00:77:00:0" + address()});
    for (const auto& cable : traits_.cables) {
        const auto fd = number(cable->get());
        all.insert(all.end(), {"-netdev", "dgram,id=cable" + fd + ",local.type=fd,local.str=" + fd});
        plug_in("port" + fd, ",netdev=cable" + fd);
    }
    return all;
}

std::vector<int> Machine::descriptors() const {
    std::vector<int> all{root_.fd(), payload_->fd()};
    for (const auto& list : {disks_, traits_.shared_disks})
        for (const auto& disk : list)
            all.push_back(disk->fd());
    for (const auto& cable : traits_.cables)
        all.push_back(cable->get());
    return all;
}

} // namespace guestkeyd::test
