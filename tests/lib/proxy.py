# SPDX-License-Identifier: BSD-2-Clause
"""Stands between a program and a swtpm, and does what another program could do in between.

swtpm talks to one client at a time; so whatever shall happen between two commands of the agent is
sent by the proxy, on the agent's own connection.

    def hook(code, send):                 # before each command is passed on
        if code == PCR_READ: send(request)
    with Proxy(tpm, before=hook) as proxy:
        agent.run("evidence", tcti=proxy.tcti)
"""

import random
import socket
import struct
import threading


class Proxy:
    def __init__(self, tpm, before=None, after=None):
        self.tpm = tpm
        self._hooks = (before or _nothing, after or _nothing)
        self._listeners = _listen()
        self.port = self._listeners[0].getsockname()[1]
        self.failure = None
        serve = (self._serve_commands, self._serve_control)
        self._threads = [threading.Thread(target=self._serve, args=pair, daemon=True)
                         for pair in zip(self._listeners, serve)]

    @property
    def tcti(self):
        return f"swtpm:host=127.0.0.1,port={self.port}"

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in self._threads:
            thread.join(10)
        if self.failure:
            raise self.failure

    def _serve(self, listener, serve):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                try:
                    serve(client)
                except (ConnectionError, EOFError):
                    pass
                except Exception as failure:  # a hook's assertion belongs to the test
                    self.failure = failure

    def _serve_commands(self, client):
        before, after = self._hooks
        with socket.create_connection(("127.0.0.1", self.tpm.port), 10) as swtpm:
            def send(request):
                swtpm.sendall(request)
                return receive_message(swtpm)
            while True:
                request = receive_message(client)
                code = struct.unpack(">I", request[6:10])[0]
                before(code, send)
                answer = send(request)
                after(code, send)
                client.sendall(answer)

    def _serve_control(self, client):
        with socket.create_connection(("127.0.0.1", self.tpm.port + 1), 10) as swtpm:
            back = threading.Thread(target=_copy, args=(swtpm, client), daemon=True)
            back.start()
            _copy(client, swtpm)
            back.join(10)


def extend(pcr, **digests):
    """TPM2_PCR_Extend with an empty password: extend(7, sha256=bytes(32))."""
    algs = {"sha1": 4, "sha256": 0xB, "sha384": 0xC, "sha512": 0xD}
    values = b"".join(struct.pack(">H", algs[name]) + value for name, value in digests.items())
    body = (struct.pack(">III", pcr, 9, 0x40000009) + b"\0\0\0\0\0"
            + struct.pack(">I", len(digests)) + values)
    return struct.pack(">HII", 0x8002, 10 + len(body), 0x182) + body


def receive_message(connection):
    header = _receive(connection, 10)
    return header + _receive(connection, struct.unpack(">I", header[2:6])[0] - 10)


def _receive(connection, size):
    data = b""
    while len(data) < size:
        chunk = connection.recv(size - len(data))
        if not chunk:
            raise EOFError("the connection ended")
        data += chunk
    return data


def _copy(source, target):
    try:
        while chunk := source.recv(4096):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _nothing(*_):
    pass


def _listen():
    """Listeners on two neighbouring ports, as tpm2-tss expects them of a swtpm."""
    for _ in range(50):
        port = random.randrange(32002, 32700, 2)
        pair = [socket.socket(), socket.socket()]
        try:
            for offset, listener in enumerate(pair):
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(("127.0.0.1", port + offset))
                listener.listen(8)
            return pair
        except OSError:
            for listener in pair:
                listener.close()
    raise RuntimeError("no two neighbouring ports are free")
