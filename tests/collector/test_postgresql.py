#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The whole collector with its store in PostgreSQL."""

import json
import os
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import event_log  # noqa: E402
import history  # noqa: E402
import instances  # noqa: E402
import load  # noqa: E402
import postgresql  # noqa: E402
import postgresql_cut  # noqa: E402
import process  # noqa: E402
from authority import Authority  # noqa: E402
from collector import PROGRAM, UNLIMITED, Collector  # noqa: E402
from log_client import LogClient  # noqa: E402
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
            line = "store        postgresql:///postgres\n"
            self.assertTrue(process.wait_until(lambda: line in collector.lines(), 30), collector.lines())
            self.assertNotIn("secret-word", collector.lines())

    def test_newer_schema_is_refused(self):
        with self.collector() as collector:
            self.assertEqual(collector.stop(), 0)
        self.server.ask("UPDATE vtpm.schema SET version = 99")
        with self.assertRaisesRegex(RuntimeError, "schema 99, this program knows"):
            self.collector().start()

    def test_newer_schema_comes_while_it_serves(self):
        """Nothing is written by a program that does not know it."""
        with self.collector() as collector:
            guest = self.guest(collector)
            self.assertEqual(guest.report_once().status, 200)
            self.server.ask("BEGIN; LOCK TABLE vtpm.heads; UPDATE vtpm.schema SET version = 99; COMMIT")
            self.assertGreaterEqual(guest.report_once().status, 500)
            self.assertTrue(process.wait_until(
                lambda: "the database has schema 99, this program knows" in collector.lines(), 30), collector.lines())
            self.assertEqual(self.server.ask("SELECT count(*) FROM vtpm.reports"), "1")

    def toast(self):
        """How many pages of keyframes were looked at."""
        return self.server.ask("SELECT toast_blks_read + toast_blks_hit FROM pg_statio_all_tables "
                               "WHERE schemaname = 'vtpm' AND relname = 'keyframes'")

    def test_keyframe_is_read_for_a_report_alone(self):
        with self.collector() as collector:
            guest = self.guest(collector)
            for _ in range(2):
                self.assertEqual(guest.report_once().status, 200)
            self.assertEqual(collector.stop(), 0)
        # Longer than a row of its own has room for.
        self.server.ask("UPDATE vtpm.keyframes SET key_bytes = key_bytes || decode(repeat('00', 4000), 'hex')")
        self.assertTrue(process.wait_until(lambda: self.toast() not in ("", "0"), 30))
        before = self.toast()
        with self.collector() as collector:
            for _ in range(5):
                answer = collector.ask("POST", f"/v1/vms/{guest.uuid}/announcements", b'{"event": "hard-reboot"}',
                                       collector.admin_token(), **{"Content-Type": "application/json"})
                self.assertEqual(answer.status, 201, answer.text)
            self.assertEqual(collector.stop(), 0)
        # Statistics come when the session ends, all at once.
        self.assertTrue(process.wait_until(
            lambda: self.server.ask("SELECT n_tup_upd >= 6 FROM pg_stat_all_tables WHERE relname = 'vms'") == "t", 30))
        self.assertEqual(self.toast(), before)

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
            self.assertTrue(process.wait_until(
                lambda: self.server.ask("SELECT count(*) FROM vtpm.watch") == "1", 30), "nobody looks who is silent")
            answer = collector.ask("POST", f"/v1/vms/{guest.uuid}/removal", b"{}", collector.admin_token(),
                                   **{"Content-Type": "application/json"})
            self.assertEqual(answer.status, 200, answer.text)
            self.assertEqual(collector.stop(), 0)
            self.assertNotIn("may not", collector.lines())
        # A database of an earlier program's `init`.
        self.server.ask("GRANT UPDATE ON vtpm.keyframes TO vtpm")
        self.assertEqual(self.init("vtpm").returncode, 0)
        for change in ("UPDATE vtpm.keyframes SET key_bytes = ''", "UPDATE vtpm.audit SET detail = ''", "DELETE FROM vtpm.audit", "TRUNCATE vtpm.reports",
                       "UPDATE vtpm.reports SET status = 'affirming'", "DROP TABLE vtpm.vms",
                       "UPDATE vtpm.schema SET version = 0", "CREATE TABLE vtpm.other (one INT)",
                       "UPDATE vtpm.result_keys SET x = ''", "DELETE FROM vtpm.result_keys"):
            with self.subTest(change), self.assertRaisesRegex(RuntimeError, "permission denied|must be owner"):
                self.server.ask(change, user="vtpm")

    def test_keys_of_results(self):
        """One for all collectors of a database, made and rotated by a role that may not change its name."""
        self.assertEqual(self.init("vtpm").returncode, 0)
        with self.collector(user="vtpm") as one, self.collector(user="vtpm") as other:
            def keys():
                told = [collector.ask("GET", "/v1/jwks") for collector in (one, other)]
                self.assertEqual([answer.status for answer in told], [200, 200], one.lines())
                self.assertEqual(told[0].text, told[1].text)
                return [key["kid"] for key in json.loads(told[0].text)["keys"]]
            first, = keys()
            answer = one.ask("POST", "/v1/jwks/rotation", b"{}", one.admin_token(), **{"Content-Type": "application/json"})
            self.assertEqual(answer.status, 200, answer.text)
            self.assertEqual(keys(), [json.loads(answer.text)["kid"], first])
            told = json.loads(other.ask("GET", "/v1/verification/owners", token=other.admin_token()).text)
            self.assertEqual(told["faults"], [])

    def test_event_logs(self):
        """Kept, shared and deleted by a role that may do that alone."""
        self.assertEqual(self.init("vtpm").returncode, 0)
        logs = [event_log.make(f"boot {number}") for number in range(3)]
        with self.collector(user="vtpm") as collector:
            guests = [LogClient(collector.url(), str(uuid.uuid4())) for _ in range(2)]
            for guest in guests:
                self.addCleanup(guest.close)
            for log in logs:
                guests[0].boot(log)
                self.assertEqual(guests[0].upload(guests[0].report().json["event_log_ticket"]).status, 201)
            guests[1].boot(logs[2])
            self.assertNotIn("event_log_ticket", guests[1].report().json)
            told = json.loads(collector.ask("GET", "/v1/verification/event-logs", token=collector.admin_token()).text)
            self.assertEqual((told["event_logs"], told["faults"]), (3, []))
            self.assertEqual(collector.stop(), 0)
        self.server.ask("UPDATE vtpm.reports SET received_ms = 1 WHERE id < 3")
        with self.collector("retention = 1\n", user="vtpm") as collector:
            # The baseline's and the newest report's stay.
            self.assertTrue(process.wait_until(
                lambda: self.server.ask("SELECT count(*) FROM vtpm.event_logs") == "2", 60), collector.lines())
            self.assertEqual(collector.ask("GET", "/v1/reports/3/event-log", token=collector.admin_token()).body, logs[2])
            self.assertNotIn("may not", collector.lines())

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
