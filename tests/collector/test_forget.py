#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`vtpm-collector forget`: what goes, what is left to prove that it was there, and that nobody takes the end of a VM for
something else: its agent, checkpoints, another collector on the same database."""

import contextlib
import http.client
import http.server
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import collector as service  # noqa: E402
import history  # noqa: E402
import instances  # noqa: E402
import load  # noqa: E402
import postgresql  # noqa: E402
import process  # noqa: E402
from filled_collector import Collector, uuid  # noqa: E402

JSON = {"Content-Type": "application/json"}


def ask(collector, path):
    return json.loads(collector.ask("GET", path, token=collector.admin_token()).text)


def events_of(collector, vm, action="forgotten"):
    return [event for event in ask(collector, "/v1/audit?limit=200")["events"]
            if event["uuid"] == vm and event["action"] == action]


class Command(unittest.TestCase):
    """VM 1: reports 1, 3, 5; VM 2: 2, 4, of which 4 is the newest but one."""

    def setUp(self):
        self.directory = self.enterContext(tempfile.TemporaryDirectory())
        self.collector = self.enterContext(Collector())
        for number in (1, 2, 1, 2, 1):
            self.collector.report(number, is_baseline=True, ek=f"{number:02x}" * 32)
        self.file = os.path.join(self.directory, "history.ndjson")

    def run_command(self, *words):
        return self.collector.run_command(*words)

    def assert_verified(self):
        status, out, err = self.run_command("verify")
        self.assertEqual((status, err), (0, ""), out)
        self.collector.end_filler()
        history.verify(self.collector.database)

    def assert_there(self, number):
        self.assertEqual(ask(self.collector, f"/v1/vms/{uuid(number)}")["uuid"], uuid(number))

    def exported(self):
        with open(self.file, encoding="utf-8") as file:
            return [json.loads(line)["vtpm"] for line in file]

    def test_nothing_stays_but_the_event(self):
        newest = ask(self.collector, f"/v1/vms/{uuid(1)}/reports")["reports"][0]
        self.collector.post("/v1/tokens", {"uuids": [uuid(1), uuid(2), uuid(1)]}, 201)
        status, out, err = self.run_command("forget", uuid(1), "--comment", "sold to B\u00e4rbel")
        self.assertEqual((status, out, err), (
            0, f"{uuid(1)} is forgotten: 3 reports up to #5, 0 event logs, 0 claims, 2 tokens\n", ""))
        self.assertNotIn(uuid(1), self.run_command("list")[1])
        self.assertEqual(self.run_command("show", uuid(1))[0], 3)
        self.assertEqual([token["uuid"] for token in ask(self.collector, "/v1/tokens")["tokens"]], [uuid(2)])
        event, = events_of(self.collector, uuid(1))
        self.assertTrue(event["detail"].startswith(f"report 5, SHA-256 {newest['hash']}, "), event)
        self.assertTrue(event["detail"].endswith(": sold to B\u00e4rbel"), event)
        self.assert_verified()
        # Its number is not given again, and another life of it is another history.
        self.assertEqual(self.collector.report(1, ek="01" * 32), 6)
        self.assert_verified()
        self.assertEqual(self.run_command("forget", uuid(3))[0], 3)

    def test_its_reports_come_first(self):
        status, out, err = self.run_command("forget", uuid(1), "--export", self.file)
        self.assertEqual((status, err), (0, ""))
        self.assertIn(f"; its reports are in {self.file}\n", out)
        lines = self.exported()
        self.assertEqual([line["report"] for line in lines], [5, 3, 1])
        for newer, older in zip(lines, lines[1:]):
            self.assertEqual([newer["previous"], newer["previous_hash"]], [older["report"], older["hash"]])
        self.assertIn(f"report 5, SHA-256 {lines[0]['hash']}", events_of(self.collector, uuid(1))[0]["detail"])
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)

    def test_many_reports(self):
        """More than one page of them."""
        numbers = [self.collector.report(1, ek="01" * 32) for _ in range(450)]
        answer = json.loads(self.run_command("forget", uuid(1), "--export", self.file, "--json")[1])
        self.assertEqual([answer["uuid"], answer["report"], answer["reports"]], [uuid(1), numbers[-1], 453])
        self.assertEqual([line["report"] for line in self.exported()], [*reversed(numbers), 5, 3, 1])
        self.assert_verified()

    def test_what_cannot_be_exported_is_not_forgotten(self):
        with open(self.file, "w", encoding="ascii") as file:
            file.write("mine")
        status, _, err = self.run_command("forget", uuid(1), "--export", self.file)
        self.assertEqual(status, 3)
        self.assertIn("File exists", err)
        with open(self.file, encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")
        self.assert_there(1)
        self.collector.tamper("UPDATE reports SET reason = 'other' WHERE id = 3")
        place = os.path.join(self.directory, "other")
        status, _, err = self.run_command("forget", uuid(1), "--export", place)
        self.assertEqual(status, 3, err)
        self.assertIn("report 3 is not what was written: nothing is forgotten", err)
        self.assertFalse(os.path.exists(place))
        self.assert_there(1)
        # Who knows that may still have it forgotten.
        self.assertEqual(self.run_command("forget", uuid(1))[0], 0)
        self.assert_verified()

    def test_a_damaged_chain_goes_as_a_whole(self):
        """Reports that it does not lead to would be of the next VM that gets the row."""
        for _ in range(5):
            self.collector.report(3, ek="03" * 32)
        self.collector.tamper("DELETE FROM reports WHERE id = 9")
        status, out, err = self.run_command("forget", uuid(3))
        self.assertEqual((status, err), (0, ""))
        self.assertIn("4 reports up to #10", out)
        self.collector.report(4, ek="04" * 32)
        self.assert_verified()

    def test_a_gap_is_no_end(self):
        for gone in (1, 3, 5):
            with self.subTest(gone):
                self.collector.tamper(f"DELETE FROM reports WHERE id = {gone}")
                status, _, err = self.run_command("forget", uuid(1), "--export", self.file)
                self.assertEqual(status, 3, err)
                self.assertIn(f"report {gone} is missing", err)
                self.assertIn("vtpm-collector verify", err)
                self.assertFalse(os.path.exists(self.file))
                self.assert_there(1)

    def test_a_newer_report_than_was_named(self):
        for report, status in ((3, 409), (6, 409), (0, 400), ("5", 400), (5, 200), (5, 404)):
            answer = self.collector.ask("POST", f"/v1/vms/{uuid(1)}/removal", json.dumps({"report": report}),
                                        token=self.collector.token, **JSON)
            self.assertEqual(answer.status, status, answer.text)
            if status == 409:
                self.assertEqual(json.loads(answer.text)["code"], "newer-report")
        self.assertEqual(len(events_of(self.collector, uuid(1))), 1)

    def keep(self, text):
        path = os.path.join(self.directory, "kept")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def test_checkpoints_know_it(self):
        short, full = (self.run_command("checkpoint", *words)[1] for words in ((), ("--full",)))
        self.collector.report(1, ek="01" * 32)
        self.assertEqual(self.run_command("forget", uuid(1))[0], 0)
        again = self.run_command("checkpoint", "--full")[1]
        self.collector.report(1, ek="01" * 32)
        for text, wanted, line in (
                (full, 0, ": all there; 1 VMs whose reports of then have expired or that were forgotten"),
                (short, 3, ": nothing contradicts it; reports of 1 VMs have expired or were forgotten"),
                (again, 0, ": all there")):
            status, out, err = self.run_command("verify", "--against", self.keep(text))
            self.assertEqual((status, err), (wanted, ""), out)
            self.assertIn(line, out)
        # Of nobody else that is believed, nor of another chain than the one that ended.
        self.collector.tamper(f"DELETE FROM reports WHERE vm = (SELECT row FROM vms WHERE uuid = '{uuid(2)}')",
                              f"DELETE FROM vms WHERE uuid = '{uuid(2)}'")
        status, out, _ = self.run_command("verify", "--against", self.keep(full))
        self.assertEqual(status, 2)
        self.assertIn(f"{uuid(2)}: checkpoint ", out)
        self.assertIn("its newest report was 4, and neither VM nor report are there", out)
        self.assertNotIn(f"{uuid(1)}: checkpoint ", out)

    def test_a_vm_that_was_put_back(self):
        """By somebody who writes into the database."""
        with contextlib.closing(sqlite3.connect(self.collector.database)) as database:
            database.execute("ATTACH ? AS kept", (os.path.join(self.directory, "kept.sqlite"),))
            database.execute("CREATE TABLE kept.vms AS SELECT * FROM main.vms")
            database.execute("CREATE TABLE kept.reports AS SELECT * FROM main.reports")
            database.execute("CREATE TABLE kept.keyframes AS SELECT * FROM main.keyframes")
        self.assertEqual(self.run_command("forget", uuid(1))[0], 0)
        self.collector.tamper(f"ATTACH '{os.path.join(self.directory, 'kept.sqlite')}' AS kept",
                              "INSERT OR IGNORE INTO main.vms SELECT * FROM kept.vms",
                              "INSERT OR IGNORE INTO main.reports SELECT * FROM kept.reports",
                              "INSERT OR IGNORE INTO main.keyframes SELECT * FROM kept.keyframes")
        status, out, _ = self.run_command("verify")
        self.assertEqual(status, 2, out)
        self.assertIn(f"{uuid(1)}: the record was written 3 times; by audit event 1 it was 4", out)


class Between(http.server.BaseHTTPRequestHandler):
    """A proxy in front of a collector that does otherwise with a removal: server.answer (status, body), or None: the
    connection ends when the collector has answered."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def forward(self, method):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        is_removal = method == "POST" and self.path.endswith("/removal")
        self.server.removals += is_removal
        if is_removal and self.server.answer:
            self.reply(*self.server.answer)
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, self.path, body, {
                name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers})
            answer = connection.getresponse()
            text = answer.read()
        if is_removal:
            self.close_connection = True
        else:
            self.reply(answer.status, text)

    def reply(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.forward("GET")

    def do_POST(self):
        self.forward("POST")


class Lost(unittest.TestCase):
    """Answers that do not come, and refusals: what becomes of the file."""

    def setUp(self):
        self.collector = self.enterContext(Collector())
        for _ in range(3):
            self.collector.report(1, ek="01" * 32)
        self.file = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "history.ndjson")
        self.proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
        self.addCleanup(self.proxy.server_close)
        self.proxy.target, self.proxy.removals, self.proxy.answer = self.collector.port, 0, None
        thread = threading.Thread(target=self.proxy.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.proxy.shutdown)

    def forget(self, *words):
        done = subprocess.run(
            [service.PROGRAM, "forget", uuid(1), "--export", self.file, *words, "--state", self.collector.state,
             "--url", f"http://127.0.0.1:{self.proxy.server_port}"],
            check=False, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def test_the_answer_is_lost(self):
        status, out, err = self.forget()
        self.assertEqual((status, out), (3, ""), err)
        self.assertIn(f"; whether it was forgotten is not known; {self.file} has the reports", err)
        self.assertEqual(len(events_of(self.collector, uuid(1))), 1)
        with open(self.file, encoding="utf-8") as file:
            self.assertEqual([json.loads(line)["vtpm"]["report"] for line in file], [3, 2, 1])

    def test_the_collector_cannot_now(self):
        self.proxy.answer = 503, b'{"code": "store-unavailable", "detail": "later"}'
        status, _, err = self.forget()
        self.assertEqual(status, 3, err)
        self.assertIn("whether it was forgotten is not known", err)
        self.assertTrue(os.path.exists(self.file))

    def test_refused(self):
        for refusal, tries in ((b'{"code": "forbidden", "detail": "no"}', 1),
                               (b'{"code": "newer-report", "detail": "another"}', 8)):
            self.proxy.answer, self.proxy.removals = (409, refusal), 0
            status, _, err = self.forget()
            self.assertEqual((status, self.proxy.removals), (3, tries), err)
            self.assertNotIn("not known", err)
            self.assertFalse(os.path.exists(self.file))

    def test_a_comment_that_is_too_long(self):
        status, _, err = self.forget("--comment", "c" * 200)
        self.assertNotEqual(status, 0)
        self.assertIn("--comment: longer than 199 bytes", err)
        self.assertEqual(self.proxy.removals, 0)
        self.assertFalse(os.path.exists(self.file))


class Agent(unittest.TestCase):
    """Which has a receipt of a report that is gone."""

    def check(self, collector):
        guest = load.Guest(collector.url())
        self.addCleanup(guest.close)
        for _ in range(2):
            self.assertEqual(guest.report_once().status, 200)
        highest = max(guest.acknowledged.values())
        answer = collector.ask("POST", f"/v1/vms/{guest.uuid}/removal", "{}", token=collector.admin_token(), **JSON)
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(json.loads(answer.text)["reports"], 2)
        collector.stop()
        collector.start()
        guest.move(collector.url())
        answer = guest.report_once()
        self.assertEqual(answer.json["verdict"]["continuity"], "first-seen", answer.json)
        self.assertGreater(answer.json["report"], highest)
        self.assertEqual(guest.report_once().json["verdict"]["continuity"], "continuous")
        # What was asked for before the end of a VM does not bring it back.
        old = guest.prepare(guest.challenge().json)
        answer = collector.ask("POST", f"/v1/vms/{guest.uuid}/removal", "{}", token=collector.admin_token(), **JSON)
        self.assertEqual(answer.status, 200, answer.text)
        answer = guest.post("/v1/reports", old)
        self.assertEqual((answer.status, answer.code), (409, "challenge-unknown"))
        self.assertEqual(collector.ask("GET", f"/v1/vms/{guest.uuid}", token=collector.admin_token()).status, 404)
        self.assertEqual(guest.report_once().json["verdict"]["continuity"], "first-seen")
        self.assertEqual(ask(collector, "/v1/status")["lost_report"], 0)
        self.assertEqual(events_of(collector, "", "behind-agents"), [])
        self.assertEqual(events_of(collector, guest.uuid, "behind-agents"), [])
        faults = json.loads(subprocess.run(
            [service.PROGRAM, "verify", "--json", "--url", collector.url(), "--state", collector.state],
            check=False, capture_output=True, text=True, timeout=90).stdout)["faults"]
        self.assertEqual(faults, [])

    def test_sqlite(self):
        self.check(self.enterContext(service.Collector()))

    def test_postgresql(self):
        server = self.enterContext(postgresql.Server())
        self.check(self.enterContext(service.Collector(
            config=f"{service.UNLIMITED}url = {server.url()}\n")))


class Two(unittest.TestCase):
    """Collectors on one database: a report comes to one while the other forgets the VM."""

    GUESTS, ROUNDS = 4, 40

    def setUp(self):
        self.server = self.enterContext(postgresql.Server())
        config = f"{service.UNLIMITED}url = {self.server.url()}\n"
        self.both = [self.enterContext(service.Collector(config=config)) for _ in range(2)]

    def forget(self, number, guest):
        collector = self.both[number % 2]
        answer = collector.ask("POST", f"/v1/vms/{guest.uuid}/removal", "{}", token=collector.admin_token(), **JSON)
        self.assertIn(answer.status, (200, 404), answer.text)
        return answer.status == 200

    def test_a_report_is_before_or_behind(self):
        with instances.Load(self.both, self.GUESTS) as run:
            done = 0
            for number in range(self.ROUNDS):
                enough = run.count() + 5
                self.assertTrue(process.wait_until(lambda: run.count() >= enough, 120), run.refused)  # noqa: B023
                done += self.forget(number, run.guests[number % self.GUESTS])
        run.settle()
        self.assertGreater(done, self.ROUNDS // 2)
        # Of a challenge that was given before the VM was forgotten.
        self.assertEqual({answer["code"] for answer in run.refused} - {"challenge-unknown"}, set())
        numbers = [number for guest in run.guests for number in guest.acknowledged.values()]
        self.assertEqual(len(numbers), len(set(numbers)))
        # What was acknowledged is there, or was forgotten later.
        there = {int(number) for number in self.server.ask("SELECT id FROM vtpm.reports").split()}
        for guest in run.guests:
            ends = [int(event["detail"].split()[1].rstrip(",")) for event in events_of(self.both[0], guest.uuid)]
            for number in guest.acknowledged.values():
                self.assertTrue(number in there or number <= max(ends, default=0), number)
        history.verify(self.server)
        for collector in self.both:
            self.assertEqual(ask(collector, "/v1/status")["lost_report"], 0)


if __name__ == "__main__":
    unittest.main()
