// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/luks2_header.h"

#include "base/error.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <openssl/evp.h>
#include <string>

namespace guestkeyd::test {

namespace {

// The binary header, in front of the JSON (LUKS2 On-Disk Format Specification, section 2.1).
constexpr std::size_t kBinarySize = 4096;
constexpr std::size_t kSizeAt = 8;
constexpr std::size_t kChecksumAt = 448;
constexpr std::size_t kChecksumSize = 64;

std::uint64_t big_endian(const std::string& bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(value); ++i)
        value = value << 8 | static_cast<std::uint8_t>(bytes.at(at + i));
    return value;
}

void forge(std::string& header, std::string_view text, std::string_view replacement) {
    auto json = header.substr(kBinarySize, header.find('\0', kBinarySize) - kBinarySize);
    const auto at = json.find(text);
    if (at == std::string::npos)
        throw Failure(ErrorCode::Internal, "the header does not say " + std::string(text) + ", but " + json);
    json.replace(at, text.size(), replacement);
    json.resize(header.size() - kBinarySize, '\0');
    header.replace(kBinarySize, json.size(), json);
    header.replace(kChecksumAt, kChecksumSize, kChecksumSize, '\0');
    std::array<unsigned char, 32> checksum{};
    EVP_Digest(header.data(), header.size(), checksum.data(), nullptr, EVP_sha256(), nullptr);
    header.replace(kChecksumAt, checksum.size(), reinterpret_cast<const char*>(checksum.data()), checksum.size());
}

} // namespace

void forge_luks2_header(const std::filesystem::path& file, std::string_view text, std::string_view replacement) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    std::string header(kBinarySize, '\0');
    stream.read(header.data(), static_cast<std::streamsize>(header.size()));
    header.resize(big_endian(header, kSizeAt));
    for (std::size_t copy = 0; copy < 2; ++copy) {
        const auto at = static_cast<std::streamoff>(copy * header.size());
        stream.seekg(at).read(header.data(), static_cast<std::streamsize>(header.size()));
        forge(header, text, replacement);
        stream.seekp(at).write(header.data(), static_cast<std::streamsize>(header.size()));
    }
    if (!stream.flush())
        throw Failure(ErrorCode::Internal, "cannot forge " + file.string());
}

} // namespace guestkeyd::test
