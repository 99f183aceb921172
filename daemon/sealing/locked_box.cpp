// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/locked_box.h"

#include "base/error.h"
#include "sealing/openssl_handles.h"

#include <algorithm>
#include <cerrno>
#include <sys/random.h>

namespace guestkeyd {

namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

void fill_with_random(char* memory, std::size_t bytes) {
    while (bytes > 0) {
        const auto got = getrandom(memory, bytes, 0);
        if (got < 0 && errno != EINTR)
            throw_errno(errno, "get random bytes from the kernel");
        if (got > 0) {
            memory += got;
            bytes -= static_cast<std::size_t>(got);
        }
    }
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::span<char> memory) {
    return reinterpret_cast<unsigned char*>(memory.data());
}

int length_of(std::size_t bytes) {
    constexpr std::size_t kMost = 1U << 30U;
    if (bytes > kMost)
        throw Failure(ErrorCode::LimitsExceeded, "more than 1 GiB cannot be locked at once");
    return static_cast<int>(bytes);
}

void require_box_key(const SecretBuffer& key) {
    if (key.size() != kBoxKeyBytes)
        throw Failure(ErrorCode::Internal, "a key to lock with is not of 256 bits");
}

} // namespace

SecretBuffer random_secret(std::size_t bytes) {
    SecretBuffer secret(bytes);
    fill_with_random(secret.room().data(), bytes);
    secret.grow(bytes);
    return secret;
}

Bytes random_bytes(std::size_t bytes) {
    Bytes random(bytes);
    fill_with_random(reinterpret_cast<char*>(random.data()), bytes);
    return random;
}

Bytes lock_box(const SecretBuffer& key, std::string_view place, std::string_view content) {
    require_box_key(key);
    auto box = random_bytes(kNonceBytes);
    box.resize(kNonceBytes + content.size() + kTagBytes);
    auto* const sealed = box.data() + kNonceBytes;
    const OpensslPtr<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
    int length = 0;
    check_openssl(
        context &&
            EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.view()), box.data()) == 1 &&
            EVP_EncryptUpdate(context.get(), nullptr, &length, bytes_of(place), length_of(place.size())) == 1 &&
            EVP_EncryptUpdate(context.get(), sealed, &length, bytes_of(content), length_of(content.size())) == 1 &&
            EVP_EncryptFinal_ex(context.get(), sealed + length, &length) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, sealed + content.size()) == 1,
        "encrypt with AES-256-GCM");
    return box;
}

std::optional<SecretBuffer> open_box(const SecretBuffer& key, std::string_view place,
                                     std::span<const std::uint8_t> box) {
    require_box_key(key);
    if (box.size() < kNonceBytes + kTagBytes)
        return std::nullopt;
    const auto sealed = box.subspan(kNonceBytes, box.size() - kNonceBytes - kTagBytes);
    Bytes tag(box.end() - kTagBytes, box.end());
    SecretBuffer content(std::max<std::size_t>(sealed.size(), 1));
    const OpensslPtr<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
    int length = 0;
    check_openssl(
        context &&
            EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.view()), box.data()) == 1 &&
            EVP_DecryptUpdate(context.get(), nullptr, &length, bytes_of(place), length_of(place.size())) == 1 &&
            EVP_DecryptUpdate(context.get(), bytes_of(content.room()), &length, sealed.data(),
                              length_of(sealed.size())) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1,
        "decrypt with AES-256-GCM");
    if (EVP_DecryptFinal_ex(context.get(), nullptr, &length) != 1)
        return std::nullopt;
    content.grow(sealed.size());
    return content;
}

SecretBuffer derive_key(const SecretBuffer& passphrase, std::span<const std::uint8_t> salt, const ScryptCost& cost) {
    constexpr std::uint64_t kMostMemory = 1U << 30U;
    SecretBuffer key(kBoxKeyBytes);
    if (EVP_PBE_scrypt(passphrase.view().data(), passphrase.size(), salt.data(), salt.size(), cost.cost, cost.block,
                       cost.parallel, kMostMemory, bytes_of(key.room()), kBoxKeyBytes) != 1)
        throw Failure(ErrorCode::InvalidArgs, "a key cannot be made of the passphrase: the cost that the file names is "
                                              "none, or beyond 1 GiB of memory");
    key.grow(kBoxKeyBytes);
    return key;
}

} // namespace guestkeyd
