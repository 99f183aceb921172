// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/secret_buffer.h"

#include "base/error.h"

#include <cstring>
#include <sys/mman.h>
#include <utility>

namespace guestkeyd {

SecretBuffer::SecretBuffer(std::size_t capacity) : capacity_(capacity) {
    if (capacity == 0)
        return;
    void* memory = mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw Failure(ErrorCode::LimitsExceeded, "no memory left to hold keys; try again later");
    if (mlock(memory, capacity) < 0 || madvise(memory, capacity, MADV_DONTDUMP) < 0 ||
        madvise(memory, capacity, MADV_WIPEONFORK) < 0) {
        munmap(memory, capacity);
        throw Failure(ErrorCode::LimitsExceeded,
                      "cannot lock memory to hold keys; raise RLIMIT_MEMLOCK (LimitMEMLOCK= of the unit)");
    }
    data_ = static_cast<char*>(memory);
}

SecretBuffer::SecretBuffer(SecretBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

SecretBuffer& SecretBuffer::operator=(SecretBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
}

SecretBuffer::~SecretBuffer() {
    if (!data_)
        return;
    explicit_bzero(data_, capacity_);
    munmap(data_, capacity_);
}

SecretBuffer SecretBuffer::copy_of(std::string_view text) {
    SecretBuffer buffer(text.size());
    buffer.append(text);
    return buffer;
}

void SecretBuffer::grow(std::size_t bytes) {
    if (bytes > capacity_ - size_)
        throw Failure(ErrorCode::Internal, "a buffer for keys was filled beyond its end");
    size_ += bytes;
}

void SecretBuffer::append(std::string_view text) {
    if (text.empty())
        return;
    const auto target = room();
    if (text.size() > target.size())
        throw Failure(ErrorCode::Internal, "a buffer for keys is too small");
    std::memcpy(target.data(), text.data(), text.size());
    grow(text.size());
}

} // namespace guestkeyd
