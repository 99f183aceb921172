// SPDX-License-Identifier: LGPL-2.1-or-later
// Linked into builds with ThreadSanitizer. libvirt, libxml2 and glib are not built with it, and glib's locks are its
// own, so the sanitizer sees what they guard but not the locks. Their calls are passed over; ours are not.
extern "C" const char* __tsan_default_suppressions(); // NOLINT: the sanitizer chose the name

extern "C" const char* __tsan_default_suppressions() { // NOLINT
    return "called_from_lib:libvirt.so.0\n"
           "called_from_lib:libvirt_driver_secret.so\n"
           "called_from_lib:libxml2.so.2\n"
           "called_from_lib:libglib-2.0.so.0\n"
           "called_from_lib:libgobject-2.0.so.0\n"
           "called_from_lib:libgio-2.0.so.0\n"
           "called_from_lib:libsecret-1.so.0\n";
}
