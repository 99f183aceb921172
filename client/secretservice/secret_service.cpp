// SPDX-License-Identifier: LGPL-2.1-or-later
#include "secretservice/secret_service.h"

#include "base/error.h"
#include "base/id.h"

#include <libsecret/secret.h>
#include <memory>

namespace guestkeyd {

namespace {

constexpr const char* kId = "id";

const SecretSchema* schema() {
    static const auto* const made = secret_schema_new("org.guestkeyd1.KeyDatabase", SECRET_SCHEMA_NONE, kId,
                                                      SECRET_SCHEMA_ATTRIBUTE_STRING, nullptr);
    return made;
}

struct Release {
    void operator()(GError* error) const { g_error_free(error); }
    void operator()(GList* items) const { g_list_free_full(items, g_object_unref); }
    void operator()(gchar* secret) const { secret_password_free(secret); } // wiped
};
using Error = std::unique_ptr<GError, Release>;

Failure unsupported(const std::string& sentence) {
    return {ErrorCode::Unsupported, sentence};
}

Failure is_locked() {
    return unsupported("the Secret Service keeps the key locked; unlock its collection, by logging in or in a program "
                       "like Passwords and Keys (seahorse), and try again");
}

bool has_no_collection(const GError& error) {
    return error.domain == G_DBUS_ERROR &&
           (error.code == G_DBUS_ERROR_UNKNOWN_OBJECT || error.code == G_DBUS_ERROR_UNKNOWN_METHOD);
}

bool is_missing(const GError& error) {
    return error.domain == G_DBUS_ERROR &&
           (error.code == G_DBUS_ERROR_SERVICE_UNKNOWN || error.code == G_DBUS_ERROR_NAME_HAS_NO_OWNER ||
            (error.code >= G_DBUS_ERROR_SPAWN_EXEC_FAILED && error.code <= G_DBUS_ERROR_SPAWN_NO_MEMORY));
}

Failure failure(const GError& error) {
    const auto said = std::string(" (") + error.message + ")";
    if (error.domain == SECRET_ERROR && error.code == SECRET_ERROR_IS_LOCKED)
        return is_locked();
    if ((error.domain == SECRET_ERROR && error.code == SECRET_ERROR_NO_SUCH_OBJECT) || has_no_collection(error))
        return unsupported("the Secret Service has no default collection to keep a key in; make one in a program like "
                           "Passwords and Keys (seahorse)" +
                           said);
    if (is_missing(error))
        return unsupported("no Secret Service runs in this session; start the one of the desktop, like "
                           "gnome-keyring-daemon" +
                           said);
    if (error.domain == G_IO_ERROR)
        return unsupported("there is no session bus, and so no Secret Service; log in to the desktop, or set "
                           "DBUS_SESSION_BUS_ADDRESS to its bus" +
                           said);
    return unsupported("the Secret Service has failed; see what its journal says" + said);
}

void check(GError* error) {
    if (error)
        throw failure(*Error(error));
}

// What it has under the id is not told as long as it is locked.
bool has(const std::string& id) {
    GError* error = nullptr;
    const std::unique_ptr<GList, Release> found(
        secret_password_search_sync(schema(), SECRET_SEARCH_NONE, nullptr, &error, kId, id.c_str(), nullptr));
    check(error);
    return found != nullptr;
}

} // namespace

void keep_in_secret_service(const std::string& id, const std::string& label, const SecretBuffer& secret) {
    SecretBuffer text(secret.size() + 1);
    text.append(secret.view());
    text.append(std::string_view("\0", 1));
    GError* error = nullptr;
    const bool kept = secret_password_store_sync(schema(), SECRET_COLLECTION_DEFAULT, label.c_str(), text.view().data(),
                                                 nullptr, &error, kId, id.c_str(), nullptr) != 0;
    check(error);
    if (!kept) // its question was not answered
        throw is_locked();
}

SecretBuffer look_up_in_secret_service(const std::string& id) {
    GError* error = nullptr;
    const std::unique_ptr<gchar, Release> found(
        secret_password_lookup_nonpageable_sync(schema(), nullptr, &error, kId, id.c_str(), nullptr));
    check(error);
    if (found)
        return SecretBuffer::copy_of(found.get());
    if (has(id))
        throw is_locked();
    throw Failure(ErrorCode::InvalidArgs,
                  "the Secret Service has no key with the id " + quoted(id) +
                      ", without which the key database cannot be opened; bring it back from a backup of its "
                      "collection, or make a new database and bring back a backup of the old one: guestkey import");
}

} // namespace guestkeyd
