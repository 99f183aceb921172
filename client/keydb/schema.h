// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "keydb/sqlite.h"

namespace guestkeyd::keydb {

// Version of the tables that this program knows; in the file it is PRAGMA user_version.
inline constexpr std::int64_t kSchemaVersion = 2;

// Makes the tables, or brings those of an older version up to ours, as a whole. NotSupported for a file of a newer one,
// InvalidArgs for a file that is another program's.
void prepare_schema(Sqlite& database);

} // namespace guestkeyd::keydb
