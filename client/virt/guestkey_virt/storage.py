# SPDX-License-Identifier: LGPL-2.1-or-later
"""Volumes of virtinst that guestkey makes."""

from virtinst import DeviceDisk, StorageVolume, log
from virtinst.xmlbuilder import XMLProperty

from .wrap import wrap

# What QEMU opens, by the format that virtinst names: none is a block device.
FORMATS = {"qcow2": "qcow2", "raw": "luks1", None: "luks1"}
SECTOR = 512


def extend(server):
    """Has guestkey make the volumes that are marked, and disks know the secrets that open theirs."""

    def install(original, volume, meter=None):
        if not is_marked(volume):
            return original(volume, meter=meter)
        require_encryptable(volume)
        return create(server, volume, meter)

    def validate(original, volume):
        original(volume)
        if is_marked(volume):
            require_encryptable(volume)

    wrap(StorageVolume, "install", install)
    wrap(StorageVolume, "validate", validate)
    DeviceDisk.encryption_format = XMLProperty("./source/encryption/@format")
    DeviceDisk.encryption_secret_type = XMLProperty("./source/encryption/secret/@type")
    DeviceDisk.encryption_secret_uuid = XMLProperty("./source/encryption/secret/@uuid")


def mark(volume, encrypted=True):
    """Has the volume, which is yet to be made, become an encrypted one."""
    volume.guestkey_encrypted = encrypted


def is_marked(volume):
    """Whether the volume is to become an encrypted one."""
    return getattr(volume, "guestkey_encrypted", False)


def obstacle(volume):
    """What speaks against the volume becoming an encrypted one, as it is described, or None."""
    if volume.file_type not in (volume.TYPE_FILE, volume.TYPE_BLOCK):
        return "it would be neither a file nor a block device; choose another pool"
    if _format(volume) not in FORMATS:
        return f"its format is {_format(volume)}; choose qcow2 or raw"
    if volume.backing_store:
        return "it has a backing store; make one without"
    return None


def require_encryptable(volume):
    """ValueError for a volume that cannot be encrypted as it is described."""
    if reason := obstacle(volume):
        raise ValueError(f"volume '{volume.name}' cannot be encrypted: {reason}")


def _format(volume):
    return volume.format if volume.supports_format() else None


def create(server, volume, meter):
    """Has guestkey make the volume in its pool; the key is in the database first. Returns libvirt's volume, and keeps
    our record with ours."""
    form = FORMATS[_format(volume)]
    size = -(-int(volume.capacity) // SECTOR) * SECTOR
    if volume.allocation and volume.supports_format():
        log.debug("volume %s is not allocated in advance, as it is encrypted", volume.name)
    if meter:
        meter.start(f"Encrypting '{volume.name}'", None)
    host = server.require_host_of(volume.conn.getURI())
    uuid = server.create_volume(host, f"{volume.pool.name()}/{volume.name}", size, form)
    volume.guestkey_record = {"uuid": uuid, "format": form}
    if meter:
        meter.end()
    return volume.pool.storageVolLookupByName(volume.name)


def record_of(disk, known):
    """The record of the disk's volume, if it is among those known, or None."""
    if disk.device != disk.DEVICE_DISK or disk.is_empty():
        return None
    disk.set_backend_for_existing_path()
    volume, pool = disk.get_vol_object(), disk.get_parent_pool()
    in_pool = f"{pool.name()}/{volume.name()}" if volume and pool else None
    return known.get(disk.get_source_path()) or known.get(in_pool)


def name_secret(disk, record):
    """Has the disk name the secret that opens its volume."""
    if record["format"] == "luks2":
        raise ValueError(f"volume {record['uuid']} is in format luks2, which its host opens and not QEMU; choose another, "
                         "or see guestkey guest setup")
    if record["format"]:  # else it is one that guestkey has not made
        disk.driver_type = "qcow2" if record["format"] == "qcow2" else "raw"
    disk.encryption_format = "luks"
    disk.encryption_secret_type = "passphrase"
    disk.encryption_secret_uuid = record["uuid"]
