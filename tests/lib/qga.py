# SPDX-License-Identifier: BSD-2-Clause
"""A guest's programs by QEMU's guest agent: the commands guest-exec and guest-exec-status of
docs/interop/qemu-ga-ref, over the port's socket. Stands where Channel stands."""

import base64
import itertools
import json
import time

import process

_ids = itertools.count(1)


class QgaError(Exception):
    """The guest's agent refused a command, or did not answer."""


class Qga:
    def __init__(self, path):
        self.boot_id = None
        self._buffer = b""
        self._socket = process.connect_unix(path)

    def execute(self, command, timeout=10, **arguments):
        """Runs a command of the guest's agent; underscores in argument names become dashes."""
        request = {"execute": command,
                   "arguments": {name.replace("_", "-"): value for name, value in arguments.items()}}
        self._send(json.dumps(request).encode() + b"\n")
        message = self._receive(time.monotonic() + timeout, command)
        if "error" in message:
            raise QgaError(f"{command}: {message['error']['desc']}")
        return message["return"]

    def wait_ready(self, timeout):
        """Waits until the guest's agent answers; returns the guest's boot_id."""
        end = time.monotonic() + timeout
        while not self._synchronise(1):
            if time.monotonic() > end:
                raise QgaError("the guest's agent does not answer")
        _, out, _ = self.wait(self.send(b"cat /proc/sys/kernel/random/boot_id", b"", "root", 20), 30)
        self.boot_id = out.decode().strip()
        return self.boot_id

    def send(self, script, stdin, user, timeout):
        """Starts a line of shell; returns the number to wait for."""
        assert user == "root", user
        return self.start(["timeout", "-s", "KILL", str(timeout), "sh", "-c", script.decode()], stdin)

    def start(self, argv, stdin=b""):
        return self.execute("guest-exec", path=argv[0], arg=list(argv[1:]), capture_output=True,
                            input_data=base64.b64encode(stdin).decode())["pid"]

    def wait(self, number, timeout):
        """Returns (status, stdout, stderr)."""
        answer = self.wait_answer(number, timeout)
        return (answer["exitcode"] if "exitcode" in answer else 128 + answer["signal"],
                base64.b64decode(answer.get("out-data", "")),
                base64.b64decode(answer.get("err-data", "")))

    def wait_answer(self, number, timeout):
        """What guest-exec-status says of a program that has ended."""
        end = time.monotonic() + timeout
        while not (answer := self.execute("guest-exec-status", pid=number))["exited"]:
            if time.monotonic() > end:
                raise QgaError(f"program {number} has not ended")
            time.sleep(0.1)
        return answer

    def expect_restart(self):
        self.boot_id = None

    def take_over(self, source):
        """Goes on where `source` stopped: its guest was migrated to this one."""
        self.boot_id = source.boot_id
        if not any(self._synchronise(2) for _ in range(10)):
            raise QgaError("the guest's agent does not answer after the migration")

    def close(self):
        self._socket.close()

    def _synchronise(self, timeout):
        """guest-sync-delimited: whatever an earlier client left behind ends with a byte 0xff."""
        number = next(_ids)
        end = time.monotonic() + timeout
        try:
            self._send(b"\xff" + json.dumps({"execute": "guest-sync-delimited",
                                             "arguments": {"id": number}}).encode() + b"\n")
            while self._receive(end, "guest-sync-delimited").get("return") != number:
                pass
        except QgaError:
            return False
        return True

    def _send(self, data):
        self._socket.settimeout(10)
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise QgaError("the guest's agent does not read") from None

    def _receive(self, end, what):
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(0.001, end - time.monotonic()))
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                raise QgaError(f"the guest's agent does not answer to {what}") from None
            if not data:
                raise QgaError("QEMU went away")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        try:
            return json.loads(line.rpartition(b"\xff")[2])
        except ValueError:
            return {}
