// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/table.h"

#include "cli/text.h"

#include <algorithm>
#include <iterator>

namespace guestkeyd::cli {

namespace {

std::vector<std::size_t> column_widths(const std::vector<Table::Row>& rows, std::size_t first_row) {
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (auto row = rows.begin() + static_cast<std::ptrdiff_t>(first_row); row != rows.end(); ++row)
        for (std::size_t i = 0; i < widths.size(); ++i)
            widths[i] = std::max(widths[i], width((*row)[i]));
    return widths;
}

} // namespace

void Table::add(const Row& cells) {
    Row row;
    std::transform(cells.begin(), cells.end(), std::back_inserter(row), printable);
    row.resize(rows_.front().size());
    rows_.push_back(std::move(row));
}

void Table::print(std::ostream& out, bool with_header) const {
    const std::size_t first = with_header ? 0 : 1;
    const auto widths = column_widths(rows_, first);
    for (std::size_t r = first; r < rows_.size(); ++r) {
        const auto& row = rows_[r];
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            out << row[i] << std::string(widths[i] - width(row[i]) + 1, ' ');
        out << row.back() << '\n';
    }
}

} // namespace guestkeyd::cli
