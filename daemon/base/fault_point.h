// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace guestkeyd {

// Where tests kill the agent, to see that it leaves nothing half done. They are in builds with the meson option
// fault_points only, which are not installed; of other builds' programs they are no part.
inline constexpr std::array<std::string_view, 21> kFaultPoints{
    // one key in the kernel
    "ring-made", "key-linked", "payload-updated", "timeout-set", "key-revoked", "key-unlinked",
    // a push of keys, a renewal of their lease
    "attach-begun", "attach-key-staged", "attach-record-written", "attach-superseded-wiped", "attach-done",
    "renew-record-written",
    // a wipe of some keys of a guest, or of all
    "wipe-begun", "purge-marked", "wipe-done",
    // a secret in libvirt
    "publish-begun", "publish-defined", "publish-value-set", "publish-answered", "withdraw-begun",
    "withdraw-undefined"};

// One of kFaultPoints, by its name.
class FaultPoint {
  public:
    consteval FaultPoint(const char* name) // NOLINT(google-explicit-constructor): its name stands for it
        : index_(index_of(name)) {}
    [[nodiscard]] constexpr std::string_view name() const { return kFaultPoints.at(index_); }

  private:
    static constexpr std::size_t index_of(std::string_view name) {
        const auto* const found = std::find(kFaultPoints.begin(), kFaultPoints.end(), name);
        return found == kFaultPoints.end() ? throw "not in kFaultPoints" : std::size_t(found - kFaultPoints.begin());
    }
    std::size_t index_;
};

#if GUESTKEYD_FAULT_POINTS
// Kills this process if the file that is named by $GUESTKEYD_FAULTS says "die POINT HIT NUMBER", and the point has been
// reached HIT times since it says so; another NUMBER starts the count anew.
void fault_point(FaultPoint point);
// Whether the file says "drop-events".
bool fault_drops_event();
#else
[[gnu::always_inline]] inline void fault_point(FaultPoint /*point*/) {}
[[gnu::always_inline]] constexpr bool fault_drops_event() {
    return false;
}
#endif

} // namespace guestkeyd
