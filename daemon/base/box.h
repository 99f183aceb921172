// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <utility>

namespace guestkeyd {

// A value that is rarely there, and then lives on the heap: like std::optional, in the size of a pointer.
template <typename T> class Box {
  public:
    Box() = default;
    Box(T value) : value_(std::make_unique<T>(std::move(value))) {} // NOLINT: a value is a box of it
    Box(const Box& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
    Box(Box&&) noexcept = default;
    Box& operator=(Box other) noexcept {
        value_ = std::move(other.value_);
        return *this;
    }
    ~Box() = default;

    explicit operator bool() const { return value_ != nullptr; }
    const T& operator*() const { return *value_; }
    const T* operator->() const { return value_.get(); }
    bool operator==(const Box& other) const { return value_ && other ? *value_ == *other : !value_ && !other; }

  private:
    std::unique_ptr<T> value_;
};

} // namespace guestkeyd
