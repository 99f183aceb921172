// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/process.h"
#include "vm/guest_agent.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace guestkeyd::test {

// A file without a name, which goes with the last process that has it open, whatever ends that.
class Nameless {
  public:
    explicit Nameless(std::uintmax_t size = 0);
    [[nodiscard]] int fd() const { return fd_.get(); }
    // For this process and for those that inherit the descriptor.
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

  private:
    UniqueFd fd_;
};
using Disk = std::shared_ptr<const Nameless>;

using CableEnd = std::shared_ptr<const UniqueFd>;
// A network cable between two machines.
std::pair<CableEnd, CableEnd> make_cable();

struct MachineTraits {
    char name = 'a'; // a, b or c
    int processors = 2;
    int memory_mib = 1024;
    std::vector<std::uintmax_t> disks{}; // sizes of empty disks: /dev/disk/by-id/virtio-disk0, ...
    std::vector<Disk> shared_disks{};    // that other hosts have as well: /dev/disk/by-id/virtio-shared0, ...
    std::vector<CableEnd> cables{};
};

// A computer that can be switched on and off, with QEMU in its place; its disks stay.
class Machine {
  public:
    // Its first disk begins as a copy of that one, which is not written to. Its console and QEMU's complaints go to the
    // files LOG.console and LOG.qemu.
    Machine(MachineTraits traits, const std::filesystem::path& disk, Disk payload, std::filesystem::path log);

    [[nodiscard]] std::string name() const { return std::string(1, traits_.name); }
    [[nodiscard]] const std::filesystem::path& log() const { return log_; }
    // Copies its first disk, or what of it differs from what it began as, to a file in QEMU's format qcow2.
    void copy_disk(const std::filesystem::path& file) const;
    void switch_on();
    void switch_off();
    // Until the system in it has switched it off.
    void wait_until_off(std::chrono::milliseconds patience);
    [[nodiscard]] bool is_on() { return qemu_ && qemu_->process.running(); }
    GuestAgent& guest_agent() { return qemu_->guest_agent; }
    JsonChannel& monitor() { return qemu_->monitor; }

  private:
    struct Qemu {
        Process process;
        JsonChannel monitor;
        GuestAgent guest_agent;
    };
    using Arguments = std::vector<std::string>;
    [[nodiscard]] std::string address() const;
    [[nodiscard]] Arguments computer() const;
    [[nodiscard]] Arguments disks() const;
    [[nodiscard]] Arguments network() const;
    [[nodiscard]] std::vector<int> descriptors() const;

    MachineTraits traits_;
    Disk payload_;
    std::filesystem::path log_;
    Nameless root_;
    std::vector<Disk> disks_;
    std::unique_ptr<Qemu> qemu_;
};

} // namespace guestkeyd::test
