#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stalls of libmicrohttpd that the HTTP service is built to avoid. Each would cost a second or more for
a handful of answers: so many are asked for that a stall would outlast the test's time limit."""

import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
from http_driver import Driver  # noqa: E402
from raw_http import get, read_status  # noqa: E402


class Progress(unittest.TestCase):
    def setUp(self):
        self.driver = Driver(workers=1)
        self.connections = []

    def tearDown(self):
        for connection in self.connections:
            connection.close()
        self.assertEqual(self.driver.end(), 0)

    def connect(self, count):
        self.connections += [self.driver.connect() for _ in range(count)]

    def ask_all(self, path):
        for connection in self.connections:
            connection.sendall(get(path))

    def read_all(self):
        for connection in self.connections:
            self.assertEqual(read_status(connection), 200)

    def stop_server(self):
        """So that it sees all that is sent meanwhile at once."""
        self.driver.child.send_signal(signal.SIGSTOP)
        self.assertTrue(process.wait_until(self.is_stopped, 20))

    def is_stopped(self):
        with open(f"/proc/{self.driver.child.pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "T"

    def test_128_times_k_ready_connections(self):
        # Its epoll loop takes 128 events at a time, and waits for more when it got as many.
        for _ in range(2):
            self.connect(128)
            self.ask_all("/fast")
            self.read_all()
            for _ in range(100):
                self.stop_server()
                self.ask_all("/fast")
                self.driver.child.send_signal(signal.SIGCONT)
                self.read_all()

    def test_answers_from_another_thread(self):
        # One at a time: no other event wakes the worker when the answer is there.
        self.connect(1)
        for _ in range(1000):
            self.ask_all("/later")
            self.read_all()

    def test_answers_to_many_from_another_thread(self):
        self.connect(128)
        for _ in range(40):
            self.ask_all("/later")
            self.read_all()


if __name__ == "__main__":
    unittest.main()
