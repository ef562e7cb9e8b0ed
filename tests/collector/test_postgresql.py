#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The whole collector with its store in PostgreSQL."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import history  # noqa: E402
import instances  # noqa: E402
import load  # noqa: E402
import postgresql  # noqa: E402
import postgresql_cut  # noqa: E402
import process  # noqa: E402
from authority import Authority  # noqa: E402
from collector import PROGRAM, UNLIMITED, Collector  # noqa: E402
from test_webhooks import SECRET, Receiver  # noqa: E402


ROUNDS = int(os.environ.get("VTPM_ROUNDS", "5"))


class Postgresql(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(postgresql.Server())

    def collector(self, more="", **options):
        return Collector(config=f"{UNLIMITED}url = {self.server.url(**options)}\n{more}")

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


class Role(Postgresql):
    """A role that serves and does not own what it serves from."""

    def init(self, *words, user="postgres"):
        return subprocess.run([PROGRAM, "init", *words, "--store", self.server.url(user=user)], timeout=60,
                              check=False, capture_output=True, text=True)

    def test_least_rights(self):
        for _ in range(2):  # once more changes nothing
            self.assertEqual(self.init('odd "role').returncode, 0)
        self.assertEqual(self.init("vtpm").returncode, 0)
        with self.collector(user="vtpm") as collector:
            guest = self.guest(collector)
            for _ in range(2):
                self.assertEqual(guest.report_once().status, 200)
            answer = collector.ask("POST", f"/v1/vms/{guest.uuid}/announcements", b'{"event": "none"}',
                                   collector.admin_token(), **{"Content-Type": "application/json"})
            self.assertEqual(answer.status, 201, answer.text)
            # All that housekeeping does.
            self.assertTrue(process.wait_until(
                lambda: self.server.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "1", 30))
            self.assertEqual(collector.stop(), 0)
            self.assertNotIn("may not", collector.lines())
        for change in ("UPDATE vtpm.audit SET detail = ''", "DELETE FROM vtpm.audit", "TRUNCATE vtpm.reports",
                       "UPDATE vtpm.reports SET status = 'affirming'", "DROP TABLE vtpm.vms",
                       "UPDATE vtpm.schema SET version = 0", "CREATE TABLE vtpm.other (one INT)"):
            with self.subTest(change), self.assertRaisesRegex(RuntimeError, "permission denied|must be owner"):
                self.server.ask(change, user="vtpm")

    def test_schema_is_the_owners(self):
        self.server.ask("CREATE ROLE stranger LOGIN")
        told = self.init(user="stranger")
        self.assertEqual(told.returncode, 3)
        self.assertIn("vtpm-collector init ROLE: permission denied", told.stderr)


class Cut(Postgresql):
    """The connection is lost while a commit is under way: what became of it is found out."""

    def cut(self, when):
        way = postgresql_cut.Way(self.server)
        self.addCleanup(way.close)
        with Collector(config=f"{UNLIMITED}url = {way.url()}\n") as collector:
            guest = self.guest(collector)
            for _ in range(3):
                # A new connection, on which it is seen; what housekeeping writes is no report.
                self.server.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                "WHERE application_name = 'vtpm-collector'")
                way.cut_next(when)
                self.assertEqual(guest.report_once().status, 200)
            self.assertEqual(collector.stop(), 0)
        self.assertGreater(way.cuts, 0)
        self.assertEqual(history.read(self.server), {guest.uuid: guest.acknowledged})

    def test_before_it_arrives(self):
        self.cut("before")

    def test_after_it_is_done(self):
        self.cut("after")


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

    def assert_becomes(self, status):
        for collector in self.both:
            self.assertTrue(process.wait_until(
                lambda: collector.ask("GET", "/readyz").status == status, 60))  # noqa: B023

    def test_any_takes_any_report(self):
        with instances.Load(self.both, self.GUESTS) as run:
            self.wait_for(run, 400)
        self.check(run)

    def test_server_is_stopped_and_started(self):
        with instances.Load(self.both, self.GUESTS) as run:
            for end in (self.server.stop, self.server.kill):
                self.wait_for(run, 50)
                end()
                self.assert_becomes(503)
                self.server.start()
                self.assert_becomes(200)
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


class Shared(Postgresql):
    """What two collectors on one database have in common beside it, and what one of them does for both."""

    def setUp(self):
        super().setUp()
        directory = process.temporary_directory("webhook")
        authority = Authority(directory, "hooks")
        self.receiver = Receiver(authority.issue("receiver", "serverAuth"))
        self.addCleanup(self.receiver.close)
        secret = os.path.join(directory, "secret")
        with open(secret, "wb") as file:
            file.write(SECRET)
        self.webhook = (f"[webhook]\nurl = https://127.0.0.1:{self.receiver.port}/hook\nsecret = {secret}\n"
                        f"ca = {authority.ca}\nallow-private = yes\n")

    def tell(self, collector):
        """Two reports of a new VM are one event. Waits until that is told, and known to be told."""
        guest = self.guest(collector)
        for _ in range(2):
            self.assertEqual(guest.report_once().status, 200)
        self.told.append(guest.uuid)
        events = self.receiver.wait(len(self.told), 60)
        self.assertEqual([event["subject"] for event in events], self.told)
        last = self.server.ask("SELECT max(id) FROM vtpm.reports")
        cursor = "SELECT split_part(convert_from(value, 'UTF8'), ' ', 1) FROM vtpm.documents WHERE name = 'webhook-cursor'"
        self.assertTrue(process.wait_until(lambda: self.server.ask(cursor) == last, 30))

    def test_webhooks_move_on(self):
        self.told = []
        one, other = both = [self.collector(more=self.webhook) for _ in range(2)]
        for each in both:
            self.enterContext(each)
        self.tell(one)
        self.tell(other)
        one.kill()
        self.tell(other)
        one.start()
        self.tell(one)
        other.kill()
        self.tell(one)

    def test_trusted_cas(self):
        one, other = (self.enterContext(self.collector()) for _ in range(2))
        path = os.path.join(os.path.dirname(__file__), "..", "data", "ek-chain", "root.pem")
        with open(path, "rb") as file:
            answer = one.ask("POST", "/v1/trust-cas", file.read(), one.admin_token())
        self.assertEqual(answer.status, 201, answer.text)

        def count():
            return len(json.loads(other.ask("GET", "/v1/trust-cas", token=other.admin_token()).text)["cas"])

        self.assertTrue(process.wait_until(lambda: count() == 1, 30))
        other.stop()
        other.start()
        self.assertEqual(count(), 1)


if __name__ == "__main__":
    unittest.main()
