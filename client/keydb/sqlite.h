// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "sealing/locked_box.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <sqlite3.h>
#include <string>
#include <string_view>

namespace guestkeyd::keydb {

struct SqliteFree {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// A file of SQLite. Errors are Failures that name the file and say what to do: a disk that is full (LimitsExceeded),
// another process that does not let go (Busy), a damaged file.
class Sqlite {
  public:
    // Makes the file, for us alone, unless it is there.
    explicit Sqlite(std::filesystem::path file);
    // In memory, of bytes that serialized() has returned; how messages name it.
    Sqlite(std::span<const std::uint8_t> content, const std::string& called);

    [[nodiscard]] sqlite3* get() const { return handle_.get(); }
    [[nodiscard]] const std::filesystem::path& file() const { return file_; }
    void run(const char* sql);
    [[nodiscard]] std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_.get()); }
    // Rows that the last statement has changed.
    [[nodiscard]] int changed() const { return sqlite3_changes(handle_.get()); }
    // A copy of all that is committed, as bytes of a file.
    [[nodiscard]] Bytes serialized() const;
    [[noreturn]] void fail(int result) const;

  private:
    void open(const char* name, int flags);

    std::filesystem::path file_;
    std::unique_ptr<sqlite3, SqliteFree> handle_;
};

// A statement with "?" for each value given: column() reads the row that next() has gone to.
class Statement {
  public:
    template <typename... Values>
    Statement(Sqlite& database, const char* sql, const Values&... values) : database_(database) {
        prepare(sql);
        (bind(values), ...);
    }

    bool next();
    // Runs a statement that has no rows.
    void run() { next(); }

    [[nodiscard]] std::int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] Bytes blob(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::optional<std::int64_t> maybe_number(int column) const;

  private:
    void prepare(const char* sql);
    void bind(std::int64_t value);
    void bind(std::string_view text);
    void bind(const std::string& text) { bind(std::string_view(text)); }
    void bind(const char* text) { bind(std::string_view(text)); }
    void bind(const Bytes& blob);
    void bind(std::nullptr_t);
    void bind(const std::optional<std::int64_t>& value);
    void check(int result) const;

    Sqlite& database_;
    std::unique_ptr<sqlite3_stmt, SqliteFree> statement_;
    int bound_ = 0;
};

// What happens until commit() happens as a whole, on disk when commit() returns, or not at all. No other process writes
// meanwhile, and what is read is the newest.
class Transaction {
  public:
    explicit Transaction(Sqlite& database);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

  private:
    Sqlite& database_;
    bool open_ = true;
};

} // namespace guestkeyd::keydb
