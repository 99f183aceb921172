# SPDX-License-Identifier: LGPL-2.1-or-later
"""Uses virt-manager's windows as a user does: virt_manager.py new-guest|new-volume|second PICTURE COMMAND [ARGUMENT...]

COMMAND starts virt-manager, without becoming a daemon. PICTURE, a PNG file, is of the dialog with the box ticked.
"""

import contextlib
import re
import subprocess
import sys

from window import desktop

BOX = "Encrypt this volume"


def new_guest(picture, command):
    """Makes a guest "web" with an encrypted disk by the wizard."""
    with running(command):
        wizard = desktop().find("New VM", "frame")
        wizard.find("Manual install").click()
        wizard.find("Forward").click()
        wizard.find("oslist-entry").type("generic")
        wizard.find("Generic or unknown OS. Usage is not recommended. (generic)").activate()
        wizard.find("Forward").click()
        wizard.find("Memory:")
        wizard.find("Forward").click()
        wizard.find("GiB", "spin button").set(0.1)
        see_that_custom_storage_is_not_encrypted(wizard)
        tick(wizard, picture)
        wizard.find("Forward").click()
        wizard.find("Name:", "text").type("web")
        wizard.find("Customize configuration before install").tick()
        wizard.find("Finish").click()
        guest = desktop().find("web on ", "frame", fuzzy=True)
        edit_what_the_host_may_lack(guest)
        guest.find("Begin Installation").click()
        wizard.wait_until_gone()


def edit_what_the_host_may_lack(guest):
    """Has the guest need neither KVM nor a network."""
    guest.find("XML", "page tab").select()
    editor = guest.find("XML editor")
    xml = re.sub(r"<interface.*</interface>", "", editor.text(), flags=re.DOTALL)
    xml = re.sub(r"<cpu [^>]*/>", "", xml)
    editor.type(xml.replace('<domain type="kvm">', '<domain type="qemu">'))
    guest.find("config-apply").click()
    guest.find("config-apply").wait_until_unusable()


def see_that_custom_storage_is_not_encrypted(wizard):
    """The box is for a volume that the wizard makes."""
    wizard.find(BOX).click()
    wizard.find("Select or create custom storage").click()
    wizard.find(BOX).wait_until_unusable("Manage...")
    wizard.find("Create a disk image for the virtual machine").click()


def new_volume(picture, command):
    """Makes an encrypted volume "data.qcow2" in the pool "default" by the dialog."""
    with running(command):
        host = desktop().find("Connection Details", "frame", fuzzy=True)
        host.find("Storage", "page tab").select()
        host.find("vol-new", "push button").click()
        dialog = desktop().find("Add a Storage Volume", "frame")
        dialog.find("Name:", "text").type("data")
        dialog.find("Capacity:", "spin button").set(0.1)
        see_that_a_backing_store_excludes_it(dialog)
        tick(dialog, picture)
        dialog.find("Finish").click()
        dialog.wait_until_gone()


def see_that_a_backing_store_excludes_it(dialog):
    """What is on that is not encrypted."""
    dialog.find("Backing store").activate()
    path = dialog.find("backing-store", "text")
    path.type("/base.qcow2")
    dialog.find(BOX).wait_until_unusable("backing store")
    path.type("")
    dialog.find("Backing store").activate()


def tick(window, picture):
    """Ticks the box, and takes a picture."""
    window.take_picture(picture)
    window.find(BOX).tick()
    window.take_picture(picture, unlike_the_last=True)


def second(_, command):
    """Sees that a virt-manager without guestkey, which runs already, is not taken for ours."""
    with running(["virt-manager", "--no-fork", "--connect", "qemu:///system"]):
        desktop().find("Virtual Machine Manager", "frame")
        with running(command):
            desktop().find("it runs already, without guestkey", fuzzy=True)


@contextlib.contextmanager
def running(command):
    """A virt-manager, which is ended in the end."""
    with subprocess.Popen(command) as manager:
        try:
            yield
        finally:
            manager.terminate()


if __name__ == "__main__":
    WHAT, PICTURE, *COMMAND = sys.argv[1:]
    {"new-guest": new_guest, "new-volume": new_volume, "second": second}[WHAT](PICTURE, COMMAND)
