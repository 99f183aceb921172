// SPDX-License-Identifier: LGPL-2.1-or-later
// Linked into guestkey in builds with AddressSanitizer. glib's D-Bus proxy, which libsecret makes of a locked item, is
// forgotten with its main loop, and 8 bytes of it leak. The call shows only on stacks that are unwound with care.
extern "C" const char* __asan_default_options();      // NOLINT: the sanitizer chose the names
extern "C" const char* __lsan_default_suppressions(); // NOLINT

extern "C" const char* __asan_default_options() { // NOLINT
    return "fast_unwind_on_malloc=0";
}

extern "C" const char* __lsan_default_suppressions() { // NOLINT
    return "leak:secret_item_new_for_dbus_path\n";
}
