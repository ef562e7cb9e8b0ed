#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A full disk and a read-only database under the whole collector: 503 and when to come again, what was
acknowledged is kept and nothing else, and once there is room it goes on without a restart."""

import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import history  # noqa: E402
import load  # noqa: E402
import namespaces  # noqa: E402
import process  # noqa: E402
from collector import UNLIMITED, Collector  # noqa: E402

SMALL, LARGE = 7 << 19, 64 << 20
GUESTS = 8


class StoreFault(unittest.TestCase):
    def assert_refused(self, answer):
        self.assertEqual((answer.status, answer.code), (503, "store-unavailable"), answer.json)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)

    def assert_becomes(self, collector, status):
        self.assertTrue(process.wait_until(
            lambda: collector.ask("GET", "/readyz").status == status, 60), f"never {status}")
        # What the process does not depend on goes on.
        self.assertEqual(collector.ask("GET", "/healthz").status, 200)

    def assert_kept(self, database, guests):
        """Exactly what was acknowledged, in whole chains."""
        found = history.read(database)
        for guest in guests:
            self.assertEqual(found.get(guest.uuid, {}), guest.acknowledged)

    def guests(self, collector, count):
        made = [load.Guest(collector.url()) for _ in range(count)]
        for guest in made:
            self.addCleanup(guest.close)
        return made


class FullDisk(StoreFault):
    def setUp(self):
        # Of its own, so that the log has room.
        self.collector = Collector()
        disk = os.path.join(self.collector.state, "disk")
        os.mkdir(disk)
        namespaces.tmpfs(disk, SMALL)
        self.disk = disk
        self.database = os.path.join(disk, "collector.sqlite")
        config = os.path.join(self.collector.state, "conf")
        with open(config, "w") as file:
            file.write(f"[store]\npath = {self.database}\nreports-per-hour = 0\nbytes-per-hour = 0\n")
        self.collector.argv += ["--config", config]
        self.enterContext(self.collector)

    def fill(self, guests):
        """All report until each has been refused."""
        load.join(load.start(guests))
        refused = [guest.refused.pop() for guest in guests]
        for answer, guest in zip(refused, guests):
            self.assert_refused(answer)
            # One that was judged, and for which there is no room, did spend its challenge.
            if answer.json.get("limit") == "store-size":
                guest.in_flight = None

    def test_full_and_room_again(self):
        guests = self.guests(self.collector, GUESTS)
        self.fill(guests)
        self.assertGreater(sum(len(guest.acknowledged) for guest in guests), GUESTS)
        self.assert_becomes(self.collector, 503)
        # What only reads is answered, and another VM is refused like the rest.
        first = next(guest for guest in guests if guest.acknowledged)
        known = self.collector.ask("GET", f"/v1/vms/{first.uuid}", token=self.collector.admin_token())
        self.assertEqual(known.status, 200)
        newcomer, = self.guests(self.collector, 1)
        self.assert_refused(newcomer.report_once())
        self.assert_kept(self.database, guests)

        namespaces.resize(self.disk, LARGE)
        self.assert_becomes(self.collector, 200)
        for guest in guests:
            guest.disconnect()  # what was idle for so long is closed by now
            # A report that could not be written did not spend its challenge.
            if guest.in_flight:
                answer = guest.send()
                self.assertEqual(answer.status, 200, answer.json)
            self.assertEqual(guest.report_once().status, 200)
        newcomer.disconnect()
        self.assertEqual(newcomer.report_once().status, 200)
        self.assert_kept(self.database, guests + [newcomer])
        self.assertEqual(self.collector.stop(), 0)
        self.assert_kept(self.database, guests + [newcomer])

    def test_killed_while_full(self):
        guests = self.guests(self.collector, GUESTS)
        self.fill(guests)
        self.collector.kill()
        namespaces.resize(self.disk, LARGE)
        self.collector.start()
        self.assert_kept(self.database, guests)
        for guest in guests:
            guest.move(self.collector.url())
            self.assertEqual(guest.report_once().status, 200)
        self.assert_kept(self.database, guests)


class ReadOnly(StoreFault):
    """As after a restore by root: the service may read its database and not write it."""

    def set_mode(self, mode):
        for name in os.listdir(self.collector.state):
            if name.startswith("collector.sqlite"):
                os.chmod(os.path.join(self.collector.state, name), mode)

    def test_read_only_and_writable_again(self):
        self.collector = Collector(config=UNLIMITED)
        database = os.path.join(self.collector.state, "collector.sqlite")
        with self.collector:
            guest, = self.guests(self.collector, 1)
            self.assertEqual(guest.report_once().status, 200)
        self.set_mode(0o400)
        # Root writes read-only files by a capability, which it can do without; and enters by it what
        # is another user's.
        program, *words = self.collector.argv
        self.collector.argv = [shutil.which("setpriv"), "--bounding-set=-dac_override",
                               "--inh-caps=-dac_override", process.public_copy(program), *words]
        with self.collector:
            guest.move(self.collector.url())
            self.assert_becomes(self.collector, 503)
            self.assert_refused(guest.report_once())
            vm = self.collector.ask("GET", f"/v1/vms/{guest.uuid}", token=self.collector.admin_token())
            self.assertEqual(vm.status, 200)
            self.assertIn("is read-only", self.collector.lines())
            self.assert_kept(database, [guest])

            self.set_mode(0o600)
            self.assert_becomes(self.collector, 200)
            guest.disconnect()
            self.assertEqual(guest.report_once().status, 200)
            self.assert_kept(database, [guest])


if __name__ == "__main__":
    namespaces.leave_mounts()
    unittest.main()
