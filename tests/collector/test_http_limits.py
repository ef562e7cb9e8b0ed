#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients that want too much of the HTTP service: slow ones, very many, all from one address; and more
requests than handlers may hold."""

import concurrent.futures
import http.client
import json
import os
import select
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import namespaces  # noqa: E402
import process  # noqa: E402
from http_driver import Driver  # noqa: E402
from raw_http import get, read_answer, read_status  # noqa: E402

DEADLINE = 2
# Long after each deadline, and long before somebody who is not cut would have sent or read all.
PIECES = 400
PAUSE = 0.1
LARGE = 1 << 19  # of the driver


class SlowClients(unittest.TestCase):
    """Never idle for longer than a moment; each is cut at a deadline for the whole."""

    def setUp(self):
        self.driver = Driver(deadline=DEADLINE)

    def send_slowly(self, first, piece):
        """How many pieces were sent until the connection was closed."""
        with self.driver.connect() as connection:
            connection.sendall(first)
            try:
                for sent in range(PIECES):
                    if select.select([connection], [], [], PAUSE)[0]:
                        return sent if connection.recv(100) == b"" else PIECES
                    connection.sendall(piece)
            except (ConnectionResetError, BrokenPipeError):
                return sent
            return PIECES

    def read_slowly(self):
        """How many bytes of a large answer were read until the connection was closed."""
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            connection.connect(self.driver.address)
            connection.sendall(get("/large"))
            connection.settimeout(20)
            received = 0
            try:
                while part := connection.recv(2048):
                    received += len(part)
                    time.sleep(PAUSE)
            except ConnectionResetError:
                pass
            return received

    def test_each_is_cut(self):
        head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        slow = {"silent": (b"", b""), "request line": (b"GET /", b"a"),
                "header": (b"GET /fast HTTP/1.1\r\nX-Slow: ", b"a"),
                "body": (head + b"Content-Length: 60000\r\n\r\n", b" ")}
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            reader = pool.submit(self.read_slowly)
            sent = {name: pool.submit(self.send_slowly, *how) for name, how in slow.items()}
            for name, pieces in sent.items():
                self.assertLess(pieces.result(), PIECES, name)
                self.assertGreater(pieces.result(), DEADLINE / PAUSE / 4, name)
            # Others are served meanwhile.
            self.assertEqual(self.driver.ask("GET", "/fast").status, 200)
            self.assertLess(reader.result(), LARGE)
        self.assertEqual(self.driver.end(), 0)


class Limits(unittest.TestCase):
    def test_flood_of_connections(self):
        driver = Driver(deadline=1, connections=32)
        flood = [driver.connect() for _ in range(120)]
        most = 0

        def is_served():
            nonlocal most
            most = max(most, driver.sockets())
            try:
                return driver.ask("GET", "/fast").status == 200
            except (OSError, http.client.HTTPException):
                return False

        # Each is cut at its deadline, and makes room for the next one that waits.
        self.assertTrue(process.wait_until(is_served, 60))
        for connection in flood:
            connection.close()
        self.assertLess(most, 40)  # those of the workers, too
        self.assertEqual(driver.end(), 0)

    def test_connections_of_one_address(self):
        driver = Driver(per_address=8)
        admitted = [driver.connect() for _ in range(8)]

        def is_served(connection):
            try:
                connection.sendall(get("/fast"))
                return read_status(connection) == 200
            except (ConnectionError, BrokenPipeError):
                return False

        for connection in admitted:
            self.assertTrue(is_served(connection))
        for _ in range(20):
            with driver.connect() as further:
                self.assertFalse(is_served(further))
        with driver.connect("127.0.0.2") as other:
            self.assertTrue(is_served(other))
        # Nobody who was admitted has suffered, and who goes makes room for one.
        admitted.pop().close()
        for connection in admitted:
            self.assertTrue(is_served(connection))
        self.assertTrue(process.wait_until(lambda: is_served(self.enterContext(driver.connect())), 20))
        for connection in admitted:
            connection.close()
        self.assertEqual(driver.end(), 0)

    def test_too_many_waiting(self):
        driver = Driver(waiting=4, workers=1)
        connections = [driver.connect() for _ in range(20)]
        for connection in connections:
            connection.sendall(get("/late"))
        details = []
        for connection in connections:
            status, body = read_answer(connection)
            self.assertEqual(status, 503)
            details.append(json.loads(body)["detail"])
            connection.close()
        # Those that handlers have are late; the others never got there.
        self.assertEqual(details.count("no answer in time"), 4)
        self.assertEqual(details.count("too much to do at the moment"), 16)
        self.assertTrue(process.wait_until(
            lambda: driver.ask("GET", "/later").status == 200, 10))
        self.assertEqual(driver.end(), 0)

    @staticmethod
    def begin_body(connection, size):
        """A request that goes on for ever, and `size` bytes of it."""
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                           b"Content-Length: 65000\r\n\r\n" + size * b" ")

    def test_unfinished_bodies_of_one_address(self):
        driver = Driver(per_address=1000, bodies=1 << 20)
        flood = [driver.connect() for _ in range(40)]
        for connection in flood:
            self.begin_body(connection, 60000)
        # Each has an answer when it ends: who was within the limit, and who was not.
        answers = []
        with driver.connect("127.0.0.2") as other:
            other.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                          b"Content-Length: 5\r\n\r\n12345")
            self.assertEqual(read_status(other), 200)
        for connection in flood:
            connection.sendall(5000 * b" ")
            status, body = read_answer(connection)
            answers.append((status, json.loads(body).get("limit") if status != 200 else None))
            connection.close()
        self.assertEqual(set(answers), {(200, None), (429, "bodies-per-address")})
        self.assertGreater(answers.count((200, None)), 1)
        self.assertLess(answers.count((200, None)), 8)
        # What they had is free again.
        with driver.connect() as again:
            self.begin_body(again, 65000)
            self.assertEqual(read_status(again), 200)
        self.assertEqual(driver.end(), 0)

    def test_unfinished_bodies_of_all(self):
        driver = Driver(bodies=1 << 18)
        flood = [driver.connect() for _ in range(8)]
        for connection in flood:
            self.begin_body(connection, 60000)
        answers = []
        for connection in flood:
            connection.sendall(5000 * b" ")
            status, body = read_answer(connection)
            answers.append((status, json.loads(body).get("limit") if status != 200 else None))
            connection.close()
        self.assertEqual(set(answers), {(200, None), (503, "bodies")})
        self.assertEqual(driver.end(), 0)

    def test_ends_while_handlers_hold_requests(self):
        driver = Driver()
        connections = [driver.connect() for _ in range(10)]
        for connection in connections:
            connection.sendall(get("/late"))
        time.sleep(0.3)
        self.assertEqual(driver.end(), 0)
        for connection in connections:
            connection.close()


if __name__ == "__main__":
    # The kernel would take the whole large answer off the server at once.
    namespaces.leave_network(tcp_wmem="4096 16384 32768")
    unittest.main()
