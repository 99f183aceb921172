// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/openssl_handles.h"

#include "base/error.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

namespace guestkeyd {

void check_openssl(bool done, const std::string& doing) {
    if (done)
        return;
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    throw Failure(ErrorCode::Internal, doing + ": " + (reason ? reason : "OpenSSL gives no reason"));
}

void use_secure_heap() {
    constexpr std::size_t kHeapBytes = 64 * 1024;
    constexpr std::size_t kSmallestBlock = 32;
    constexpr int kProtected = 1;
    static const bool ready =
        CRYPTO_secure_malloc_initialized() != 0 || CRYPTO_secure_malloc_init(kHeapBytes, kSmallestBlock) == kProtected;
    if (!ready)
        throw Failure(ErrorCode::LimitsExceeded, "cannot lock memory to hold the private key of this host; raise "
                                                 "RLIMIT_MEMLOCK (LimitMEMLOCK= of the unit)");
}

OpensslPtr<BIO> reader_of(std::string_view text) {
    OpensslPtr<BIO> reader(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    check_openssl(reader != nullptr, "read from memory");
    return reader;
}

int no_passphrase(char*, int, int, void*) {
    return -1;
}

} // namespace guestkeyd
