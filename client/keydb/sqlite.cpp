// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keydb/sqlite.h"

#include "base/error.h"
#include "base/id.h"
#include "base/unique_fd.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>

namespace guestkeyd::keydb {

namespace {

// Longer than any other guestkey writes.
constexpr int kPatience = 20'000; // milliseconds

// SQLite would make it with the mode that the umask leaves.
void make_for_us_alone(const std::filesystem::path& file) {
    // Without touching one that is there: closing it would drop the locks that this process may have on it.
    const UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (fd || errno == EEXIST)
        return;
    if (errno == ENOSPC)
        throw Failure(ErrorCode::LimitsExceeded,
                      "no room is left on the disk for " + quoted(file.string()) + "; make room and try again");
    throw_errno(errno, "make the key database " + quoted(file.string()));
}

} // namespace

Sqlite::Sqlite(std::filesystem::path file) : file_(std::move(file)) {
    make_for_us_alone(file_);
    open(file_.c_str(), SQLITE_OPEN_READWRITE);
    // Of the rollback journals only this mode has synchronous=EXTRA, with which a commit is also on disk once it
    // returns (https://www.sqlite.org/pragma.html#pragma_synchronous). What is deleted is overwritten.
    run("PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;"
        "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY");
}

Sqlite::Sqlite(std::span<const std::uint8_t> content, const std::string& called) : file_(called) {
    open(":memory:", SQLITE_OPEN_READWRITE);
    auto* copy = static_cast<unsigned char*>(sqlite3_malloc64(content.size()));
    if (!copy)
        throw Failure(ErrorCode::LimitsExceeded, "no memory left to read " + called);
    std::memcpy(copy, content.data(), content.size());
    const auto size = static_cast<sqlite3_int64>(content.size());
    const int result = sqlite3_deserialize(get(), "main", copy, size, size,
                                           SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
    if (result != SQLITE_OK)
        fail(result);
    run("PRAGMA trusted_schema=OFF");
}

void Sqlite::open(const char* name, int flags) {
    sqlite3* opened = nullptr;
    const int result = sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_EXRESCODE, nullptr);
    handle_.reset(opened); // is there after an error, too
    if (result != SQLITE_OK)
        fail(result);
    sqlite3_busy_timeout(opened, kPatience);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
}

void Sqlite::run(const char* sql) {
    const int result = sqlite3_exec(get(), sql, nullptr, nullptr, nullptr);
    if (result != SQLITE_OK)
        fail(result);
}

Bytes Sqlite::serialized() const {
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> bytes(sqlite3_serialize(get(), "main", &size, 0),
                                                                        sqlite3_free);
    if (!bytes)
        fail(SQLITE_NOMEM);
    return {bytes.get(), bytes.get() + size};
}

void Sqlite::fail(int result) const {
    const auto name = "the key database " + quoted(file_.string());
    switch (result & 0xff) {
    case SQLITE_FULL:
        throw Failure(ErrorCode::LimitsExceeded,
                      "no room is left on the disk of " + name + "; nothing was changed, make room and try again");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        throw Failure(ErrorCode::Busy, name + " is in use by another guestkey; try again when that is done");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        throw Failure(ErrorCode::Internal, name + " is damaged; put it aside, and bring back a backup: guestkey init, "
                                                  "then guestkey import");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        throw Failure(ErrorCode::Internal, name + " cannot be written; see who owns it and its folder (0600, 0700)");
    default:
        throw Failure(ErrorCode::Internal, name + ": " + sqlite3_errmsg(get()));
    }
}

void Statement::prepare(const char* sql) {
    sqlite3_stmt* prepared = nullptr;
    check(sqlite3_prepare_v2(database_.get(), sql, -1, &prepared, nullptr));
    statement_.reset(prepared);
}

void Statement::check(int result) const {
    if (result != SQLITE_OK)
        database_.fail(result);
}

bool Statement::next() {
    const int result = sqlite3_step(statement_.get());
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        database_.fail(result);
    return result == SQLITE_ROW;
}

std::string Statement::text(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    return text ? std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))) : "";
}

Bytes Statement::blob(int column) const {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
    return bytes ? Bytes(bytes, bytes + sqlite3_column_bytes(statement_.get(), column)) : Bytes();
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::optional<std::int64_t> Statement::maybe_number(int column) const {
    return is_null(column) ? std::nullopt : std::optional(number(column));
}

void Statement::bind(std::int64_t value) {
    check(sqlite3_bind_int64(statement_.get(), ++bound_, value));
}

void Statement::bind(std::string_view text) {
    check(sqlite3_bind_text64(statement_.get(), ++bound_, text.data() ? text.data() : "", text.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8));
}

void Statement::bind(const Bytes& blob) {
    check(sqlite3_bind_blob64(statement_.get(), ++bound_, blob.data(), blob.size(), SQLITE_TRANSIENT));
}

void Statement::bind(std::nullptr_t) {
    check(sqlite3_bind_null(statement_.get(), ++bound_));
}

// Not in the header, where g++ 12 takes an empty one for uninitialized memory when it optimizes.
void Statement::bind(const std::optional<std::int64_t>& value) {
    if (value)
        bind(*value);
    else
        bind(nullptr);
}

Transaction::Transaction(Sqlite& database) : database_(database) {
    database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (open_)
        sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
    database_.run("COMMIT");
    open_ = false;
}

} // namespace guestkeyd::keydb
