// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace guestkeyd {

// What an argument of a system call has to be; index counts from 0.
struct ArgumentIs {
    enum Relation { Equal, AtMost, WithBits, WithoutBits } relation;
    unsigned index;
    std::uint64_t value;
};

// What this process, and those that it starts, can ask of the kernel from load() on, for ever (seccomp(2)). A call
// that is not allowed fails with EPERM rather than kill, so that a library that tries a new one can do without.
class SystemCallFilter {
  public:
    SystemCallFilter();

    // Throws Failure for a name that libseccomp does not know.
    void allow(std::initializer_list<std::string_view> calls);
    void allow(std::string_view call, ArgumentIs condition);
    // Fails with ENOSYS, as on an older kernel, so that the C library takes another call in its stead.
    void pretend_absent(std::string_view call);
    void load();

  private:
    struct Release {
        void operator()(void* filter) const;
    };
    std::unique_ptr<void, Release> filter_;
};

} // namespace guestkeyd
