#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every MESSAGE_ID of the journal's entries is explained by the catalog, which journalctl can read."""

import pathlib
import re
import subprocess
import tempfile

import tree

LOGS = ["daemon/agent/key_log.cpp", "daemon/agent/job_log.cpp"]
CATALOG = tree.ROOT / "systemd" / "guestkeyd.catalog"


def identifiers(text):
    return re.findall(r"\b[0-9a-f]{32}\b", text)


def listed_by_journalctl():
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder, "usr/lib/systemd/catalog")
        place.mkdir(parents=True)
        (place / CATALOG.name).write_bytes(CATALOG.read_bytes())
        pathlib.Path(folder, "var/lib/systemd/catalog").mkdir(parents=True)
        for action in ["--update-catalog", "--list-catalog"]:
            done = subprocess.run(["journalctl", f"--root={folder}", action], capture_output=True, text=True, check=True)
        return identifiers(done.stdout)


def check():
    used = [each for name in LOGS for each in identifiers((tree.ROOT / name).read_text(encoding="utf-8"))]
    for each in sorted(set(used)):
        if used.count(each) > 1:
            yield f"daemon/agent: {each} stands for more than one thing"
    explained = listed_by_journalctl()
    for each in sorted(set(used) ^ set(explained)):
        yield f"systemd/guestkeyd.catalog: {each} is " + ("not explained" if each in used else "of nothing")
    if not used:
        yield f"{LOGS}: have no MESSAGE_ID"


tree.finish([*check()])
