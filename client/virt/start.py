# SPDX-License-Identifier: LGPL-2.1-or-later
"""Started by guestkey, see guestkey(1): start.py TOOL [--unlock-fd=N] GUESTKEY [OPTION...] -- [ARGUMENT...]"""

import os
import sys

TOOLS = "/usr/share/virt-manager"


def main():
    """Takes apart what guestkey says, and runs the tool with the user's arguments."""
    tool, *words = sys.argv[1:]
    end = words.index("--")
    command, arguments = words[:end], words[end + 1:]
    unlock_fd = None
    if command[0].startswith("--unlock-fd="):
        unlock_fd = int(command.pop(0).split("=")[1])
        os.set_inheritable(unlock_fd, False)
        command.append(f"--unlock=/proc/self/fd/{unlock_fd}")
    sys.argv = [tool, *arguments]
    sys.path.insert(1, TOOLS)
    if not os.path.isdir(os.path.join(TOOLS, "virtinst")):
        sys.exit(f"guestkey: there is no {tool} here; install the package {'virtinst' if tool == 'virt-install' else tool}")
    from guestkey_virt.server import Server
    if tool == "virt-install":
        from guestkey_virt import install as extension
    else:
        from guestkey_virt import manager as extension
    extension.run(Server(command, unlock_fd))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)  # as shells have it
