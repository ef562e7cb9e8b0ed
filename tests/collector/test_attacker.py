#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""An attacker at full speed beside a fleet that reports: he has one address, and no code of ours. He keeps
connections idle, does not end his bodies, floods with certificates that cost much, and with VMs that nobody knows."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import socket
import sys
import threading
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import metrics  # noqa: E402
import process  # noqa: E402
from collector import Collector  # noqa: E402
from software_client import SoftwareClient  # noqa: E402
from test_limits import CUT, LIMITS, eks_that_cost  # noqa: E402

GUESTS, ROUNDS = 6, 12
SLOWEST = 20  # seconds of the slowest honest request, on a machine with other things to do
HEAD = (b"POST /v1/reports HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Content-Length: 500000\r\n\r\n")
ATTACKER, FLEET = "127.0.0.1", "127.0.0.2"


class Attacker:
    """Each way in a thread of its own, until it is told to stop."""

    def __init__(self, url, known):
        host, port = url.split("//")[1].split(":")
        self.url, self.address, self.known = url, (host, int(port)), known
        self.ends, self.done, self.guests = threading.Event(), {}, []
        ways = (self.keep_idle, self.leave_unfinished, self.ask_with_costly_keys, self.enrol)
        self.threads = [threading.Thread(target=self.repeat, args=(way,)) for way in ways]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join()
        for guest in self.guests:
            guest.close()

    def repeat(self, way):
        held = []
        while not self.ends.is_set():
            try:
                way(held)
                self.done[way.__name__] = self.done.get(way.__name__, 0) + 1
            except CUT:
                self.ends.wait(0.01)
            if len(held) > 400:
                held.pop(0).close()
        for connection in held:
            connection.close()

    def connect(self, held):
        held.append(socket.create_connection(self.address, timeout=10, source_address=(ATTACKER, 0)))
        return held[-1]

    def keep_idle(self, held):
        self.connect(held)

    def leave_unfinished(self, held):
        self.connect(held).sendall(HEAD + 400000 * b" ")

    def stranger(self):
        guest = SoftwareClient(self.url, str(uuid.uuid4()))
        guest.source = (ATTACKER, 0)
        self.guests.append(guest)
        return guest

    def ask_with_costly_keys(self, _):
        if not hasattr(self, "costly"):
            self.costly = self.stranger()
            self.certificates = eks_that_cost(self.costly)
        # For a VM that is known certificates are verified whatever the policy.
        self.costly.challenge(uuid=self.known, **self.certificates)

    def enrol(self, _):
        if not hasattr(self, "enrolling"):
            self.enrolling = self.stranger()
        self.enrolling.uuid = str(uuid.uuid4())
        self.enrolling.report()


class FleetUnderAttack(unittest.TestCase):
    def setUp(self):
        self.collector = self.enterContext(
            Collector(config="[enrolment]\npolicy = approve\npending = 10\n"))
        self.token = self.collector.admin_token()
        self.fleet = [self.accepted() for _ in range(GUESTS)]

    def accepted(self):
        guest = SoftwareClient(self.collector.url(), str(uuid.uuid4()))
        guest.source = (FLEET, 0)
        self.addCleanup(guest.close)
        number = guest.report().json["report"]
        answer = self.collector.ask("POST", f"/v1/vms/{guest.uuid}/acceptance",
                                    json.dumps({"report": number}), self.token,
                                    **{"Content-Type": "application/json"})
        self.assertEqual(answer.status, 200, answer.text)
        return guest

    def report(self, guest):
        """Seconds that each report took. One that is not taken is lost."""
        times = []
        for _ in range(ROUNDS):
            begun = time.monotonic()
            answer = guest.report()
            times.append(time.monotonic() - begun)
            self.assertEqual((answer.status, answer.json.get("enrolment")), (200, "accepted"), answer.json)
        return times

    def read_metrics(self):
        """From the fleet's address: the attacker's is used up."""
        connection = http.client.HTTPConnection(self.fleet[0].address, timeout=60,
                                                source_address=(FLEET, 0))
        with contextlib.closing(connection):
            connection.request("GET", "/metrics", headers={"Authorization": "Bearer " + self.token})
            return connection.getresponse().read().decode()

    def counted(self):
        values = metrics.parse(self.read_metrics())
        return {limit: values[f'{LIMITS}{{limit="{limit}"}}']
                for limit in ("connections-per-address", "bodies-per-address", "key-size", "pending")}

    def test_loss_and_delay(self):
        with concurrent.futures.ThreadPoolExecutor(GUESTS) as pool:
            alone = sorted(sum(pool.map(self.report, self.fleet), []))
            with Attacker(self.collector.url(), self.fleet[0].uuid) as attacker:
                time.sleep(2)
                attacked = sorted(sum(pool.map(self.report, self.fleet), []))
                # He ran into each limit.
                self.assertTrue(process.wait_until(lambda: all(self.counted().values()), 60), self.counted())
        print("slowest of", len(attacked), "reports: alone", f"{alone[-1]:.2f} s, attacked {attacked[-1]:.2f} s,",
              attacker.done, file=sys.stderr)
        self.assertLess(attacked[-1], SLOWEST)


if __name__ == "__main__":
    unittest.main()
