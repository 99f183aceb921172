// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"

#include <string>

namespace guestkeyd {

// The Secret Service of the user's desktop session (GNOME Keyring, KWallet, KeePassXC) keeps secrets, which it has
// encrypted on its disk, each under an id. It may ask the user to unlock them. Errors are Unsupported if there is no
// such service, or if they stay locked.

// Text. What it had under the id is replaced; people see it by the label.
void keep_in_secret_service(const std::string& id, const std::string& label, const SecretBuffer& secret);

// InvalidArgs if it has nothing under the id.
SecretBuffer look_up_in_secret_service(const std::string& id);

} // namespace guestkeyd
