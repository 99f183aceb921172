#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every file that can carry a comment says its licence in its first lines."""

import tree

LINE = "SPDX-License-Identifier: LGPL-2.1-or-later"
WITHOUT_COMMENTS = {"LICENSE", "LINGUAS", "POTFILES", "changelog", "format"}
DATA = {".md", ".json", ".png", ".sym", ".txt"}
HEAD = 6


def says_licence(path):
    try:
        return any(LINE in line for line in tree.lines(path)[:HEAD])
    except UnicodeDecodeError:
        return True


def is_data(path):
    in_data_folder = any(folder == "data" or folder.endswith("seeds") for folder in path.parts[:-1])
    return path.name in WITHOUT_COMMENTS or path.suffix in DATA or path.name.startswith(".") or in_data_folder


tree.finish([f"{path}: has no line '{LINE}' at its top"
             for path in tree.files() if not is_data(path) and not says_licence(path)])
