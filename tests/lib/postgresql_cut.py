# SPDX-License-Identifier: BSD-2-Clause
"""A way to a PostgreSQL server that is cut in the middle of a commit."""

import os
import socket
import threading

import process

NAME = ".s.PGSQL.5432"
# How libpq prepares the statement: a connection's first commit is seen.
COMMIT = b"\0COMMIT\0"


class Way:
    """Passes connections on to `server`. cut_next("before"): the next commit does not get there;
    cut_next("after"): it does, and its answer does not come back. Either way the connection ends."""

    def __init__(self, server):
        self.server = server
        self.folder = process.temporary_directory("way")
        self.cut, self.cuts = None, 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(self.folder, NAME))
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self):
        return f"postgresql:///postgres?host={self.folder}&user=postgres"

    def cut_next(self, when):
        self.cut = when

    def close(self):
        self._end(self.listener)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(os.path.join(self.server.folder, NAME))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client, server):
        back = threading.Thread(target=self._to_client, args=(client, server), daemon=True)
        back.start()
        self._to_server(client, server)
        back.join()
        client.close()
        server.close()

    def _to_server(self, client, server):
        data = b""
        while data or (data := self._read(client)):
            if self.cut and COMMIT in data:
                when, self.cut = self.cut, None
                self._cut(when, client, server, data)
                break
            server.sendall(data)
            data = b""
        self._end(client, server)

    def _cut(self, when, client, server, data):
        """The answer is thrown away by whoever reads it: the client is gone by then."""
        client.shutdown(socket.SHUT_RDWR)
        if when == "after":
            server.sendall(data)
            # Until PostgreSQL has done all that it was sent, and ends.
            server.shutdown(socket.SHUT_WR)
            while self._read(server):
                pass
        self.cuts += 1

    def _to_client(self, client, server):
        while data := self._read(server):
            try:
                client.sendall(data)
            except OSError:
                return  # cut: what is left is _cut()'s to read
        self._end(client, server)

    @staticmethod
    def _read(connection):
        try:
            return connection.recv(65536)
        except OSError:
            return b""

    @staticmethod
    def _end(*both):
        for each in both:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
