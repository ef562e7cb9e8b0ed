#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Requests that wait for a report, answered by another thread than theirs: very many at once, and one
after the other without a lost wake-up."""

import json
import os
import select
import socket
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import load  # noqa: E402
from collector import Collector  # noqa: E402
from raw_http import get, read_answer  # noqa: E402

WAITERS = 256  # docs/protocol.md
SURPLUS = 44


class LongPolls(unittest.TestCase):
    def setUp(self):
        self.collector = self.enterContext(Collector())
        self.guest, self.other = (load.Guest(self.collector.url()) for _ in range(2))
        self.addCleanup(self.guest.close)
        self.addCleanup(self.other.close)
        self.head = self.report(self.guest)

    def report(self, guest):
        answer = guest.report_once()
        self.assertEqual(answer.status, 200, answer.json)
        return answer.json["report"]

    def connect(self):
        host, port = self.collector.url().split("//")[1].split(":")
        connection = socket.create_connection((host, int(port)), timeout=90)
        self.addCleanup(connection.close)
        return connection

    def wait_newer(self, connection):
        path = f"/v1/vms/{self.guest.uuid}/reports?newer={self.head}&wait=60"
        connection.sendall(get(path, Authorization=f"Bearer {self.collector.admin_token()}"))

    def read_numbers(self, connection):
        status, body = read_answer(connection)
        self.assertEqual(status, 200, body)
        return [report["id"] for report in json.loads(body)["reports"]]

    def test_more_than_may_wait(self):
        waiting = {self.connect() for _ in range(WAITERS + SURPLUS)}
        for connection in waiting:
            self.wait_newer(connection)
        # Those that find no place are told at once.
        refused = set()
        while len(refused) < SURPLUS:
            answered, _, _ = select.select(waiting, [], [], 20)
            self.assertTrue(answered, f"{len(refused)} refused")
            for connection in answered:
                status, body = read_answer(connection)
                self.assertEqual((status, json.loads(body)["code"]), (503, "busy"))
            refused.update(answered)
            waiting.difference_update(answered)
        # The others are in nobody's way, and another VM's report is not theirs.
        self.assertEqual(self.collector.ask("GET", "/readyz").status, 200)
        self.report(self.other)
        self.assertEqual(len(waiting), WAITERS)
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

    def test_no_wake_up_is_lost(self):
        # Each would cost a second, and outlast the test's time limit.
        connection = self.connect()
        for _ in range(250):
            self.wait_newer(connection)
            self.head = self.report(self.guest)
            self.assertEqual(self.read_numbers(connection), [self.head])


if __name__ == "__main__":
    unittest.main()
