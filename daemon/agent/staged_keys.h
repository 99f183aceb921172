// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/guest.h"
#include "base/error.h"
#include "base/fault_point.h"
#include "base/journal.h"
#include "keyring/kernel_keyring.h"

#include <string_view>
#include <utility>
#include <vector>

namespace guestkeyd {

// Keys in the kernel that do not count yet; wiped again unless the push is committed.
class StagedKeys {
  public:
    explicit StagedKeys(KernelKeyring& keyring) : keyring_(keyring) {}
    StagedKeys(const StagedKeys&) = delete;
    StagedKeys& operator=(const StagedKeys&) = delete;
    ~StagedKeys() {
        for (const auto& volume : volumes_)
            discard(volume.key);
    }

    KernelKey add(GuestId guest, VolumeId volume, std::uint64_t epoch, const VolumeAttributes& attributes,
                  std::string_view key) {
        const auto kernel_key = keyring_.add(encode_description({guest, volume, epoch, attributes}), key);
        volumes_.push_back({volume, kernel_key, epoch, attributes});
        fault_point("attach-key-staged");
        return kernel_key;
    }
    std::vector<AttachedVolume> release() { return std::exchange(volumes_, {}); }

  private:
    void discard(KernelKey key) noexcept {
        try {
            keyring_.purge(key);
        } catch (const Failure& failure) {
            journal(Priority::Error, "a key that was not to be stored is left: " + failure.message());
        }
    }

    KernelKeyring& keyring_;
    std::vector<AttachedVolume> volumes_;
};

} // namespace guestkeyd
