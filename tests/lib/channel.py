# SPDX-License-Identifier: BSD-2-Clause
"""The command line into a guest: requests and answers of guest-init over a serial port's socket."""

import base64
import itertools
import select
import time

import process

# A terminal's receive buffer takes 64 KiB before bytes are lost: the limit of one request.
MAX_INPUT = 24 * 1024
_numbers = itertools.count(1)


class GuestTimeout(Exception):
    """The guest did not answer in time."""


class Channel:
    def __init__(self, path):
        self.boot_id = None
        self._answers = {}
        self._buffer = b""
        self._socket = process.connect_unix(path)

    def send(self, script, stdin, user, timeout):
        """Sends a request and returns its number."""
        if len(script) + len(stdin) > MAX_INPUT:
            raise ValueError("the request is too large for the guest's serial port")
        number = next(_numbers)
        line = f"{number} {timeout} {user} {_encode(script)} {_encode(stdin)}\n"
        self._socket.sendall(line.encode())
        return number

    def wait(self, number, timeout):
        """Returns (status, stdout, stderr) of a request."""
        end = time.monotonic() + timeout
        while number not in self._answers:
            self._receive(end, f"command {number}")
        return self._answers.pop(number)

    def wait_ready(self, timeout):
        """Waits until the guest's system has (re)started; returns its boot_id."""
        end = time.monotonic() + timeout
        while self.boot_id is None:
            self._receive(end, "its start")
        return self.boot_id

    def expect_restart(self):
        """Forgets what came before a restart, half a line included."""
        while select.select([self._socket], [], [], 0)[0] and self._socket.recv(65536):
            pass
        self._buffer = b""
        self.boot_id = None

    def take_over(self, source):
        """Goes on where `source` stopped: its guest was migrated to this one."""
        while select.select([source._socket], [], [], 0)[0]:
            data = source._socket.recv(65536)
            if not data:
                break
            source._feed(data)
        self.boot_id = source.boot_id
        self._answers.update(source._answers)
        self._buffer = source._buffer + self._buffer

    def close(self):
        self._socket.close()

    def _receive(self, end, what):
        ready, _, _ = select.select([self._socket], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise GuestTimeout(f"the guest does not report {what}")
        data = self._socket.recv(65536)
        if not data:
            raise GuestTimeout(f"QEMU went away while waiting for {what}")
        self._feed(data)

    def _feed(self, data):
        self._buffer += data
        while b"\n" in self._buffer:
            line, self._buffer = self._buffer.split(b"\n", 1)
            # A restart can cut a line short: what counts is behind the last "@".
            fields = line.rpartition(b"@")[2].split()
            if fields[:1] == [b"ready"] and len(fields) == 2:
                self.boot_id = fields[1].decode()
            elif len(fields) == 4 and fields[0].isdigit():
                self._answers[int(fields[0])] = (int(fields[1]), _decode(fields[2]),
                                                 _decode(fields[3]))


def _encode(data):
    return base64.b64encode(data).decode() or "-"


def _decode(data):
    return b"" if data == b"-" else base64.b64decode(data)
