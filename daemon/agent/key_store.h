// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/guest.h"

#include <functional>
#include <map>
#include <string_view>
#include <vector>

namespace guestkeyd {

struct AttachRequest {
    GuestId guest;
    std::vector<VolumeId> volumes;
    std::vector<VolumeAttributes> attributes; // of the volume at the same place
    bool exclusive = false;
    // What is not given stays as it is.
    std::optional<std::string> name;
    std::optional<std::uint64_t> generation;
    std::optional<WipeOn> wipe_on;
    std::optional<std::uint64_t> lease;           // seconds
    std::optional<std::uint64_t> expected_within; // seconds
};

struct StoreLimits {
    std::size_t guests;
    std::size_t keys_per_guest;
    std::uint64_t expected_within; // seconds, for guests that do not say
};

// The guests and their keys. What is in memory is an index of what is in the kernel: each change is made there first,
// in an order that leaves something whole behind if the agent dies in the middle.
class KeyStore {
  public:
    // Told after the change. A guest's last news is removed.
    struct News {
        std::function<void(const Guest&)> added;
        std::function<void(const Guest&)> changed;
        std::function<void(GuestId)> removed;
        std::function<void(GuestId, const std::vector<VolumeId>&, const PurgeCause&)> purged;
    };

    // Rebuilds the index from the keyring, wiping what a crash left half done. Without news.
    KeyStore(KernelKeyring& keyring, StoreLimits limits);

    void tell(News news) { news_ = std::move(news); }
    // Asked for the state of a guest whose first key arrives.
    void ask_states(std::function<GuestState(GuestId)> state_of) { state_of_ = std::move(state_of); }

    [[nodiscard]] const Guest* find(GuestId guest) const;
    // NoSuchGuest.
    [[nodiscard]] const Guest& get(GuestId guest) const;
    [[nodiscard]] const std::map<GuestId, Guest>& guests() const { return guests_; }
    [[nodiscard]] std::size_t key_count() const { return key_count_; }
    [[nodiscard]] SecretBuffer read(const AttachedVolume& volume) const { return keyring_.read(volume.key); }

    // All keys or, when it throws, none: keys[i] belongs to request.volumes[i]. LimitsExceeded, StaleGeneration.
    void attach(const AttachRequest& request, const std::vector<std::string_view>& keys);

    // Wipes; returns how many keys. NoSuchGuest, NoSuchVolume (then nothing is wiped), PurgeFailed (the rest is wiped).
    std::size_t detach(GuestId guest, const std::vector<VolumeId>& volumes, const PurgeCause& cause);
    std::size_t purge_guest(GuestId guest, const PurgeCause& cause);
    std::size_t purge_all(const PurgeCause& cause);

    // Starts the lease again, or for the first time. NoSuchGuest.
    void renew_lease(GuestId guest, std::uint64_t seconds);

    // Changes what is kept of a guest, in the kernel too. A guest without keys here is ignored, by set_state() as well.
    void amend(GuestId guest, const std::function<void(GuestRecord&)>& change);
    void set_state(GuestId guest, GuestState state);
    // Keys of the guest are being given out; for_start: because it comes to run.
    void note_given_out(GuestId guest, bool for_start);

  private:
    void rebuild();
    void check_limits(const AttachRequest& request, const Guest* existing) const;
    void apply(const AttachRequest& request, GuestRecord& record) const;
    void write_record(Guest& guest);
    void arm_lease(const GuestRecord& record, KernelKey key);
    std::vector<VolumeId> take_over(Guest& guest, const AttachRequest& request, std::vector<AttachedVolume> fresh);
    // Wipes the volumes picked, keeping in the index those the kernel would not let go; throws PurgeFailed at the end.
    std::size_t wipe(Guest& guest, const std::function<bool(const AttachedVolume&)>& picked, const PurgeCause& cause);
    void forget(GuestId guest);

    KernelKeyring& keyring_;
    StoreLimits limits_;
    News news_;
    std::function<GuestState(GuestId)> state_of_ = [](GuestId) { return GuestState::Unknown; };
    std::map<GuestId, Guest> guests_;
    std::size_t key_count_ = 0;
};

} // namespace guestkeyd
