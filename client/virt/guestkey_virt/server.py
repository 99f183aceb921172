# SPDX-License-Identifier: LGPL-2.1-or-later
"""The user's management server: the program guestkey, so that no key ever comes here."""

import json
import os
import subprocess

from virtinst import log

SAYS = "guestkey: "
WARNS = SAYS + "warning: "


class Server:
    """What guestkey does, for one key database. Each method raises RuntimeError with what guestkey complains of."""

    def __init__(self, command, unlock_fd=None):
        """command: the program and options that all calls have; unlock_fd: a descriptor that those name."""
        self._command = command
        self._unlock_fd = unlock_fd
        self._hosts = {}
        self._warnings = set()

    def host_of(self, uri):
        """The name of the host whose libvirt has this URI, or None."""
        if uri not in self._hosts:
            self._hosts = {host["uri"]: host["name"] for host in self._ask("host", "list")}
        return self._hosts.get(uri)

    def require_host_of(self, uri):
        """The same, but there must be one."""
        if uri.endswith("/session"):
            raise RuntimeError(f"guests at {uri} get no keys, as guestkeyd serves the libvirt of the whole host; "
                               "connect to qemu:///system")
        if host := self.host_of(uri):
            return host
        raise RuntimeError(f"guestkey knows no host whose libvirt is at {uri}; run: guestkey host add NAME {uri}")

    def volumes_of(self, host):
        """The volumes of the host, by their paths or POOL/NAME."""
        return {volume["volume"]: volume for volume in self._ask("volume", "list") if volume["host"] == host}

    def create_volume(self, host, place, size, form):
        """Makes an encrypted volume of so many bytes, and returns its UUID."""
        return self._ask("volume", "create", host, place, f"--size={size}", f"--format={form}")["uuid"]

    def finish_volume(self, host, volume):
        """Goes on with a volume whose making was interrupted, if it was."""
        if volume["state"] == "being made":
            self._run("volume", "create", host, volume["volume"], f"--format={volume['format']}")

    def forget_volume(self, uuid):
        """Forgets the keys of a volume that is gone."""
        self._run("volume", "forget", uuid)

    def send_keys(self, host, name, domain_xml):
        """Gives the host the keys of the guest, which somebody else defines or starts."""
        xml = os.memfd_create("domain-xml")
        try:
            with open(xml, "w", encoding="utf-8", closefd=False) as file:
                file.write(domain_xml)
            self._run("guest", "setup", name, f"--host={host}", "--keys-only", f"--xml=/proc/self/fd/{xml}", fds=[xml])
        finally:
            os.close(xml)

    def guests_called(self, name):
        """The guests of this name in the database."""
        return [guest for guest in self._ask("guest", "list") if guest["name"] == name]

    def destroy_guest(self, guest):
        """Takes the keys of a guest back from its host."""
        self._run("guest", "destroy", guest)

    def _ask(self, *arguments):
        return json.loads(self._run("--json=short", *arguments))

    def _run(self, *arguments, fds=()):
        log.debug("guestkey: %s", arguments)
        if self._unlock_fd is not None:
            fds = [*fds, self._unlock_fd]
        done = subprocess.run([*self._command, *arguments], capture_output=True, text=True, pass_fds=fds, check=False)
        lines = done.stderr.splitlines()
        if done.returncode:
            raise RuntimeError("\n".join(line.removeprefix(SAYS) for line in lines if not line.startswith(WARNS))
                               or f"guestkey ended with status {done.returncode}")
        self._warn([line.removeprefix(WARNS) for line in lines])
        return done.stdout

    def _warn(self, sentences):
        for sentence in sentences:
            if sentence not in self._warnings:  # one for all calls
                self._warnings.add(sentence)
                log.warning("%s", sentence)
