# SPDX-License-Identifier: BSD-2-Clause
"""A slow way to the collector: one report arrives after another one that was begun later."""

import re
import select
import socket
import threading

import machine as played


class SlowWay:
    """A forwarder on .port that holds what comes after "POST /v1/reports" until release()."""

    def __init__(self, url):
        self._target = ("127.0.0.1", int(re.search(r":(\d+)$", url).group(1)))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.is_held, self.is_answered = threading.Event(), threading.Event()
        self._may_pass = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def release(self):
        self._may_pass.set()

    def deliver(self):
        """What is held arrives, and is answered."""
        self.release()
        if not self.is_answered.wait(30):
            raise AssertionError("the collector does not answer")

    def close(self):
        self.release()
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = socket.create_connection(self._target)
        waiting = [client, server]
        with client:
            while server in waiting:
                for ready in select.select(waiting, [], [])[0]:
                    data = _receive(ready)
                    if not data:
                        waiting.remove(ready)
                        continue
                    if ready is client and b"POST /v1/reports" in data:
                        data = _whole(client, data)
                        self.is_held.set()
                        self._may_pass.wait(60)
                        # The collector ends a connection on which nothing came for so long.
                        server.close()
                        server = socket.create_connection(self._target)
                        waiting = [client, server]
                        _send(server, data)
                        break
                    if ready is server and self.is_held.is_set():
                        self.is_answered.set()
                    _send(server if ready is client else client, data)
        server.close()


def _whole(client, data):
    """The request that begins so, to its end."""
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


def _begin(machine):
    """A report that the collector is still to get: its agent, and the way it is on."""
    way = SlowWay(machine.url)
    child = machine.start_report(way.url)
    if not way.is_held.wait(30):
        child.kill()
        way.close()
        raise AssertionError("no report came")
    return child, way


def _must_be(seen, continuity, reason):
    if seen[:2] != (continuity, "affirming") or seen[2][0] != reason:
        raise AssertionError(f"on the way: {seen}")


def two_reports(machine, _random):
    child, way = _begin(machine)
    try:
        _must_be(machine.report(), "continuous", "same-tpm")
        way.deliver()
        _must_be(played.verdict(machine.end(child)), "continuous", "same-tpm")
    finally:
        way.close()


def over_a_reboot(machine, _random):
    """The last report before a reboot arrives behind the first one after it; its agent is long gone."""
    child, way = _begin(machine)
    try:
        child.kill()
        machine.end(child)
        machine.wait(60)
        machine.shut_down()
        machine.reset_tpm()
        machine.boot()
        _must_be(machine.report(), "restarted", "restarted-orderly")
        way.deliver()
    finally:
        way.close()
