// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace guestkeyd::test {

// Takes this process, which has one thread yet, to where root is another user to the kernel: its keys count against a
// quota of their own, that of an ordinary user, 200 keys and 20,000 bytes unless sysctl says otherwise (keyrings(7)).
// Root's files stay accessible, and nobody and the anchors of tests are users there too.
void enter_user_namespace();

} // namespace guestkeyd::test
