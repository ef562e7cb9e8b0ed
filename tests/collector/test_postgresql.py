#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The whole collector with its store in PostgreSQL."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import load  # noqa: E402
import postgresql  # noqa: E402
from collector import UNLIMITED, Collector  # noqa: E402


class Postgresql(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(postgresql.Server())

    def collector(self, **options):
        return Collector(config=f"{UNLIMITED}url = {self.server.url(**options)}\n")

    def guest(self, collector):
        guest = load.Guest(collector.url())
        self.addCleanup(guest.close)
        return guest


class Service(Postgresql):
    def test_reports_are_kept_and_shown(self):
        with self.collector() as collector:
            guest = self.guest(collector)
            for _ in range(3):
                self.assertEqual(guest.report_once().status, 200)
            self.assertEqual(collector.stop(), 0)
        self.assertEqual(self.server.ask("SELECT count(*), max(id) FROM vtpm.reports"), "3|3")
        with self.collector() as collector:
            token = collector.admin_token()
            shown = json.loads(collector.ask("GET", "/v1/vms", token=token).text)["vms"]
            self.assertEqual([vm["uuid"] for vm in shown], [guest.uuid])
            status = json.loads(collector.ask("GET", "/v1/status", token=token).text)
            self.assertEqual(status["store"], "postgresql")

    def test_password_is_not_shown(self):
        with self.collector(password="secret-word") as collector:
            self.assertIn("store        postgresql:///postgres\n", collector.lines())
            self.assertNotIn("secret-word", collector.lines())

    def test_newer_schema_is_refused(self):
        with self.collector() as collector:
            self.assertEqual(collector.stop(), 0)
        self.server.ask("UPDATE vtpm.schema SET version = 99")
        with self.assertRaisesRegex(RuntimeError, "schema 99, this program knows"):
            self.collector().start()

    def test_no_server(self):
        self.server.stop()
        with self.assertRaisesRegex(RuntimeError, "PostgreSQL: .*connection"):
            self.collector().start()


if __name__ == "__main__":
    unittest.main()
