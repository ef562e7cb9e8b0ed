# SPDX-License-Identifier: BSD-2-Clause
"""A way to a collector on which some requests are held up, so that others overtake them.

    with SlowPath(collector.url()) as path:
        path.hold(b"POST /v1/reports")      # the next one with these bytes
        ... = agent.start("report", "--url", path.url)
        path.held.wait(30)                  # it has come this far
        path.release()

    with SlowPath(collector.url(), delay=lambda: random.uniform(0, 1)) as path:   # seconds, of each request
"""

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
        self.held, self._released = threading.Event(), threading.Event()

    def hold(self, words):
        self.held.clear()
        self._released.clear()
        self._held_words = words

    def release(self):
        self._released.set()

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

    def _serve(self, client):
        with client, socket.create_connection(self._target, 30) as collector:
            threading.Thread(target=self._copy, args=(collector, client), daemon=True).start()
            self._copy(client, collector, holds=True)

    def _copy(self, source, target, holds=False):
        try:
            while chunk := source.recv(65536):
                if holds and self._held_words and self._held_words in chunk:
                    self._held_words = None
                    self.held.set()
                    self._released.wait(60)
                elif holds:
                    time.sleep(self._delay())
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
