# SPDX-License-Identifier: BSD-2-Clause
"""The HTTP service alone, with handlers as bad as handlers can be: tests/collector/http_driver.c."""

import contextlib
import http.client
import os
import socket
import subprocess

import by_hand  # noqa: F401
import process


class Driver:
    """deadline: in seconds, for a request and for an answer; connections, waiting, per_address, bodies: limits,
    0: the default;
    tls: files of certificate, key and client CA."""

    def __init__(self, deadline=15, connections=2048, waiting=512, per_address=0, workers=2, tls=(),
                 bodies=0):
        numbers = (deadline, connections, waiting, per_address, workers, bodies)
        self.child = process.start(
            [os.environ["VTPM_HTTP_DRIVER"], *map(str, numbers), *tls],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        url = self.child.stdout.readline().decode().strip()
        self.address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))

    def connect(self, source="127.0.0.1", timeout=20):
        return socket.create_connection(self.address, timeout=timeout, source_address=(source, 0))

    def ask(self, method, path, body=None, **headers):
        with contextlib.closing(http.client.HTTPConnection(*self.address, timeout=20)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer

    def raw(self, data):
        """All the server says to these bytes, until it closes or is silent for a second."""
        with self.connect() as connection:
            connection.sendall(data)
            connection.settimeout(1)
            answer = b""
            try:
                while part := connection.recv(65536):
                    answer += part
            except (TimeoutError, ConnectionResetError):
                pass
            return answer

    def sockets(self):
        """How many it has open."""
        names = (f"/proc/{self.child.pid}/fd/{fd}" for fd in os.listdir(f"/proc/{self.child.pid}/fd"))
        return sum(os.path.islink(name) and os.readlink(name).startswith("socket:") for name in names)

    def end(self):
        self.child.stdin.close()
        self.child.stdout.close()
        return self.child.wait(20)
