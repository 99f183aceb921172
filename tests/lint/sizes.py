#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A file of code has one subject, and shows it by being short."""

import tree

MOST_LINES = 200

tree.finish([f"{path}: has {len(tree.lines(path))} lines; split it by subject into files below {MOST_LINES}"
             for path in tree.sources() if len(tree.lines(path)) >= MOST_LINES])
