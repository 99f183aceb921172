// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "luks/volume.h"

#include <string>

namespace guestkeyd {

// A file that is made beside its place, under a hidden name, and takes it at once and whole, or never: it goes with
// this object unless it was put in place. What a killed worker left under that name is removed by the next.
class ReplacementFile {
  public:
    // path is where the file is to be, without symbolic links but maybe in its last part. Busy if another worker is
    // about to put one there.
    explicit ReplacementFile(const std::string& path);
    ReplacementFile(const ReplacementFile&) = delete;
    ReplacementFile& operator=(const ReplacementFile&) = delete;
    ~ReplacementFile();

    [[nodiscard]] const UniqueFd& fd() const { return fd_; }
    [[nodiscard]] const std::string& path() const { return path_; } // the hidden one

    // Owner, mode and extended attributes, which hold ACLs and SELinux' label.
    void take_attributes_of(const Volume& old);

    // Both last beyond a power loss: first the content reaches the disk, then the name.
    void put_in_new_place();         // Busy if there is a file by now
    void replace(const Volume& old); // Busy if it is not there any more

  private:
    void create(const std::string& hidden);
    void remove_leftover(const std::string& hidden);
    void lock();
    void sync_folder();

    std::string place_;
    std::string folder_;
    std::string path_; // empty once it is in place
    UniqueFd fd_;
};

} // namespace guestkeyd
