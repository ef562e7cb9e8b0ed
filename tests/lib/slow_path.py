# SPDX-License-Identifier: BSD-2-Clause
"""A way to a collector on which some requests are held up, so that others overtake them.

    with SlowPath(collector.url()) as path:
        path.hold(b"POST /v1/reports")      # the next one with these bytes
        ... = agent.start("report", "--url", path.url)
        path.held.wait(30)                  # it has come this far
        path.deliver()                      # it arrives, and is answered: also where its agent is gone

    with SlowPath(collector.url(), delay=lambda: random.uniform(0, 1)) as path:   # seconds, of each request
"""

import re
import select
import socket
import threading
import time
import urllib.parse


class SlowPath:
    def __init__(self, url, delay=lambda: 0):
        self._delay = delay
        address = urllib.parse.urlsplit(url)
        self._target = (address.hostname, address.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._held_words = None
        self.held, self.answered, self._released = (threading.Event() for _ in range(3))

    def hold(self, words):
        for event in (self.held, self.answered, self._released):
            event.clear()
        self._held_words = words

    def release(self):
        self._released.set()

    def deliver(self):
        self.release()
        if not self.answered.wait(30):
            raise AssertionError("the collector does not answer")

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.release()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _connect(self):
        return socket.create_connection(self._target, 30)

    def _serve(self, client):
        server, is_held = self._connect(), False
        waiting = [client, server]
        with client:
            while server in waiting:
                ready = select.select(waiting, [], [])[0][0]
                data = _receive(ready)
                if not data:
                    waiting.remove(ready)
                    _end(server if ready is client else client)
                elif ready is server:
                    if is_held:
                        self.answered.set()
                    _send(client, data)
                elif self._held_words and self._held_words in data:
                    data, is_held = self._hold(client, data), True
                    # The collector ends a connection on which nothing came for so long.
                    server.close()
                    server = self._connect()
                    waiting = [client, server]
                    _send(server, data)
                else:
                    time.sleep(self._delay())
                    _send(server, data)
        server.close()

    def _hold(self, client, data):
        """The whole request that begins so, when it may pass."""
        self._held_words = None
        data = _whole(client, data)
        self.held.set()
        self._released.wait(60)
        return data


def _whole(client, data):
    while b"\r\n\r\n" not in data:
        data += client.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    size = int(re.search(rb"(?i)content-length: *(\d+)", head).group(1))
    while len(body) < size:
        more = client.recv(65536)
        data, body = data + more, body + more
    return data


def _receive(end):
    try:
        return end.recv(65536)
    except ConnectionError:
        return b""


def _send(end, data):
    try:
        end.sendall(data)
    except OSError:  # an agent that was killed
        pass


def _end(end):
    try:
        end.shutdown(socket.SHUT_WR)
    except OSError:
        pass
