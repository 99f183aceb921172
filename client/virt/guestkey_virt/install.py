# SPDX-License-Identifier: LGPL-2.1-or-later
"""virt-install with --encrypt."""

import functools

from virtinst import cli, virtinstall

from . import guests, storage
from .wrap import wrap

HELP = "Encrypt the disks that are created; their keys go to the key database of guestkey, and to the host"


def run(server):
    """virt-install, with the arguments of sys.argv. Does not return."""
    storage.extend(server)
    guests.extend(server)
    wrap(cli, "add_disk_option", add_options)
    wrap(virtinstall, "build_guest_instance", functools.partial(build_guest, server))
    virtinstall.runcli()


def add_options(original, group, *args, **kwargs):
    """Adds our option beside those for disks."""
    original(group, *args, **kwargs)
    group.add_argument("--encrypt", action="store_true", help=HELP)


def build_guest(server, original, conn, options):
    """Marks the volumes that are to be encrypted; nothing is made yet."""
    guest, installer = original(conn, options)
    if options.encrypt:
        encrypt_new(server, guest)
    return guest, installer


def encrypt_new(server, guest):
    """Marks all volumes that the guest is to get. ValueError or RuntimeError, before anything is made, if one cannot be
    encrypted, or none of its disks is."""
    server.require_host_of(guest.conn.getURI())
    volumes = [disk.get_vol_install() for disk in guest.devices.disk if disk.device == disk.DEVICE_DISK]
    volumes = [volume for volume in volumes if volume]
    if not volumes and not guests.name_secrets(server, guest):  # made by the same command, which was interrupted
        raise ValueError("--encrypt: no disk would be created, and guestkey has no key of those that are there; give "
                         "a --disk with a size, or see guestkey volume import")
    for volume in volumes:
        storage.mark(volume)
        storage.require_encryptable(volume)
