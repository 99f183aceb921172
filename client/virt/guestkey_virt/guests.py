# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests of virtinst whose volumes guestkey knows."""

import libvirt

from virtinst import Guest, Installer, log

from . import storage
from .wrap import wrap


def extend(server):
    """Has guests get their encrypted volumes and the host their keys before they are made."""

    def start_install(original, installer, guest, *args, **kwargs):
        if kwargs.get("dry"):
            return original(installer, guest, *args, **kwargs)
        host = _prepare(server, installer, guest, kwargs.get("meter"))
        if not host or kwargs.get("return_xml"):  # which makes the volumes, too
            return original(installer, guest, *args, **kwargs)
        _take_back(server, host, guest)  # what an earlier call, which was killed, has left
        try:
            server.send_keys(host, guest.name, guest.get_xml())
            return original(installer, guest, *args, **kwargs)
        except BaseException:  # also when it is interrupted
            _take_back(server, host, guest)
            raise

    def cleanup_created_disks(original, guest, meter):
        created = [disk for disk in guest.devices.disk if disk.storage_was_created and disk.encryption_secret_uuid]
        original(guest, meter)
        for disk in created:
            _forget(server, disk)

    wrap(Installer, "start_install", start_install)
    wrap(Installer, "cleanup_created_disks", cleanup_created_disks)


def name_secrets(server, guest):
    """Has disks name the secrets of those of their volumes that guestkey knows, and returns these."""
    host = server.host_of(guest.conn.getURI())
    known = server.volumes_of(host) if host else {}
    records = [(disk, storage.record_of(disk, known)) for disk in guest.devices.disk]
    for disk, record in records:
        if record:
            storage.name_secret(disk, record)
    return [record for _, record in records if record]


def _prepare(server, installer, guest, meter):
    """Makes the volumes that are marked, and names all secrets. Returns the host with the keys, or None if the guest
    needs none."""
    if not _exists(guest.conn, guest.uuid):
        Guest.validate_name(guest.conn, guest.name)
    installer.set_install_defaults(guest)
    known = name_secrets(server, guest)
    needs_keys = bool(known)
    for record in known:
        server.finish_volume(server.require_host_of(guest.conn.getURI()), record)
    for disk in guest.devices.disk:
        volume = disk.get_vol_install()
        if volume and storage.is_marked(volume):
            disk.build_storage(meter)
            storage.name_secret(disk, volume.guestkey_record)
            needs_keys = True
    return server.require_host_of(guest.conn.getURI()) if needs_keys else None


def _take_back(server, host, guest):
    """Takes the keys of guests of the name back that libvirt has not."""
    try:
        for known in server.guests_called(guest.name):
            if known["host"] == host and not _exists(guest.conn, known["uuid"]):
                server.destroy_guest(known["uuid"])
    except RuntimeError as complaint:
        log.warning("The keys of guest %s were not taken back: %s", guest.name, complaint)


def _exists(conn, uuid):
    if not uuid:
        return False
    try:
        conn.lookupByUUIDString(uuid)
        return True
    except libvirt.libvirtError as error:
        return error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN


def _forget(server, disk):
    if _volume_is_there(disk):
        return
    try:
        server.forget_volume(disk.encryption_secret_uuid)
    except RuntimeError as complaint:
        log.warning("The keys of the removed disk %s stay: %s", disk.get_source_path(), complaint)


def _volume_is_there(disk):
    try:
        disk.get_parent_pool().storageVolLookupByName(disk.get_vol_object().name())
        return True
    except libvirt.libvirtError as error:
        return error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_VOL
