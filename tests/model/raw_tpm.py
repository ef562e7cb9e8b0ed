# SPDX-License-Identifier: BSD-2-Clause
"""A swtpm that is spoken to in bytes, for thousands of commands in a second: TPM commands on one
connection, and swtpm's control channel (power, state blobs) on another."""

import os
import socket
import struct
import time

from swtpm import Swtpm, receive

CLEAR, STATE = 0, 1
INIT, STOP, GET_STATE, SET_STATE = 2, 14, 12, 13
BLOBS = (1, 2, 3)  # permanent, volatile, saved

OWNER, ENDORSEMENT, PLATFORM = 0x40000001, 0x4000000B, 0x4000000C
EK_HANDLE = 0x81010001
BEACON = 0x01807674
FIRST_OBJECT = 0x01800100

NO_SESSIONS, SESSIONS = 0x8001, 0x8002


class TpmError(Exception):
    pass


def _sized(data):
    return struct.pack(">H", len(data)) + data


def _signing_key():
    """An ECC P-256 signing key: deterministic, so that its name tells one seed from another."""
    return (struct.pack(">HHIH", 0x23, 0x0B, 0x00050072, 0) +
            struct.pack(">HHHHH", 0x10, 0x18, 0x0B, 0x03, 0x10) + _sized(b"") + _sized(b""))


class RawTpm:
    """`release` as in Swtpm: "debian12" or "new"."""

    def __init__(self, release):
        self.release = release
        self.swtpm = Swtpm(release=release, startup=False)
        self._data = self._control = None
        self.owner_auth = b""

    @property
    def file(self):
        return os.path.join(self.swtpm.state, "tpm2-00.permall")

    def close(self):
        self._hang_up()
        self.swtpm.close()

    def launch(self):
        """The process, its TPM initialised and not started."""
        self.swtpm.start()
        self._data = socket.create_connection(("127.0.0.1", self.swtpm.port), 10)
        self._control = socket.create_connection(("127.0.0.1", self.swtpm.port + 1), 10)
        self._data.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _hang_up(self):
        for connection in (self._data, self._control):
            if connection:
                connection.close()
        self._data = self._control = None

    def terminate(self):
        self._hang_up()
        self.swtpm.stop(None)

    def kill(self):
        self._hang_up()
        self.swtpm.kill()

    def control(self, command, data=b""):
        self._control.sendall(struct.pack(">I", command) + data)
        (result,) = struct.unpack(">I", receive(self._control, 4))
        if result:
            raise TpmError(f"control command {command}: 0x{result:x}")

    def power_on(self):
        """What a machine's reset does to it: _TPM_Init in the running process."""
        self.control(INIT, struct.pack(">I", 0))

    def take_blobs(self):
        return [self._take_blob(kind) for kind in BLOBS]

    def _take_blob(self, kind):
        self._control.sendall(struct.pack(">IIII", GET_STATE, 0, kind, 0))
        result, _, total, length = struct.unpack(">IIII", receive(self._control, 16))
        if result and kind == BLOBS[-1]:
            return b""  # nothing was saved
        if result or total != length:
            raise TpmError(f"state blob {kind}: 0x{result:x}")
        return receive(self._control, length)

    def put_blobs(self, blobs):
        """A running state goes on here: what the destination of a migration does."""
        self.control(STOP)
        for kind, blob in zip(BLOBS, blobs):
            if not blob:
                continue
            self.control(SET_STATE, struct.pack(">III", 0, kind, len(blob)) + blob)
        self.power_on()

    def command(self, code, body=b"", auth=None, handles=1):
        """`auth`: the password of the first of the handles with which `body` begins."""
        tag = NO_SESSIONS
        if auth is not None:
            tag = SESSIONS
            session = struct.pack(">IHBH", 0x40000009, 0, 0, len(auth)) + auth
            session = struct.pack(">I", len(session)) + session
            body = body[:4 * handles] + session + body[4 * handles:]
        self._data.sendall(struct.pack(">HII", tag, 10 + len(body), code) + body)
        _, size, result = struct.unpack(">HII", receive(self._data, 10))
        answer = receive(self._data, size - 10)
        if result:
            raise TpmError(f"TPM command 0x{code:x}: 0x{result:x}")
        return answer

    def startup(self, how):
        self.command(0x144, struct.pack(">H", how))

    def shutdown(self, how):
        self.command(0x145, struct.pack(">H", how))

    def extend(self, pcr=10):
        self.command(0x182, struct.pack(">IIH", pcr, 1, 0x0B) + os.urandom(32), b"")

    def define(self, index, attributes):
        public = struct.pack(">IHIHH", index, 0x0B, attributes, 0, 8)
        self.command(0x12A, struct.pack(">I", OWNER) + _sized(b"") + _sized(public),
                     self.owner_auth)

    def increment(self, index):
        self.command(0x134, struct.pack(">II", index, index), b"", 2)

    def set_owner_auth(self, auth):
        self.command(0x129, struct.pack(">I", OWNER) + _sized(auth), self.owner_auth)
        self.owner_auth = auth

    def set_clock(self, clock):
        self.command(0x128, struct.pack(">IQ", OWNER, clock), self.owner_auth)

    def clear(self):
        self.command(0x126, struct.pack(">I", PLATFORM), b"")
        self.owner_auth = b""

    def random(self):
        return self.command(0x17B, struct.pack(">H", 16))[2:]

    def clock(self):
        """time, clock, resetCount, restartCount, safe"""
        return struct.unpack(">QQIIB", self.command(0x181))

    def handles(self, first):
        answer = self.command(0x17A, struct.pack(">III", 1, first, 254))
        (count,) = struct.unpack(">I", answer[5:9])
        return struct.unpack(f">{count}I", answer[9:9 + 4 * count])

    def bits(self):
        """TPMA_PERMANENT, TPMA_STARTUP_CLEAR"""
        answer = self.command(0x17A, struct.pack(">III", 6, 0x200, 2))
        _, permanent, _, startup = struct.unpack(">IIII", answer[9:25])
        return permanent, startup

    def pcr(self, number):
        """The PCRs' update counter, and the value."""
        selection = (1 << number).to_bytes(3, "little")
        answer = self.command(0x17E, struct.pack(">IHB", 1, 0x0B, 3) + selection)
        return struct.unpack(">I", answer[:4])[0], answer[-32:]

    def name(self, hierarchy, auth=b""):
        """Of a key that follows from the hierarchy's seed."""
        body = (struct.pack(">I", hierarchy) + _sized(_sized(b"") + _sized(b"")) +
                _sized(_signing_key()) + _sized(b"") + struct.pack(">I", 0))
        answer = self.command(0x131, body, auth)
        self.command(0x165, answer[:4])
        (size,) = struct.unpack(">H", answer[8:10])
        return answer[10:10 + size]

    def value(self, index):
        answer = self.command(0x14E, struct.pack(">IIHH", index, index, 8, 0), b"", 2)
        return int.from_bytes(answer[6:14], "big")


def now_ms():
    return time.monotonic() * 1000
