# SPDX-License-Identifier: BSD-2-Clause
"""client.py's second agent with a TPM of its own in Python: hundreds of them report side by side."""

import hashlib
import http.client
import select
import socket
import struct
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import client
from credential import sized
from software_ek import EccEk

SHA256, ECDSA, ECC, NULL, P256 = 0xB, 0x18, 0x23, 0x10, 3
# fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, sign.
AK_ATTRIBUTES = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 10 | 1 << 16 | 1 << 18
ENDORSEMENT = bytes.fromhex("4000000b")


class SoftwareClient(client.Client):
    """A guest whose TPM is healthy and never reset. Keeps its connection; one thread at a time.
    context: an ssl.SSLContext, for HTTPS."""

    def __init__(self, url, uuid, token=None, context=None):
        self.connection = None
        self.context = context
        self.reports = 0
        super().__init__(url, None, uuid, ek="p256", token=token)

    def close(self):
        self.disconnect()
        super().close()

    def disconnect(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def move(self, url):
        """To the collector's new address."""
        self.disconnect()
        self.address = url.split("//")[1]

    def _connect(self):
        if self.context:
            return http.client.HTTPSConnection(self.address, timeout=60, context=self.context,
                                               source_address=self.source)
        return http.client.HTTPConnection(self.address, timeout=60, source_address=self.source)

    def _make_keys(self):
        self.started = time.monotonic()
        self.key = ec.generate_private_key(ec.SECP256R1())
        point = self.key.public_key().public_numbers()
        self.ek_key = EccEk(P256, SHA256, 128)
        public = (struct.pack(">HHIHHHHHH", ECC, SHA256, AK_ATTRIBUTES, 0, NULL, ECDSA, SHA256, P256,
                              NULL) + sized(point.x.to_bytes(32, "big"))
                  + sized(point.y.to_bytes(32, "big")))
        self.files = {"ak.pub": public, "ak.name": self.name(public), "p256.pub": self.ek_key.public,
                      "p256.name": self.name(self.ek_key.public)}

    @staticmethod
    def name(data):
        return struct.pack(">H", SHA256) + hashlib.sha256(data).digest()

    def content(self, name):
        return self.files[name]

    def was_closed(self):
        """Whether the collector closed the kept connection while nothing was asked, as it does with an idle one."""
        if not self.connection or not self.connection.sock:
            return False
        ready = select.poll()
        ready.register(self.connection.sock, select.POLLIN)
        if not ready.poll(0):
            return False
        try:  # beneath TLS, whose own recv() takes no flags
            return socket.socket.recv(self.connection.sock, 1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def post(self, path, message):
        if self.was_closed():
            self.disconnect()
        is_kept = self.connection is not None
        if not is_kept:
            self.connection = self._connect()
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        try:
            self.connection.request("POST", path, client.to_json(message), headers)
            answer = self.connection.getresponse()
            return client.Answer(answer.status, answer.read(), answer.headers)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            self.disconnect()
            if not is_kept or path != "/v1/challenges":
                raise
        except BaseException:
            self.disconnect()
            raise
        # It was closed as idle just when it was used again. A challenge may be asked for twice.
        return self.post(path, message)

    def activate(self, credential, key="ak"):
        if credential is None:
            return b""
        id_object, encrypted = (client.decode(credential[name])[2:]
                                for name in ("id_object", "encrypted_secret"))
        return self.ek_key.activate(self.content(key + ".name"), id_object, encrypted)

    def pcrs(self):
        return {str(i): ("ff" if 17 <= i <= 22 else "00") * 32 for i in range(24)}

    def clock(self):
        now = int((time.monotonic() - self.started) * 1000) + 1000
        return {"time_ms": now, "clock_ms": now, "reset_count": 1, "restart_count": 0,
                "is_safe": True, "uptime_ms": now + 1000}

    def evidence(self, **changes):
        """Each report's differs in this, if in nothing else."""
        self.reports += 1
        self.last_clock = self.clock()
        return super().evidence(**{"agent": f"report {self.reports}", "clock": self.last_clock,
                                   **changes})

    def quote(self, evidence, nonce, secret, pcrs="sha256:all", key="ak"):
        qualifying = hashlib.sha256(b"vtpm-report-v1\0" + nonce + secret
                                    + hashlib.sha256(evidence).digest()).digest()
        clock = self.last_clock
        composite = hashlib.sha256(b"".join(map(bytes.fromhex, self.pcrs().values()))).digest()
        attest = (struct.pack(">IH", 0xff544347, 0x8018)
                  + sized(self.name(ENDORSEMENT + self.content("ak.name"))) + sized(qualifying)
                  + struct.pack(">QIIBQ", clock["clock_ms"], clock["reset_count"],
                                clock["restart_count"], clock["is_safe"], 0)
                  + struct.pack(">IHB", 1, SHA256, 3) + b"\xff\xff\xff" + sized(composite))
        r, s = decode_dss_signature(self.key.sign(attest, ec.ECDSA(hashes.SHA256())))
        return attest, (struct.pack(">HH", ECDSA, SHA256) + sized(r.to_bytes(32, "big"))
                        + sized(s.to_bytes(32, "big")))
