// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <cstdint>
#include <string>

namespace guestkeyd {

enum class Access { Read, Write, WriteInUse };

// A regular file or block device that is there, opened once; what it is and where does not change under us.
class Volume {
  public:
    // NoSuchVolume if it is not there, Unsupported if it is neither. Busy for Access::Write, if it is a block device
    // that is mounted, mapped or otherwise held, or a file that a loop device stands on; Access::WriteInUse is for who
    // knows by whom it is held.
    Volume(const std::string& path, Access access);

    [[nodiscard]] bool is_block_device() const { return block_device_; }
    [[nodiscard]] const UniqueFd& fd() const { return fd_; }
    [[nodiscard]] const std::string& path() const { return path_; }   // without symbolic links
    [[nodiscard]] const std::string& title() const { return title_; } // "volume '/path/as/given'"
    [[nodiscard]] std::uint64_t size() const;                         // bytes, now
    [[nodiscard]] std::string number() const;                         // of a block device, "MAJOR:MINOR"
    // Itself, or for a file the loop device that stands on it; empty if there is none.
    [[nodiscard]] std::string block_device() const;

    // What the file would need of its file system's free space if it had no holes; 0 for block devices.
    [[nodiscard]] std::uint64_t bytes_in_holes() const;

  private:
    std::string title_;
    std::string path_;
    UniqueFd fd_;
    bool block_device_ = false;
};

std::string volume_title(const std::string& path);

// LimitsExceeded, with both figures, if the file system that the file is on has less than needed; doing says what for.
void check_space(const UniqueFd& file, std::uint64_t needed, const std::string& doing);

} // namespace guestkeyd
