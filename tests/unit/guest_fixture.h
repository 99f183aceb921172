// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/key_log.h"
#include "agent/key_store.h"
#include "agent/lifecycle.h"
#include "keyring/kernel_keyring.h"
#include "loop/alarm.h"
#include "support/anchor_keys.h"

#include <gtest/gtest.h>
#include <optional>
#include <string>

namespace guestkeyd {

inline const auto kGuest = GuestId::parse("11111111-2222-4333-8444-555555555555");
inline const auto kVolume = VolumeId::parse("aaaaaaaa-2222-4333-8444-555555555555");

// A guest with a key, and what libvirt tells of it.
class AGuest : public testing::Test {
  protected:
    AGuest() {
        store_.ask_states([this](GuestId guest) { return lifecycle_.state_of(guest); });
        store_.tell({[](const Guest&) {}, [](const Guest&) {}, [](GuestId) {},
                     [this](GuestId, const std::vector<VolumeId>&, const PurgeCause& cause) {
                         reason_ = purge_reason_name(cause.reason);
                     }});
    }

    void attach() {
        store_.attach({kGuest, {kVolume}, {{}}, false, {}, {}, wipe_on_, {}, {}}, {"key"});
        lifecycle_.introduce(kGuest);
    }
    void happens(GuestHappened what, int detail = 0) { lifecycle_.on_event({kGuest, "web", what, detail}); }
    void stops(StoppedBecause because) { happens(GuestHappened::Stopped, static_cast<int>(because)); }
    void runs_defined() {
        lifecycle_.on_listed({}, {});
        attach();
        happens(GuestHappened::Defined);
        happens(GuestHappened::Started);
    }
    void runs_transient() {
        lifecycle_.on_listed({}, {});
        attach();
        happens(GuestHappened::Started);
    }
    void is_about_to_start() {
        lifecycle_.on_listed({listed(false)}, {});
        attach();
        store_.amend(kGuest, [](GuestRecord& record) { record.starting = true; });
    }
    [[nodiscard]] bool has_keys() const { return store_.find(kGuest) != nullptr; }
    [[nodiscard]] GuestState state() const { return store_.get(kGuest).state; }
    static ListedGuest listed(bool running, std::optional<StoppedBecause> because = std::nullopt) {
        return {kGuest, "web", running, true, because, false, false};
    }

    const test::AnchorKeys anchor_;
    KernelKeyring keyring_{Anchor::enter(anchor_.uid())};
    KeyStore store_{keyring_, {10, 10, 3600}};
    EventLoop loop_;
    KeyLog log_;
    Lifecycle lifecycle_{loop_, store_, log_};
    std::optional<WipeOn> wipe_on_;
    std::string reason_;
};

} // namespace guestkeyd
