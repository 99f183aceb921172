// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/luks_content.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <libcryptsetup.h>
#include <memory>
#include <openssl/evp.h>
#include <unistd.h>
#include <vector>

namespace guestkeyd::test {

namespace {

constexpr std::size_t kChunk = 1024 * 1024;

struct FreeDevice {
    void operator()(crypt_device* device) const { crypt_free(device); }
};
struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

void require(bool held, const std::string& what) {
    if (!held)
        throw Failure(ErrorCode::Internal, "cannot " + what);
}

UniqueFd open_file(const std::filesystem::path& file, int flags) {
    UniqueFd fd(open(file.c_str(), flags | O_CLOEXEC));
    require(static_cast<bool>(fd), "open " + file.string());
    return fd;
}

// AES-XTS of one sector, whose number in units of 512 bytes is its tweak.
class SectorCipher {
  public:
    enum Direction { Decrypt = 0, Encrypt = 1 };

    SectorCipher(const std::string& key, Direction direction)
        : key_(key), direction_(direction), context_(EVP_CIPHER_CTX_new()) {}

    void apply(std::uint64_t sector, char* bytes, std::size_t size) {
        std::array<unsigned char, 16> tweak{};
        std::memcpy(tweak.data(), &sector, sizeof(sector)); // little-endian, as plain64 is
        auto* data = reinterpret_cast<unsigned char*>(bytes);
        int done = 0;
        const auto* cipher = key_.size() == 64 ? EVP_aes_256_xts() : EVP_aes_128_xts();
        require(EVP_CipherInit_ex(context_.get(), cipher, nullptr, reinterpret_cast<const unsigned char*>(key_.data()),
                                  tweak.data(), direction_) == 1 &&
                    EVP_CipherUpdate(context_.get(), data, &done, data, static_cast<int>(size)) == 1,
                "encrypt or decrypt a sector");
    }

  private:
    const std::string& key_;
    Direction direction_;
    std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context_;
};

void write_text(std::uint64_t sector, char* bytes, std::size_t size) {
    std::uint64_t state = sector * 0x9E3779B97F4A7C15U + 1;
    for (std::size_t i = 0; i < size; i += sizeof(state)) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        std::memcpy(bytes + i, &state, sizeof(state));
    }
}

} // namespace

LuksContent::LuksContent(std::filesystem::path file, const std::string& key)
    : file_(std::move(file)), volume_key_(64, '\0') {
    crypt_device* raw = nullptr;
    require(crypt_init(&raw, file_.c_str()) == 0 && crypt_load(raw, nullptr, nullptr) == 0,
            "read the header of " + file_.string());
    const std::unique_ptr<crypt_device, FreeDevice> device(raw);
    auto size = volume_key_.size();
    require(crypt_volume_key_get(raw, CRYPT_ANY_SLOT, volume_key_.data(), &size, key.data(), key.size()) >= 0,
            "open " + file_.string());
    volume_key_.resize(size);
    offset_ = crypt_get_data_offset(raw) * 512;
    sector_size_ = static_cast<std::uint32_t>(crypt_get_sector_size(raw));
}

std::uint64_t LuksContent::bytes() const {
    return std::filesystem::file_size(file_) - offset_;
}

std::string LuksContent::fingerprint() const {
    std::array<unsigned char, 32> digest{};
    require(EVP_Digest(volume_key_.data(), volume_key_.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1,
            "hash a key");
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

void LuksContent::fill() const {
    const auto fd = open_file(file_, O_WRONLY);
    SectorCipher cipher(volume_key_, SectorCipher::Encrypt);
    std::vector<char> chunk(kChunk);
    for (std::uint64_t at = 0; at < bytes(); at += kChunk) {
        for (std::size_t i = 0; i < kChunk; i += sector_size_) {
            write_text((at + i) / sector_size_, chunk.data() + i, sector_size_);
            cipher.apply((at + i) / 512, chunk.data() + i, sector_size_);
        }
        const auto length = std::min<std::uint64_t>(kChunk, bytes() - at);
        require(pwrite(fd.get(), chunk.data(), length, static_cast<off_t>(offset_ + at)) ==
                    static_cast<ssize_t>(length),
                "write " + file_.string());
    }
}

std::uint64_t LuksContent::bad_sectors() const {
    const auto fd = open_file(file_, O_RDONLY);
    SectorCipher cipher(volume_key_, SectorCipher::Decrypt);
    std::vector<char> chunk(kChunk);
    std::vector<char> expected(sector_size_);
    std::uint64_t bad = 0;
    for (std::uint64_t at = 0; at < bytes(); at += kChunk) {
        const auto n = pread(fd.get(), chunk.data(), chunk.size(), static_cast<off_t>(offset_ + at));
        require(n > 0, "read " + file_.string());
        for (std::size_t i = 0; i < static_cast<std::size_t>(n); i += sector_size_) {
            write_text((at + i) / sector_size_, expected.data(), sector_size_);
            cipher.apply((at + i) / 512, chunk.data() + i, sector_size_);
            bad += std::memcmp(expected.data(), chunk.data() + i, sector_size_) == 0 ? 0 : 1;
        }
    }
    return bad;
}

} // namespace guestkeyd::test
