// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/qcow2_header.h"

#include "base/error.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace guestkeyd {

namespace {

constexpr std::string_view kMagic = "QFI\xfb";
constexpr std::size_t kVersion2Length = 72;
constexpr std::size_t kMaxHead = 64 * 1024; // header and its extensions, which QEMU writes into the first cluster
constexpr std::uint32_t kLuksMethod = 2;
constexpr std::uint32_t kLuksExtension = 0x0537be77;
constexpr std::uint32_t kLuksPointerLength = 16;
constexpr std::uint64_t kExternalDataFile = 4; // among the incompatible features
constexpr std::uint64_t kBitmaps = 1;          // among the autoclear features
constexpr std::uint64_t kMaxLuksHeader = 8 * 1024 * 1024;

[[noreturn]] void damaged(const std::string& title) {
    throw Failure(ErrorCode::NotLuks, title + " has a damaged qcow2 header");
}

// As much of that range as the file has.
std::string read_at(const UniqueFd& file, std::uint64_t offset, std::size_t length, const std::string& title) {
    std::string bytes(length, '\0');
    const auto n = pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0)
        throw_errno(errno, "read " + title);
    bytes.resize(static_cast<std::size_t>(n));
    return bytes;
}

// Big-endian numbers at places that a hostile header may have chosen.
class Head {
  public:
    Head(std::string bytes, const std::string& title) : bytes_(std::move(bytes)), title_(title) {}

    [[nodiscard]] std::uint64_t number(std::uint64_t offset, std::size_t size) const {
        if (offset > bytes_.size() || size > bytes_.size() - offset)
            damaged(title_);
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value = value << 8 | static_cast<std::uint8_t>(bytes_[offset + i]);
        return value;
    }
    [[nodiscard]] std::uint32_t u32(std::uint64_t offset) const {
        return static_cast<std::uint32_t>(number(offset, 4));
    }
    [[nodiscard]] std::uint64_t u64(std::uint64_t offset) const { return number(offset, 8); }

  private:
    std::string bytes_;
    const std::string& title_;
};

void find_luks(const Head& head, std::uint64_t at, Qcow2Header& header) {
    constexpr std::uint32_t kEnd = 0;
    for (auto type = head.u32(at); type != kEnd; type = head.u32(at)) {
        if (type == kLuksExtension && head.u32(at + 4) == kLuksPointerLength) {
            header.luks_offset = head.u64(at + 8);
            header.luks_length = head.u64(at + 16);
            return;
        }
        constexpr std::uint64_t kAlignment = 8;
        at += 8 + (head.u32(at + 4) + kAlignment - 1) / kAlignment * kAlignment;
    }
}

Qcow2Header parse(const Head& head, const std::string& title) {
    const auto version = head.u32(4);
    const auto cluster_bits = head.u32(20);
    if ((version != 2 && version != 3) || cluster_bits < 9 || cluster_bits > 21)
        damaged(title);
    if (head.u32(32) != kLuksMethod)
        throw Failure(ErrorCode::NotLuks, title + " is a qcow2 image that is not encrypted with LUKS");
    Qcow2Header header;
    header.capacity = head.u64(24);
    header.cluster_size = std::uint64_t{1} << cluster_bits;
    header.has_backing_file = head.u64(8) != 0;
    header.has_snapshots = head.u32(60) != 0;
    if (version == 3) {
        header.has_data_file = (head.u64(72) & kExternalDataFile) != 0;
        header.has_bitmaps = (head.u64(88) & kBitmaps) != 0;
    }
    find_luks(head, version == 3 ? head.u32(100) : kVersion2Length, header);
    if (header.luks_offset == 0 || header.luks_length == 0 || header.luks_length > kMaxLuksHeader)
        damaged(title);
    return header;
}

} // namespace

std::optional<Qcow2Header> read_qcow2_header(const UniqueFd& image, const std::string& title) {
    auto bytes = read_at(image, 0, kMaxHead, title);
    if (!bytes.starts_with(kMagic))
        return std::nullopt;
    return parse(Head(std::move(bytes), title), title);
}

UniqueFd copy_luks_header(const UniqueFd& image, const Qcow2Header& header, const std::string& title) {
    const auto bytes = read_at(image, header.luks_offset, header.luks_length, title);
    UniqueFd copy(memfd_create("luks-header", MFD_CLOEXEC));
    if (!copy || write(copy.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        throw_errno(errno, "copy the LUKS header of " + title);
    return copy;
}

} // namespace guestkeyd
