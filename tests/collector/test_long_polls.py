#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Requests that wait for a report, answered by another thread than theirs: very many at once, and one
after the other without a lost wake-up."""

import itertools
import json
import os
import select
import socket
import ssl
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import load  # noqa: E402
import process  # noqa: E402
from authority import Authority  # noqa: E402
from collector import PROGRAM, UNLIMITED, Collector  # noqa: E402
from raw_http import get, read_answer  # noqa: E402

WAITERS = 256  # docs/protocol.md: of administrators, and of all others
SURPLUS = 44


class Waiting(unittest.TestCase):
    def start(self, context=None, config=None):
        self.context, self.numbers = context, itertools.count()
        self.collector = self.enterContext(Collector(config=config, context=context))
        self.guest, self.other = (load.Guest(self.collector.url(), context=context) for _ in range(2))
        self.addCleanup(self.guest.close)
        self.addCleanup(self.other.close)
        self.head = self.report(self.guest)

    def report(self, guest):
        answer = guest.report_once()
        self.assertEqual(answer.status, 200, answer.json)
        return answer.json["report"]

    def connect(self):
        host, port = self.collector.url().split("//")[1].split(":")
        # One address alone has not so many.
        source = f"127.0.0.{2 + next(self.numbers) // 100}"
        connection = socket.create_connection((host, int(port)), timeout=90, source_address=(source, 0))
        if self.context:
            connection = self.context.wrap_socket(connection, server_hostname=host)
        self.addCleanup(connection.close)
        return connection

    def wait_newer(self, connection, role="admin"):
        """As an administrator, or as a viewer."""
        path = f"/v1/vms/{self.guest.uuid}/reports?newer={self.head}&wait=60"
        with open(os.path.join(self.collector.state, f"{role}-token")) as file:
            headers = {"Authorization": f"Bearer {file.read().strip()}"}
        connection.sendall(get(path, **headers))

    def place(self, connections, role="admin"):
        """Asks on each of them; the set of those that found no place."""
        for connection in connections:
            self.wait_newer(connection, role)
        refused = set()
        while answered := select.select(connections, [], [], 1)[0]:
            for connection in answered:
                status, body = read_answer(connection)
                self.assertEqual((status, json.loads(body)["code"]), (503, "busy"))
            refused.update(answered)
        return refused

    def take_places(self, surplus=1, role="admin"):
        """All of a share: the set of connections that wait."""
        connections = {self.connect() for _ in range(WAITERS + surplus)}
        refused = self.place(connections, role)
        self.assertEqual(len(refused), surplus)
        return connections - refused

    def read_numbers(self, connection):
        status, body = read_answer(connection)
        self.assertEqual(status, 200, body)
        return [report["id"] for report in json.loads(body)["reports"]]


class LongPolls(Waiting):
    def setUp(self):
        self.start()

    def test_more_than_may_wait(self):
        waiting = self.take_places(SURPLUS)
        # The others are in nobody's way, and another VM's report is not theirs.
        self.assertEqual(self.collector.ask("GET", "/readyz").status, 200)
        self.report(self.other)
        self.assertEqual(select.select(waiting, [], [], 0)[0], [])
        number = self.report(self.guest)
        for connection in waiting:
            self.assertEqual(self.read_numbers(connection), [number])
        # And there is room again.
        self.head = number
        again = self.connect()
        self.wait_newer(again)
        number = self.report(self.guest)
        self.assertEqual(self.read_numbers(again), [number])

    def test_viewers_take_no_administrators_place(self):
        waiting = self.take_places(role="viewer")
        operator = self.connect()
        self.assertEqual(self.place({operator}), set())
        child = process.start([PROGRAM, "confirm", self.guest.uuid, "--event", "live-migration", "--timeout",
                               "30", "--url", self.collector.url(), "--state", self.collector.state],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill, child)
        self.assertTrue(process.wait_until(
            lambda: child.poll() is not None or '"event":"live-migration"' in self.collector.ask(
                "GET", f"/v1/vms/{self.guest.uuid}", token=self.collector.admin_token()).text, 20))
        number = self.report(self.guest)
        out, err = child.communicate(timeout=60)
        # The software TPM's evidence is not complete: a warning.
        self.assertEqual((process.reap(child), err), (1, ""), out)
        for connection in {operator, *waiting}:
            self.assertEqual(self.read_numbers(connection), [number])


class Many(Waiting):
    def setUp(self):
        self.start(config=UNLIMITED)

    def test_no_wake_up_is_lost(self):
        # Each would cost a second, and outlast the test's time limit.
        connection = self.connect()
        for _ in range(250):
            self.wait_newer(connection)
            self.head = self.report(self.guest)
            self.assertEqual(self.read_numbers(connection), [self.head])


class Leaving(Waiting):
    """Who waits has a minute; who leaves gives the place back long before."""

    def check(self, leave):
        for connection in self.take_places():
            leave(connection)
        again = {self.connect() for _ in range(WAITERS)}
        missing = set(again)

        def have_places():
            nonlocal missing
            missing = self.place(missing)
            return not missing
        self.assertTrue(process.wait_until(have_places, 20))
        self.guest.close()  # idle for longer than it may be, where the machine is busy
        number = self.report(self.guest)
        for connection in again:
            self.assertEqual(self.read_numbers(connection), [number])

    def test_plain(self):
        self.start()
        self.check(lambda connection: connection.close())

    def test_tls(self):
        """Its farewell stays behind, unread."""
        authority = Authority(process.temporary_directory("tls"), "ours")
        certificate, key = authority.issue("server", "serverAuth")
        context = ssl.create_default_context(cafile=authority.ca)
        self.start(context, f"[http]\ncertificate = {certificate}\nkey = {key}\n")

        def leave(connection):
            connection.setblocking(False)
            try:
                connection.unwrap()
            except ssl.SSLError:
                pass  # the collector's own farewell is not waited for
            connection.close()
        self.check(leave)


if __name__ == "__main__":
    unittest.main()
