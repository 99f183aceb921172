// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace guestkeyd::cli {

// Rows under a header, in columns as wide as their widest cell.
class Table {
  public:
    using Row = std::vector<std::string>;

    explicit Table(Row header) : rows_{std::move(header)} {}

    // As many cells as the header has; control characters in them are replaced.
    void add(const Row& cells);
    void print(std::ostream& out, bool with_header) const;

  private:
    std::vector<Row> rows_; // the first is the header
};

} // namespace guestkeyd::cli
