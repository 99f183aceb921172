// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/sha256.h"

#include "base/error.h"

#include <array>
#include <openssl/evp.h>

namespace guestkeyd {

std::string sha256(std::string_view bytes) {
    std::array<unsigned char, 32> digest{};
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
        throw Failure(ErrorCode::Internal, "cannot compute a SHA-256");
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

} // namespace guestkeyd
