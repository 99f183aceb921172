// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/store.h"

#include "base/error.h"
#include "cli/exit_status.h"
#include "cli/key_input.h"
#include "cli/text.h"
#include "keydb/backup.h"
#include "keydb/values.h"
#include "sealing/guarded_file.h"
#include "secretservice/secret_service.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace guestkeyd::guestkey {

namespace {

constexpr std::size_t kKeyFileBytes = 32;

std::string variable(const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody sets it
    return value ? value : "";
}

constexpr std::array kOpeners{"passphrase", "key file", "key in the Secret Service"}; // as of ProtectedBy

// Without the end of its line.
SecretBuffer one_line(SecretBuffer lines) {
    return SecretBuffer::copy_of(lines.view().substr(0, lines.view().find('\n')));
}

SecretBuffer read_key_file(const std::filesystem::path& file) {
    auto content = read_guarded(file, Readers::Owner);
    if (!content)
        throw Failure(ErrorCode::InvalidArgs, "there is no key file " + quoted(file.string()) +
                                                  ", without which the key database cannot be opened; bring it back");
    if (content->size() < kKeyFileBytes)
        throw Failure(ErrorCode::InvalidArgs,
                      "the key file " + quoted(file.string()) + " is shorter than 32 bytes; give one of random bytes");
    return std::move(*content);
}

// It is made if it is not there, so that nobody has to know how.
SecretBuffer make_or_read_key_file(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file))
        replace_file(file, random_secret(kKeyFileBytes).view());
    return read_key_file(file);
}

keydb::Protection protection_of(const Invocation& invocation) {
    constexpr std::array kWays{std::string_view("secret-service"), std::string_view("key-file"),
                               std::string_view("passphrase-file")};
    const auto file = invocation.text("key-file");
    if (std::count_if(kWays.begin(), kWays.end(), [&](auto way) { return invocation.has(way); }) > 1)
        throw Failure(ErrorCode::InvalidArgs, "one thing opens the key database; give only one of --secret-service, "
                                              "--key-file and --passphrase-file");
    if (invocation.has("secret-service"))
        return {keydb::ProtectedBy::SecretService, keydb::new_uuid()};
    return file.empty() ? keydb::Protection{keydb::ProtectedBy::Passphrase}
                        : keydb::Protection{keydb::ProtectedBy::KeyFile, std::filesystem::absolute(file)};
}

SecretBuffer new_secret(const Invocation& invocation, const keydb::Protection& protection) {
    if (protection.by == keydb::ProtectedBy::KeyFile)
        return make_or_read_key_file(protection.place);
    if (protection.by == keydb::ProtectedBy::SecretService) {
        auto secret = keydb::new_volume_key(); // is text, as the service wants
        keep_in_secret_service(protection.place, "Key database of guestkey, " + database_file(invocation).string(),
                               secret);
        return secret;
    }
    return new_passphrase(invocation.maybe_text("passphrase-file"), "passphrase of the key database");
}

void say(const Invocation& invocation, const std::string& sentence) {
    if (!invocation.output.quiet)
        std::cout << sentence << '\n';
}

} // namespace

std::filesystem::path database_file(const Invocation& invocation) {
    if (const auto file = invocation.maybe_text("database"))
        return std::filesystem::absolute(*file);
    const auto data = variable("XDG_DATA_HOME");
    if (data.starts_with('/'))
        return std::filesystem::path(data) / "guestkey/keys.db";
    if (variable("HOME").empty())
        throw Failure(ErrorCode::InvalidArgs, "neither XDG_DATA_HOME nor HOME is set; give --database=FILE");
    return std::filesystem::path(variable("HOME")) / ".local/share/guestkey/keys.db";
}

std::string what_opens(const keydb::Protection& protection) {
    return kOpeners.at(static_cast<std::size_t>(protection.by));
}

SecretBuffer passphrase(const std::optional<std::string>& file, const std::string& title) {
    return one_line(cli::read_keys(file, std::vector{title}));
}

SecretBuffer new_passphrase(const std::optional<std::string>& file, const std::string& title) {
    return one_line(cli::read_new_key(file, {title}));
}

SecretBuffer unlocking_secret(const Invocation& invocation, const keydb::Protection& protection) {
    const auto credentials = variable("CREDENTIALS_DIRECTORY");
    auto file = invocation.maybe_text("unlock");
    if (!file && !credentials.empty() && std::filesystem::exists(credentials + "/guestkey"))
        file = credentials + "/guestkey";
    if (protection.by == keydb::ProtectedBy::KeyFile)
        return read_key_file(file.value_or(protection.place));
    if (protection.by == keydb::ProtectedBy::SecretService && !file)
        return look_up_in_secret_service(protection.place);
    if (!file && isatty(STDIN_FILENO) == 0)
        throw Failure(ErrorCode::InvalidArgs, "the passphrase of the key database cannot be asked for, as there is no "
                                              "terminal; give it with --unlock=FILE, or --unlock=- for standard input");
    return passphrase(file, "passphrase of the key database");
}

keydb::KeyDatabase open_database(const Invocation& invocation) {
    keydb::KeyDatabase database(database_file(invocation));
    database.unlock(unlocking_secret(invocation, database.protection()));
    return database;
}

int make_database(const Invocation& invocation) {
    const auto file = database_file(invocation);
    if (std::filesystem::exists(file))
        throw Failure(ErrorCode::Busy,
                      "there is a key database already, " + quoted(file.string()) + "; use it, or put it aside");
    const auto protection = protection_of(invocation);
    keydb::KeyDatabase::make(file, protection, new_secret(invocation, protection));
    say(invocation, "key database made: " + file.string());
    return cli::kDone;
}

int change_protection(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto protection = protection_of(invocation);
    database.protect(protection, new_secret(invocation, protection));
    say(invocation, "the key database opens with another " + what_opens(protection) + " from now on");
    return cli::kDone;
}

int export_database(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto secret = new_passphrase(invocation.maybe_text("passphrase-file"), "passphrase of the backup");
    keydb::export_backup(database, invocation.operands.front(), secret);
    say(invocation, "backup made: " + invocation.operands.front() + "; keep it, and its passphrase, elsewhere");
    return cli::kDone;
}

int import_database(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto secret = passphrase(invocation.maybe_text("passphrase-file"), "passphrase of the backup");
    const auto imported = keydb::import_backup(database, invocation.operands.front(), secret);
    say(invocation, "added " + cli::counted(imported.hosts, "host") + ", " + cli::counted(imported.volumes, "volume") +
                        ", " + cli::counted(imported.keys, "older key") + ", " +
                        cli::counted(imported.guests, "guest"));
    return cli::kDone;
}

void warn_without_backup(keydb::KeyDatabase& database) {
    if (database.wants_backup())
        cli::warn("there are keys that are in no backup, and are lost with this disk; run: guestkey export FILE");
}

} // namespace guestkeyd::guestkey
