#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: fault_points.py BUILD: nothing of the fault points is in a program that is installed: the files that have them
are compiled anew as for an installation, and searched. An agent that has them is not installed."""

import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import tree

BUILD = pathlib.Path(sys.argv[1])
TRACE = re.compile(rb"fault_?point|fault_drops|GUESTKEYD_FAULTS|[a-z]+-(?:begun|staged|written|linked|revoked)", re.I)
ON, OFF = "-DGUESTKEYD_FAULT_POINTS=1", "-DGUESTKEYD_FAULT_POINTS=0"


def commands():
    """How the build compiles each file of the agent, with its name."""
    for entry in json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8")):
        if entry["file"].startswith("../daemon/") and (OFF in entry["command"] or ON in entry["command"]):
            yield entry["file"], shlex.split(entry["command"].replace(ON, OFF))


def uses_fault_points(name):
    path = (BUILD / name).resolve()
    texts = [path, *(path.parent / header for header in re.findall(r'#include "agent/(\w+\.h)"', path.read_text()))]
    return path.stem != "fault_point" and any("base/fault_point.h" in each.read_text() for each in texts if each.is_file())


def traces(command):
    """What is left in the object file that the command makes, without what is there for debuggers only."""
    with tempfile.TemporaryDirectory() as folder:
        made = f"{folder}/made.o"
        command = [each for each in command if not each.startswith("-fsanitize")]
        command[command.index("-o") + 1] = command[command.index("-MF") + 1] = made
        command[command.index("-MF") + 1] += ".d"
        subprocess.run(command, cwd=BUILD, check=True)
        subprocess.run(["strip", "--strip-debug", made], check=True)
        return set(TRACE.findall(pathlib.Path(made).read_bytes()))


def check():
    options = {each["name"]: each for each in json.loads((BUILD / "meson-info/intro-buildoptions.json").read_text())}
    installed = json.loads((BUILD / "meson-info/intro-installed.json").read_text())
    has_them = options["fault_points"]["value"]
    if has_them and any(name.endswith("/daemon/guestkeyd") for name in installed):
        yield "daemon/meson.build: installs an agent with fault points"
    searched = [(name, command) for name, command in commands() if uses_fault_points(name)]
    for name, command in searched:
        for trace in sorted(traces(command)):
            yield f"{name}: an installed agent would have {trace.decode()!r} in it"
    if len(searched) < 5:
        yield f"{BUILD}: only {len(searched)} files with fault points were found"
    with_them = [each.replace(OFF, ON) for each in searched[0][1]]
    if not traces(with_them):
        yield f"{searched[0][0]}: no trace of fault points was found where they are"


tree.finish([*check()])
