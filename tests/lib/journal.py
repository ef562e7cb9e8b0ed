# SPDX-License-Identifier: BSD-2-Clause
"""A journal in the place of systemd's: for a test that has a /run of its own."""

import os
import socket
import threading

JOURNAL = "/run/systemd/journal/socket"


class Journal:
    """What it is sent, as one dictionary an entry."""

    def __init__(self):
        os.makedirs(os.path.dirname(JOURNAL), exist_ok=True)
        self.entries = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(JOURNAL)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            lines = self.socket.recv(65536).decode(errors="replace").splitlines()
            # libvirtd writes here, too, in the protocol's other form as well.
            self.entries.append(dict(line.split("=", 1) for line in lines if "=" in line))

    def of(self, uuid):
        return [entry for entry in self.entries if entry.get("VTPM_UUID") == uuid]
