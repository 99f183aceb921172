// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/key_store.h"
#include "base/error.h"
#include "keyring/kernel_keyring.h"
#include "support/anchor_keys.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace guestkeyd {

inline const auto kGuest = GuestId::parse("11111111-2222-4333-8444-555555555555");
inline const auto kRoot = VolumeId::parse("aaaaaaaa-2222-4333-8444-555555555555");
inline const auto kData = VolumeId::parse("bbbbbbbb-2222-4333-8444-555555555555");

// A store on a keyring of its own, with room for two guests of three keys.
class Store : public testing::Test {
  protected:
    Store() { restart(); }

    void restart() {
        store_.reset();
        keyring_ = std::make_unique<KernelKeyring>(Anchor::enter(anchor_.uid()));
        store_ = std::make_unique<KeyStore>(*keyring_, StoreLimits{2, 3, 3600});
        store_->tell({[this](const Guest&) { news_ += "added "; }, [this](const Guest&) { news_ += "changed "; },
                      [this](GuestId) { news_ += "removed "; },
                      [this](GuestId, const std::vector<VolumeId>& volumes, const PurgeCause& cause) {
                          news_ +=
                              "purged:" + std::to_string(volumes.size()) + ":" + purge_reason_name(cause.reason) + " ";
                      }});
    }

    static AttachRequest push(const std::vector<VolumeId>& volumes) {
        return {kGuest, volumes, std::vector<VolumeAttributes>(volumes.size()), false, {}, {}, {}, {}, {}};
    }

    void attach(const std::vector<VolumeId>& volumes, const std::vector<std::string_view>& keys,
                bool exclusive = false) {
        auto request = push(volumes);
        request.name = "web";
        request.exclusive = exclusive;
        store_->attach(request, keys);
    }

    std::string key_of(VolumeId volume) { return std::string(store_->read(*store_->get(kGuest).find(volume)).view()); }

    const test::AnchorKeys anchor_;
    std::unique_ptr<KernelKeyring> keyring_;
    std::unique_ptr<KeyStore> store_;
    std::string news_;
};

} // namespace guestkeyd
