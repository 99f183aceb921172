// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace guestkeyd::test {

// Uses up root's quota of key bytes in the kernel, but for some, as long as it lives.
class QuotaFiller {
  public:
    explicit QuotaFiller(std::size_t bytes_left);
    QuotaFiller(const QuotaFiller&) = delete;
    QuotaFiller& operator=(const QuotaFiller&) = delete;
    ~QuotaFiller();

  private:
    std::int32_t ring_;
};

} // namespace guestkeyd::test
