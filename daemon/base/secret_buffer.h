// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace guestkeyd {

// Memory for keys: locked, left out of core dumps, empty in forked children, wiped when released (mlock(2),
// madvise(2)). Of fixed capacity, so that no copy is left behind by growing.
class SecretBuffer {
  public:
    SecretBuffer() = default;
    // LimitsExceeded when the memory cannot be locked (RLIMIT_MEMLOCK).
    explicit SecretBuffer(std::size_t capacity);
    SecretBuffer(SecretBuffer&& other) noexcept;
    SecretBuffer& operator=(SecretBuffer&& other) noexcept;
    SecretBuffer(const SecretBuffer&) = delete;
    SecretBuffer& operator=(const SecretBuffer&) = delete;
    ~SecretBuffer();

    static SecretBuffer copy_of(std::string_view text);

    [[nodiscard]] std::string_view view() const { return {data_, size_}; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    // The memory behind the content, for a reader to fill; grow() then makes that many bytes of it content.
    [[nodiscard]] std::span<char> room() { return {data_ + size_, capacity_ - size_}; }
    void grow(std::size_t bytes);
    void append(std::string_view text);

  private:
    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace guestkeyd
