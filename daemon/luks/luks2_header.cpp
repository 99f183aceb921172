// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/luks2_header.h"

#include "base/error.h"
#include "sealing/sha256.h"

#include <cerrno>
#include <cstdint>
#include <unistd.h>

namespace guestkeyd {

namespace {

constexpr std::size_t kBinarySize = 4096; // in front of the JSON
constexpr std::size_t kSizeAt = 8;
constexpr std::size_t kSequenceAt = 16;
constexpr std::size_t kAlgorithmAt = 72;
constexpr std::size_t kChecksumAt = 448;
constexpr std::size_t kChecksumSize = 64;
constexpr std::uint64_t kMaxSize = 4 * 1024 * 1024;
constexpr std::string_view kMagic = "LUKS\xba\xbe";
constexpr std::string_view kSecondMagic = "SKUL\xba\xbe";

std::uint64_t number_at(const std::string& bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(value); ++i)
        value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    return value;
}

void set_number(std::string& bytes, std::size_t at, std::uint64_t value) {
    for (std::size_t i = sizeof(value); i > 0; --i, value >>= 8)
        bytes[at + i - 1] = static_cast<char>(value & 0xff);
}

std::string read_copy(const UniqueFd& volume, std::uint64_t at, std::size_t size, const std::string& title) {
    std::string bytes(size, '\0');
    const auto n = pread(volume.get(), bytes.data(), size, static_cast<off_t>(at));
    if (n != static_cast<ssize_t>(size))
        throw_errno(n < 0 ? errno : EIO, "read the header of " + title);
    return bytes;
}

std::string with_json(std::string header, std::string_view json) {
    set_number(header, kSequenceAt, number_at(header, kSequenceAt) + 1);
    header.resize(kBinarySize);
    header.append(json);
    return header;
}

// size: of the whole header, the rest of which is zero.
std::string sealed(std::string header, std::size_t size) {
    header.resize(size, '\0');
    header.replace(kChecksumAt, kChecksumSize, kChecksumSize, '\0');
    const auto checksum = sha256(header);
    header.replace(kChecksumAt, checksum.size(), checksum);
    return header;
}

} // namespace

void write_luks2_json(const UniqueFd& volume, std::string_view json, const std::string& title) {
    const auto first = read_copy(volume, 0, kBinarySize, title);
    const auto size = number_at(first, kSizeAt);
    const auto second = size > kMaxSize ? std::string() : read_copy(volume, size, kBinarySize, title);
    if (!first.starts_with(kMagic) || !second.starts_with(kSecondMagic) || size < kBinarySize + json.size() + 1 ||
        first.compare(kAlgorithmAt, 7, "sha256\0", 7) != 0)
        throw Failure(ErrorCode::Unsupported, title + " has a header that is not as cryptsetup makes it");
    std::uint64_t at = 0;
    for (const auto* copy : {&first, &second}) {
        const auto bytes = sealed(with_json(*copy, json), size);
        if (pwrite(volume.get(), bytes.data(), bytes.size(), static_cast<off_t>(at)) !=
                static_cast<ssize_t>(bytes.size()) ||
            fsync(volume.get()) < 0)
            throw_errno(errno, "write the header of " + title);
        at += size;
    }
}

} // namespace guestkeyd
