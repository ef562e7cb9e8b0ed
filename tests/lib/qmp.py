# SPDX-License-Identifier: BSD-2-Clause
"""QEMU's machine protocol: one JSON document on each line (docs/interop/qmp-spec of QEMU)."""

import json
import time

import process


class QmpError(Exception):
    """QEMU refused a command, or went away."""


class Qmp:
    def __init__(self, path, timeout=10):
        self._buffer = b""
        self._events = []
        self._socket = process.connect_unix(path, timeout)
        self._socket.settimeout(timeout)
        self._receive(time.monotonic() + timeout)
        self.execute("qmp_capabilities", timeout=timeout)

    def execute(self, command, timeout=10, **arguments):
        """Runs a command and returns its result; underscores in argument names become dashes."""
        request = {"execute": command,
                   "arguments": {name.replace("_", "-"): value for name, value in arguments.items()}}
        self._socket.sendall(json.dumps(request).encode())
        end = time.monotonic() + timeout
        while True:
            message = self._receive(end)
            if "return" in message:
                return message["return"]
            if "error" in message:
                raise QmpError(f"{command}: {message['error']['desc']}")
            self._events.append(message)

    def wait_event(self, name, timeout=10):
        """Returns the next event of that name, also one that came before; earlier others are lost."""
        end = time.monotonic() + timeout
        while True:
            message = self._events.pop(0) if self._events else self._receive(end)
            if message.get("event") == name:
                return message

    def take_events(self, name):
        """Those of that name that have come and were not taken; others stay."""
        self.execute("query-status")  # behind its answer is what comes later
        taken = [event for event in self._events if event["event"] == name]
        self._events = [event for event in self._events if event["event"] != name]
        return taken

    def close(self):
        self._socket.close()

    def _receive(self, end):
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(0.001, end - time.monotonic()))
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                raise QmpError("QEMU does not answer on its QMP socket") from None
            if not data:
                raise QmpError("QEMU closed its QMP socket")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line)
