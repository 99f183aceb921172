#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sources look as .clang-format says. "format.sh --fix" makes them so.
set -eu
cd "$(dirname "$0")/../.."
if [ "${1:-}" = --fix ]; then set -- -i; else set -- --dry-run --Werror; fi
format=$(command -v clang-format-14 || command -v clang-format)

sources() {
    git -c safe.directory="$PWD" ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.h' 2>/dev/null ||
        find . \( -name '*.cpp' -o -name '*.h' \) -print0 # a tarball
}
sources | xargs --null "$format" "$@"
