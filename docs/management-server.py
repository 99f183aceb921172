#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A management server in a nutshell: brings the keys of a guest that needs them to start, or to arrive, on this host.

usage: management-server.py FOLDER, where the file UUID holds the key of the volume UUID

For root, or who may hear guestkeyd's signals and attach keys, see org.guestkeyd1(5). Needs python3-dbus, python3-gi.
"""
import os
import pathlib
import sys
import uuid

import dbus
import dbus.mainloop.glib
from gi.repository import GLib

MANAGER = "org.guestkeyd1.Manager"
NO_OPTIONS = dbus.Dictionary({}, signature="sv")
folder = pathlib.Path(sys.argv[1])


def key_of(volume):
    """None if there is none. What is missing is named by whoever wrote the domain XML, so not every name is a UUID."""
    try:
        return (folder / str(uuid.UUID(volume))).read_bytes().rstrip(b"\n")
    except (ValueError, FileNotFoundError):
        return None


def bring_keys(guest, volumes, reason):
    keys = {volume: key for volume in volumes if (key := key_of(volume))}
    print(f"guest {guest} is to {reason} and needs {len(volumes)} keys, of which {len(keys)} are here", flush=True)
    if keys:
        reading, writing = os.pipe()
        with open(writing, "wb") as pipe:
            pipe.write(b"".join(key + b"\n" for key in keys.values()))
        agent = bus.get_object("org.guestkeyd1", "/org/guestkeyd1", introspect=False)
        agent.AttachKeys(guest, dbus.Array([(volume, NO_OPTIONS) for volume in keys], signature="(sa{sv})"),
                         dbus.types.UnixFd(reading), NO_OPTIONS, dbus_interface=MANAGER)
        os.close(reading)


bus = dbus.SystemBus(mainloop=dbus.mainloop.glib.DBusGMainLoop())
bus.add_signal_receiver(bring_keys, "KeysNeeded", MANAGER, "org.guestkeyd1", "/org/guestkeyd1")
bus.get_name_owner("org.freedesktop.DBus")  # answered after the subscription
print("ready to bring keys", flush=True)
GLib.MainLoop().run()
