# SPDX-License-Identifier: LGPL-2.1-or-later
"""virt-manager with a checkbox to encrypt what it creates."""

import functools

from virtManager import virtmanager
from virtinst import StorageVolume

from . import guests, storage
from .wrap import wrap

LABEL = "Encr_ypt this volume"  # other letters are taken in the dialogs
HINT = "Its key goes to the key database of guestkey first, then to the host"
CANNOT = "This volume cannot be encrypted: "
OURS = "guestkey"  # an action of the application, by which another virt-manager knows it


def run(server):
    """virt-manager, with the arguments of sys.argv."""
    storage.extend(server)
    guests.extend(server)
    wrap(virtmanager, "_import_gtk", functools.partial(import_gtk, server))
    virtmanager.runcli()


def import_gtk(server, original, leftovers):
    """virt-manager imports its dialogs only after it has become a process of its own."""
    leftovers = original(leftovers)
    extend_engine()
    extend_new_volume(server)
    extend_new_guest(server)
    return leftovers


def extend_engine():
    """A virt-manager that runs already opens the window, so it must be one of ours."""
    from gi.repository import Gio
    from virtManager.engine import vmmEngine

    def init(original, engine):
        original(engine)
        application = engine._application  # pylint: disable=protected-access
        if not application.get_is_remote():
            application.add_action(Gio.SimpleAction.new(OURS, None))
        elif not application.has_action(OURS):
            raise RuntimeError("it runs already, without guestkey; quit it, and run guestkey virt-manager again")

    wrap(vmmEngine, "_init_gtk_application", init)


class Box:
    """What is added to a dialog: a checkbox that can be ticked unless something speaks against it."""

    def __init__(self, server):
        from gi.repository import Gtk
        self._server = server
        self._obstacle_at_host = None
        self.widget = Gtk.CheckButton.new_with_mnemonic(LABEL)
        self.widget.show()

    def reset(self, uri):
        """For what is new, on the host whose libvirt is there."""
        self.widget.set_active(False)
        try:
            self._server.require_host_of(uri)
            self._obstacle_at_host = None
        except RuntimeError as complaint:
            self._obstacle_at_host = str(complaint)

    def offer(self, obstacle):
        """obstacle: what speaks against it, or None."""
        obstacle = obstacle or self._obstacle_at_host
        self.widget.set_sensitive(not obstacle)
        self.widget.set_tooltip_text(CANNOT + obstacle if obstacle else HINT)
        if obstacle:
            self.widget.set_active(False)  # nothing looks encrypted that will not be

    def mark(self, volume):
        """Has the volume become an encrypted one, if that is what the user wants."""
        storage.mark(volume, self.widget.get_active())


def extend_new_volume(server):
    """The dialog that makes a volume in a pool."""
    from virtManager.createvol import vmmCreateVolume

    def init(original, dialog, *args, **kwargs):
        original(dialog, *args, **kwargs)
        dialog.guestkey_box = Box(server)
        # Below the one for allocation, which is in the first two rows.
        dialog.widget("vol-nonsparse").get_parent().attach(dialog.guestkey_box.widget, 1, 2, 2, 1)
        dialog.guestkey_box.widget.connect("toggled", lambda _: update(dialog))
        for name in ("vol-format", "backing-store"):
            dialog.widget(name).connect("changed", lambda _: update(dialog))

    def update(dialog):
        dialog.guestkey_box.offer(storage.obstacle(dialog._build_xmlobj_from_ui()))  # pylint: disable=protected-access
        allocate = dialog.widget("vol-nonsparse")
        allocate.set_sensitive(not dialog.guestkey_box.widget.get_active())
        if not allocate.get_sensitive():
            allocate.set_active(False)  # it is not, see storage.create

    def reset(original, dialog):
        original(dialog)
        dialog.guestkey_box.reset(dialog.conn.get_backend().getURI())
        update(dialog)

    def build(original, dialog, *args, **kwargs):
        volume = original(dialog, *args, **kwargs)
        if volume:
            dialog.guestkey_box.mark(volume)
        return volume

    wrap(vmmCreateVolume, "__init__", init)
    wrap(vmmCreateVolume, "_reset_state", reset)
    wrap(vmmCreateVolume, "_build_xmlobj", build)


def extend_new_guest(server):
    """The page of the wizard for new guests that asks for the disk."""
    from virtManager.createvm import vmmCreateVM
    from virtManager.device.addstorage import vmmAddStorage

    def init(original, wizard, *args, **kwargs):
        original(wizard, *args, **kwargs)
        page = wizard._addstorage  # pylint: disable=protected-access
        page.guestkey_box = Box(server)
        # Between the size and the space that is left, which are of the new image.
        place = page.widget("phys-hd-label").get_parent()
        place.pack_start(page.guestkey_box.widget, False, False, 0)
        page.guestkey_box.widget.connect("map", lambda _: update(page))  # pools may have come meanwhile
        page.widget("storage-create").connect("toggled", lambda _: update(page))

    def update(page):
        page.guestkey_box.offer(obstacle(page))

    def obstacle(page):
        if not page.is_default_storage():
            return "it is not made here; tick the box where it is made, in the window behind Manage..."
        pool = page.conn.get_default_pool()
        if not pool:
            return "there is no default pool"
        volume = StorageVolume(page.conn.get_backend())
        volume.pool = pool.get_backend()
        volume.format = page.conn.get_default_storage_format()
        return storage.obstacle(volume)

    def reset(original, page):
        original(page)
        if hasattr(page, "guestkey_box"):
            page.guestkey_box.reset(page.conn.get_backend().getURI())

    def build(original, page, *args, **kwargs):
        disk = original(page, *args, **kwargs)
        if disk.get_vol_install() and hasattr(page, "guestkey_box"):
            page.guestkey_box.mark(disk.get_vol_install())
        return disk

    wrap(vmmCreateVM, "__init__", init)
    wrap(vmmAddStorage, "reset_state", reset)
    wrap(vmmAddStorage, "build_device", build)
