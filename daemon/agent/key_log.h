// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace guestkeyd {

// What is done with keys; in the journal as ACTION.
enum class KeyAction {
    Attach,
    Renew,
    Publish,
    Withdraw,
    Lend,    // a publication too, for a while
    Open,    // a mapping of device-mapper
    Close,   // that mapping
    Suspend, // it, under a guest that runs
    Purge,
    Export,      // to another host
    LeaseEnding, // a warning
    LeaseEnd,    // a purge too
    Prepare,     // only refusals: what it gives out is Publish
    Call,        // by somebody who may not make it
};
const char* key_action_name(KeyAction action);

enum class KeyResult { Done, Refused, Failed };
const char* key_result_name(KeyResult result);

struct KeyUse {
    KeyAction action;
    KeyResult result;
    std::optional<GuestId> guest{};
    std::vector<VolumeId> volumes{};
    std::string message{};                 // a sentence, without a key
    std::optional<std::uint32_t> caller{}; // uid of who asked for it
};

// To the journal, with a MESSAGE_ID that systemd/guestkeyd.catalog explains (systemd.journal-fields(7)).
void journal_use(const KeyUse& use);

// Every use of a key and every refusal of one: to the journal, and to whoever listens on the bus.
class KeyLog {
  public:
    void tell(std::function<void(const KeyUse&)> listener) { listener_ = std::move(listener); }
    void note(const KeyUse& use) const;

  private:
    std::function<void(const KeyUse&)> listener_;
};

} // namespace guestkeyd
