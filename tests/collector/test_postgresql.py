#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The whole collector with its store in PostgreSQL."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import instances  # noqa: E402
import load  # noqa: E402
import postgresql  # noqa: E402
import process  # noqa: E402
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


class Two(Postgresql):
    """Two collectors on one database."""

    GUESTS = 8

    def setUp(self):
        super().setUp()
        self.both = [self.enterContext(self.collector()) for _ in range(2)]

    def check(self, run):
        run.settle()
        run.check(self, self.server)
        self.assertGreater(run.count(), 0)

    def wait_for(self, run, more):
        """Until so many more reports are acknowledged."""
        enough = run.count() + more
        self.assertTrue(process.wait_until(lambda: run.count() >= enough, 120), f"stuck at {run.count()}: {run.refused}")

    def test_any_takes_any_report(self):
        with instances.Load(self.both, self.GUESTS) as run:
            self.wait_for(run, 400)
        self.check(run)

    def test_server_is_stopped_and_started(self):
        with instances.Load(self.both, self.GUESTS) as run:
            for end in (self.server.stop, self.server.kill):
                self.wait_for(run, 50)
                end()
                for collector in self.both:
                    self.assertTrue(process.wait_until(
                        lambda: collector.ask("GET", "/readyz").status == 503, 60))  # noqa: B023
                    self.assertEqual(collector.ask("GET", "/healthz").status, 200)
                self.server.start()
                for collector in self.both:
                    self.assertTrue(process.wait_until(
                        lambda: collector.ask("GET", "/readyz").status == 200, 60))  # noqa: B023
            self.wait_for(run, 50)
        self.check(run)

    def test_statement_timeout(self):
        self.server.ask("ALTER ROLE postgres SET statement_timeout = '500ms'")
        for collector in self.both:
            collector.stop()
            collector.start()
        with instances.Load(self.both, self.GUESTS) as run:
            self.wait_for(run, 50)
            self.server.ask("SET statement_timeout = 0; BEGIN; LOCK TABLE vtpm.heads; SELECT pg_sleep(3); COMMIT")
            self.wait_for(run, 50)
        self.check(run)
        self.assertIn("statement_timeout", "".join(collector.lines() for collector in self.both))

    def test_one_is_killed(self):
        with instances.Load(self.both, self.GUESTS) as run:
            for _ in range(ROUNDS):
                self.wait_for(run, 30)
                self.both[0].kill()
                self.wait_for(run, 10)
                self.both[0].start()
        self.check(run)


ROUNDS = 5

if __name__ == "__main__":
    unittest.main()
