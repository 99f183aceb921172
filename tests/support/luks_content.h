// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace guestkeyd::test {

// The content of a luks1 or luks2 volume with aes-xts-plain64, encrypted and decrypted by ourselves: what a guest would
// write and read. libcryptsetup is asked for the volume key only.
class LuksContent {
  public:
    LuksContent(std::filesystem::path file, const std::string& key);

    // Writes a text of its own into each sector.
    void fill() const;
    // How many sectors do not hold the text that fill() wrote.
    [[nodiscard]] std::uint64_t bad_sectors() const;

    [[nodiscard]] std::uint64_t bytes() const;
    // Of the volume key; to tell whether it has changed.
    [[nodiscard]] std::string fingerprint() const;

  private:
    std::filesystem::path file_;
    std::string volume_key_;
    std::uint64_t offset_;
    std::uint32_t sector_size_;
};

} // namespace guestkeyd::test
