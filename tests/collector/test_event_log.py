#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Raw event logs at the collector: asked for once for each content, taken only with the ticket of the report that names
them, only where they lead to its PCRs, and given back as they came."""

import concurrent.futures
import contextlib
import hashlib
import http.client
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import client  # noqa: E402
import event_log  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from collector import PROGRAM, UNLIMITED, Collector  # noqa: E402
from credentials import write_tokens  # noqa: E402
from log_client import LogClient  # noqa: E402
from stub_collector import Stub  # noqa: E402
from swtpm import Swtpm  # noqa: E402

LOG = event_log.make("kernel 1")
TOKENS = {"admin": "a" * 40, "agent": "g" * 40}


class Logs(unittest.TestCase):
    config = UNLIMITED

    def setUp(self):
        self.collector = self.enterContext(Collector(config=self.config))

    def guest(self, log=LOG, **options):
        guest = LogClient(self.collector.url(), str(uuid.uuid4()), log, **options)
        self.addCleanup(guest.close)
        return guest

    def report(self, guest, **changes):
        """The ticket, None without one, and the report's number."""
        challenge = guest.challenge()
        self.assertEqual(challenge.status, 201, challenge.json)
        answer = guest.post("/v1/reports", guest.prepare(challenge.json, **changes))
        self.assertEqual(answer.status, 200, answer.json)
        self.assertIsNotNone(answer.json["report"], answer.json)
        return answer.json.get("event_log_ticket"), answer.json["report"]

    def ask(self, path):
        return self.collector.ask("GET", path, token=self.collector.admin_token())

    def assert_refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer.json)

    def assert_kept(self, report, log):
        answer = self.ask(f"/v1/reports/{report}/event-log")
        self.assertEqual((answer.status, answer.body), (200, log), answer.text[:200])
        self.assertIn(f"event-log-{report}.bin", answer.headers["Content-Disposition"])

    def assert_not_kept(self, report):
        self.assertEqual(self.ask(f"/v1/reports/{report}/event-log").status, 404)


class Once(Logs):
    def test_asked_for_once_for_each_content(self):
        first, second = self.guest(), self.guest()
        ticket, report = self.report(first)
        self.assertIsNotNone(ticket)
        self.assert_not_kept(report)
        answer = first.upload(ticket)
        self.assertEqual((answer.status, answer.json["event_log"]), (201, hashlib.sha256(LOG).hexdigest()), answer.json)
        self.assert_kept(report, LOG)
        for guest in (first, second):
            ticket, report = self.report(guest)
            self.assertIsNone(ticket)
            self.assert_kept(report, LOG)
        second.boot(event_log.make("kernel 2"))
        ticket, report = self.report(second)
        self.assertIsNotNone(ticket)
        self.assert_not_kept(report)

    def test_asked_for_again_where_it_did_not_come(self):
        guest = self.guest()
        for _ in range(2):
            ticket, report = self.report(guest)
            self.assertIsNotNone(ticket)
        self.assertEqual(guest.upload(ticket).status, 201)
        self.assert_kept(report, LOG)

    def test_real_guests(self):
        for name in ("ovmf-sha256", "ovmf-secureboot", "seabios-sha256", "ovmf-sha1-sha256"):
            with self.subTest(name=name):
                log, values = event_log.real(name)
                guest = self.guest(log, values=values)
                ticket, report = self.report(guest)
                self.assertEqual(guest.upload(ticket).status, 201)
                self.assert_kept(report, log)
                path = os.path.join(process.temporary_directory("log"), "log")
                with open(path, "wb") as file:
                    file.write(self.ask(f"/v1/reports/{report}/event-log").body)
                shown, original = (subprocess.run(["tpm2_eventlog", where], check=True, timeout=60,
                                                  stdout=subprocess.PIPE).stdout
                                   for where in (path, os.path.join(event_log.DATA, name + ".bin")))
                self.assertEqual(shown, original)

    def test_two_at_once(self):
        guests = [self.guest() for _ in range(8)]
        tickets = [self.report(guest) for guest in guests]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda pair: pair[0].upload(pair[1][0]), zip(guests, tickets, strict=True)))
        self.assertEqual(sorted(answer.status for answer in answers), [200] * 7 + [201])
        for _, report in tickets:
            self.assert_kept(report, LOG)


class Refused(Logs):
    def test_tickets(self):
        guest, other = self.guest(), self.guest(event_log.make("other"))
        (ticket, report), (others, _) = self.report(guest), self.report(other)
        spoilt = ticket[:-2] + ("00" if ticket[-2:] != "00" else "01")
        for name, bad in (("none", None), ("empty", ""), ("no digits", "xy" * 40), ("odd", ticket[:-1]),
                          ("cut off", ticket[:-2]), ("spoilt", spoilt), ("long", ticket * 2), ("upper", "AB" * 100)):
            with self.subTest(name=name):
                self.assert_refused(guest.upload(bad), 409, "challenge-unknown")
        receipt = guest.report().json["receipt"]
        with self.subTest("a receipt is no ticket"):
            self.assert_refused(guest.upload(client.decode(receipt).hex()), 409, "challenge-unknown")
        with self.subTest("of another log"):
            self.assert_refused(guest.upload(others), 422, "unusable-log")
        self.assert_not_kept(report)
        self.assertEqual(guest.upload(ticket).status, 201)
        with self.subTest("spent"):
            self.assert_refused(guest.upload(ticket), 409, "challenge-spent")

    def test_bytes(self):
        guest = self.guest()
        ticket, report = self.report(guest)
        for name, bad in (("none", b""), ("cut off", LOG[:-1]), ("longer", LOG + b"\0"),
                          ("another", event_log.make("kernel 2")), ("rubbish", os.urandom(len(LOG)))):
            with self.subTest(name=name):
                self.assert_refused(guest.upload(ticket, bad), 422, "unusable-log")
        self.assertEqual(self.announce(ticket, event_log.LIMIT + 1), 413)
        self.assert_refused(guest.upload(ticket, kind="application/json"), 415, "unsupported-media-type")
        self.assert_not_kept(report)
        self.assertEqual(guest.upload(ticket).status, 201)

    def announce(self, ticket, size):
        """The answer's status to a body that was only announced."""
        connection = http.client.HTTPConnection(self.collector.url().split("//")[1], timeout=60)
        with contextlib.closing(connection):
            connection.putrequest("POST", "/v1/event-logs?ticket=" + ticket)
            connection.putheader("Content-Type", "application/octet-stream")
            connection.putheader("Content-Length", str(size))
            connection.endheaders()
            return connection.getresponse().status

    def test_log_that_leads_elsewhere(self):
        """The evidence says that its log leads to its PCRs, and names one that does not."""
        lie = event_log.make("what was never booted")
        for name, log in (("another boot's", lie), ("none at all", b"no event log")):
            with self.subTest(name=name):
                guest = self.guest()
                changes = {"bytes": len(log), "sha256": hashlib.sha256(log).hexdigest()}
                ticket, report = self.report(guest, event_log=event_log.part(LOG, **changes))
                self.assert_refused(guest.upload(ticket, log), 422, "unusable-log")
                self.assert_refused(guest.upload(ticket, log), 409, "challenge-spent")
                self.assert_not_kept(report)

    def test_not_asked_for(self):
        guest = self.guest()
        for name, part in (("too large", event_log.part(LOG, bytes=event_log.LIMIT + 1)),
                           ("empty", event_log.part(LOG, bytes=0)),
                           ("leads elsewhere", event_log.part(event_log.make("other"))),
                           ("no digest", {**event_log.part(LOG), "sha256": ""}),
                           ("could not be read", {"error": {"code": "io", "message": "no log"}})):
            with self.subTest(name=name):
                self.assertIsNone(self.report(guest, event_log=part)[0])
        guest.boot(None)
        self.assertIsNone(self.report(guest)[0])

    def test_vm_was_booted_again(self):
        """What the newest report does not name is kept for nobody."""
        guest = self.guest()
        ticket, report = self.report(guest)
        guest.boot(event_log.make("kernel 2"))
        self.report(guest)
        self.assert_refused(guest.upload(ticket, LOG), 422, "unusable-log")
        self.assert_not_kept(report)


class Waiting(Logs):
    config = UNLIMITED + "[enrolment]\npolicy = approve\n"

    def test_not_of_a_vm_that_waits(self):
        guest = self.guest()
        self.assertIsNone(self.report(guest)[0])
        answer = self.collector.ask("POST", f"/v1/vms/{guest.uuid}/acceptance", b"{\"report\": 1}",
                                    token=self.collector.admin_token(), **{"Content-Type": "application/json"})
        self.assertEqual(answer.status, 200, answer.text)
        self.assertIsNotNone(self.report(guest)[0])


class Budget(Logs):
    config = "[http]\nconnections-per-address = 0\n[store]\nreports-per-hour = 0\nbytes-per-hour = 1\n"

    def test_half_of_an_hour(self):
        guest, asked, kept = self.guest(), 0, 0
        for number in range(12):
            guest.boot(event_log.make(f"boot {number}", "x" * 100000))
            ticket, _ = self.report(guest)
            asked += ticket is not None
            kept += ticket is not None and guest.upload(ticket).status == 201
        self.assertEqual((asked, kept), (kept, kept))
        self.assertIn(kept, (4, 5))


class Sent(Logs):
    def sent(self, log=LOG, **options):
        guest = self.guest(log, **options)
        ticket, report = self.report(guest)
        self.assertEqual(guest.upload(ticket).status, 201)
        return guest, report

    def database(self, statement, *values):
        with contextlib.closing(sqlite3.connect(os.path.join(self.collector.state, "collector.sqlite"))) as database:
            rows = database.execute(statement, values).fetchall()
            database.commit()
            return rows

    def command(self, *words):
        return subprocess.run([PROGRAM, *words, "--url", self.collector.url(), "--state", self.collector.state],
                              timeout=60, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def verify(self):
        done = self.command("verify")
        return done.returncode, done.stdout.decode()


class Kept(Sent):
    """What becomes of logs afterwards."""

    def test_command_and_roles(self):
        guest, report = self.sent()
        done = self.command("event-log", str(report))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, LOG, b""))
        for words, status in ((("event-log", "99"), 3), (("event-log", "x"), 64), (("event-log",), 64)):
            self.assertEqual(self.command(*words).returncode, status)
        for path in (f"/v1/reports/{report}/event-log", "/v1/verification/event-logs"):
            self.assertEqual(self.collector.ask("GET", path).status, 401)
            self.assertEqual(self.ask(path).status, 200)
        self.assertEqual(self.verify(), (0, "VMs: 1, reports: 1, judged again: 1, event logs: 1, audit events: 0, "
                                            "faults: 0\n"))

    def test_verification(self):
        _, report = self.sent()
        digest = hashlib.sha256(LOG).hexdigest()
        self.database("UPDATE event_logs SET bytes = ?", LOG[:-1] + bytes([LOG[-1] ^ 1]))
        status, told = self.verify()
        self.assertEqual(status, 2)
        self.assertIn(f"report {report}: its event log is not the one that it names\n", told)
        self.assert_not_kept(report)
        self.assertIn(f"store: event log {digest} was changed\n", told)
        # Names that are none are faults as well, and hide nothing: no other log, and not the audit log.
        for name in (b"\1", b"\1" * 31, *(b"\1" * 33 + bytes([i]) for i in range(20))):
            self.database("INSERT INTO event_logs (sha256, bytes) VALUES (?, ?)", name, LOG)
        status, told = self.verify()
        self.assertEqual(status, 2)
        for name in ("01" + "00" * 31, "01" * 31 + "00", "01" * 32, digest):
            self.assertIn(f"store: event log {name} was changed\n", told)
        self.assertRegex(told, r"audit events: 0, faults: \d+\n$")
        self.database("DELETE FROM event_logs WHERE length(sha256) <> 32")
        self.database("UPDATE event_logs SET bytes = ?", LOG)
        self.assertEqual(self.verify()[0], 0)

    def boot_and_lie(self, guest):
        """The number of a report of another boot that names LOG, with a replay that leads to its own PCRs."""
        bad = event_log.make("kernel 1", "what nobody shall see")
        guest.boot(bad)
        part = event_log.part(bad, bytes=len(LOG), sha256=hashlib.sha256(LOG).hexdigest())
        ticket, report = self.report(guest, event_log=part)
        self.assertIsNone(ticket)
        return report

    def test_kept_log_does_not_stand_for_another_boot(self):
        guest, good = self.sent()
        stranger = self.guest()
        bad = (self.boot_and_lie(guest), self.boot_and_lie(stranger))
        for report in bad:
            self.assert_not_kept(report)
        self.assertEqual(self.ask(f"/v1/vms/{guest.uuid}/boot?report={bad[0]}&before={good}").status, 404)
        self.assert_kept(good, LOG)
        # The store kept what it was given: the lie is the guest's.
        self.assertEqual(self.verify()[0], 0)
        # The next honest report has its log again.
        guest.boot(LOG)
        ticket, report = self.report(guest)
        self.assertIsNone(ticket)
        self.assert_kept(report, LOG)

    def test_retention(self):
        """With the last report that names it, it goes; the newest report's and the baseline's stay."""
        guest, first = self.sent()
        logs = [event_log.make(f"boot {i}") for i in range(3)]
        numbers = []
        for log in logs:
            guest.boot(log)
            ticket, report = self.report(guest)
            self.assertEqual(guest.upload(ticket).status, 201)
            numbers.append(report)
        other, _ = self.sent(event_log.make("another VM's"))
        other.boot(logs[0])
        self.assertIsNone(self.report(other)[0])
        self.collector.stop()
        self.database("UPDATE reports SET received_ms = 1 WHERE id <= ?", numbers[1])
        with open(os.path.join(self.collector.state, "collector.conf"), "w") as file:
            file.write(UNLIMITED + "retention = 1\n")
        self.collector.start()
        self.assertTrue(process.wait_until(lambda: self.ask(f"/v1/reports/{numbers[1]}").status == 404, 60))
        kept = {bytes(row[0]) for row in self.database("SELECT bytes FROM event_logs")}
        self.assertEqual(kept, {LOG, logs[0], logs[2], event_log.make("another VM's")})
        self.assert_kept(first, LOG)

    def test_killed(self):
        """What was acknowledged is there; what was not is there whole or not at all, and wanted again."""
        guest = self.guest(None)
        acknowledged = set()
        for number in range(12):
            log = event_log.make(f"boot {number}", "x" * 200000)
            guest.boot(log)
            ticket, _ = self.report(guest)
            if number % 3:
                self.assertEqual(guest.upload(ticket).status, 201)
                acknowledged.add(log)
                self.collector.kill()
            else:
                with concurrent.futures.ThreadPoolExecutor(1) as pool:
                    sending = pool.submit(guest.upload, ticket)
                    time.sleep(0.002 * number)
                    self.collector.kill()
                    with contextlib.suppress(OSError, http.client.HTTPException):
                        if sending.result().status == 201:
                            acknowledged.add(log)
            guest.disconnect()
            self.collector.start()
            guest.move(self.collector.url())
            kept = {bytes(row[0]) for row in self.database("SELECT bytes FROM event_logs")}
            self.assertLessEqual(acknowledged, kept)
            ticket, report = self.report(guest)
            self.assertEqual(ticket is None, log in kept)
            if ticket:
                self.assertEqual(guest.upload(ticket).status, 201)
                acknowledged.add(log)
            self.assert_kept(report, log)
        self.assertEqual(self.verify()[0], 0)


class NearlyFull(Sent):
    config = UNLIMITED + "max-size = 16\n"

    def waiting(self):
        text = self.collector.ask("GET", "/metrics", token=self.collector.admin_token()).text
        return int(re.search(r"^vtpm_collector_queue_jobs (\d+)$", text, re.MULTILINE).group(1))

    def test_several_in_one_commit(self):
        """They are judged one after the other and written together; what has no room is refused by itself."""
        logs = iter([event_log.make(f"boot {i}", *["x" * 4096] * 240) for i in range(18)])
        for _ in range(9):
            self.sent(next(logs))
        guests = [self.guest(log) for log in logs]
        tickets = [self.report(guest)[0] for guest in guests]
        with concurrent.futures.ThreadPoolExecutor(len(guests)) as pool:
            with contextlib.closing(sqlite3.connect(os.path.join(self.collector.state, "collector.sqlite"),
                                                    isolation_level=None)) as database:
                database.execute("BEGIN IMMEDIATE")
                sending = [pool.submit(guest.upload, ticket) for guest, ticket in zip(guests, tickets, strict=True)]
                # The writer has taken the first ones, and is held up.
                together = process.wait_until(lambda: self.waiting() >= 3, 30)
            answers = [task.result() for task in sending]
        self.assertTrue(together)
        kept = [answer for answer in answers if answer.status == 201]
        refused = [answer.json.get("limit") for answer in answers if answer.status != 201]
        self.assertEqual(set(refused), {"store-size"}, [answer.json for answer in answers])
        self.assertTrue(kept)
        self.assertEqual(self.verify()[0], 0)


class Unsigned(Sent):
    def setUp(self):
        path = os.path.join(process.temporary_directory("tokens"), "tokens")
        self.uuid = str(uuid.uuid4())
        self.config = f"[auth]\ntokens = {write_tokens(path, TOKENS, vm=self.uuid)}\n"
        super().setUp()

    def guest(self, log=LOG, **options):
        guest = LogClient(self.collector.url(), self.uuid, log, **options)
        self.addCleanup(guest.close)
        return guest

    def ask(self, path):
        return self.collector.ask("GET", path, token=TOKENS["admin"])

    def test_kept_log_does_not_stand_for_what_nobody_signed(self):
        guest, _ = self.sent(token=TOKENS["agent"])
        evidence = guest.evidence(session=client.BROKEN, clock=client.BROKEN, ak=client.BROKEN)
        message = {"version": "1.0", "uuid": guest.uuid, "event": "none", "evidence": client.encode(evidence)}
        answer = self.collector.ask("POST", "/v1/reports", json.dumps(message), token=TOKENS["agent"],
                                    **{"Content-Type": "application/json"})
        self.assertEqual(answer.status, 200, answer.text)
        self.assertIsNotNone(json.loads(answer.text)["report"], answer.text)
        self.assert_not_kept(json.loads(answer.text)["report"])


class Difference(Sent):
    """Between any two boots, whatever their evidence tells."""

    def boots(self):
        self.old, self.new = event_log.make("kernel 1", "same"), event_log.make("same", "kernel 2\x1b[31m")
        guest, first = self.sent(self.old)
        guest.boot(self.new)
        ticket, second = self.report(guest)
        return guest, first, second, ticket

    def told(self, guest, query):
        answer = self.ask(f"/v1/vms/{guest.uuid}/boot{query}")
        return answer.status, answer.text and json.loads(answer.text)

    def test_events(self):
        guest, first, second, ticket = self.boots()
        pair = f"?report={second}&before={first}"
        # The evidence of none of them has a part `boot`, and one log is missing.
        self.assertEqual(self.told(guest, pair)[0], 404)
        self.assertEqual(guest.upload(ticket).status, 201)
        status, told = self.told(guest, pair)
        self.assertEqual((status, told["boot"]["report"], told["before"]["report"]), (200, second, first))
        gone, new = told["before"]["events"]
        self.assertEqual((gone["pcr"], gone["kind"], gone["type"], gone["meaning"]), (4, "gone", "EV_ACTION", "kernel 1"))
        self.assertEqual((new["pcr"], new["kind"]), (4, "new"))
        self.assertNotEqual(gone["digest"], new["digest"])
        self.assertEqual([told["before"][name] for name in ("events_left_out", "has_log", "has_later_log")],
                         [0, True, True])
        self.assertEqual({change["pcr"] for change in told["before"]["changes"]}, {4})
        done = self.command("diff", guest.uuid, str(first), str(second))
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertRegex(done.stdout.decode(), r"\nEvents that are gone \(-\) and new \(\+\):\n"
                                               r"PCR 4   - EV_ACTION: kernel 1, [0-9a-f]{16}\.\.\.\n"
                                               r"PCR 4   \+ EV_ACTION: kernel 2[^\x1b]*, [0-9a-f]{16}\.\.\.\n$")
        # The same boot does not differ from itself.
        self.assertEqual(self.told(guest, f"?report={second}&before={second}")[1]["before"]["events"], [])

    def test_many_events(self):
        guest, first = self.sent(event_log.make(*(f"then {i}" for i in range(70))))
        guest.boot(event_log.make(*(f"now {i}" for i in range(10))))
        ticket, second = self.report(guest)
        self.assertEqual(guest.upload(ticket).status, 201)
        before = self.told(guest, f"?report={second}&before={first}")[1]["before"]
        self.assertEqual((len(before["events"]), before["events_left_out"]), (64, 16))
        self.assertIn(b"\nand 16 more\n", self.command("diff", guest.uuid, str(first), str(second)).stdout)


class Agent(Logs):
    """The real one, whose TPM holds what a real guest's log leads to."""

    def setUp(self):
        super().setUp()
        self.tpm = self.enterContext(Swtpm())
        self.log, _ = event_log.real("ovmf-sha256")
        self.credentials = process.temporary_directory("credentials")
        self.uuid = str(uuid.uuid4())

    def extend(self, log):
        for pcr, digest in event_log.digests(log):
            oracle.tpm2(self.tpm, "pcrextend", f"{pcr}:sha256={digest.hex()}")

    def run_report(self, url=None, *words):
        with open(os.path.join(self.credentials, "firmware-log"), "wb") as file:
            file.write(self.log)
        return agent.run("report", "--uuid", self.uuid, "--url", url or self.collector.url(), "--verbose", *words, tpm=self.tpm,
                         env=agent.environment(CREDENTIALS_DIRECTORY=self.credentials))

    def newest(self):
        return json.loads(self.ask(f"/v1/vms/{self.uuid}/reports?limit=1").text)["reports"][0]["id"]

    def test_sends_it_once(self):
        self.extend(self.log)
        result = self.run_report()
        self.assertIn(f"sent the event log: {len(self.log)} bytes", result.err)
        self.assert_kept(self.newest(), self.log)
        result = self.run_report()
        self.assertNotIn("event log", result.err)
        self.assert_kept(self.newest(), self.log)

    def test_nothing_that_leads_elsewhere(self):
        self.assertNotIn("sent the event log", self.run_report().err)
        self.assert_not_kept(self.newest())

    def test_report_stands_where_the_log_is_refused(self):
        refusal = (422, {}, json.dumps({"status": 422, "code": "unusable-log", "detail": "not this one"}).encode())
        for name, ticket, answer, told in (
                ("taken", "ab" * 100, None, "sent the event log: "),
                ("refused", "ab" * 100, refusal, "the event log was not sent: .*not this one"),
                ("cut off", "ab" * 100, (200, {"Content-Length": "9"}, b""), "the event log was not sent: "),
                ("no ticket", "../reports", None, "^((?!event log).)*$")):
            with self.subTest(name=name), Stub(ticket=ticket, answer=lambda path, _, answer=answer:
                                               answer if path.startswith("/v1/event-logs") else None) as stub:
                result = self.run_report(stub.url)
                self.assertEqual(result.code, 0, str(result))
                self.assertRegex(result.err.replace("\n", " "), told)
                path, headers, body = stub.requests[-1]
                if ticket == "ab" * 100:
                    self.assertEqual((path, body), ("/v1/event-logs?ticket=" + ticket, self.log))
                    self.assertEqual(headers["Content-Type"], "application/octet-stream")
                else:
                    self.assertEqual(path, "/v1/reports")

    def test_service_obeys_a_refusal(self):
        """What was refused for good is not sent with the next report; what the collector had no room for is."""
        with open(os.path.join(self.credentials, "firmware-log"), "wb") as file:
            file.write(self.log)
        for status, count in ((422, 1), (409, 2), (503, 2)):
            refusal = (status, {}, b"{}")
            with self.subTest(status=status), Stub(ticket="ab" * 100, answer=lambda path, _, refusal=refusal:
                                                   refusal if path.startswith("/v1/event-logs") else None) as stub:
                state = process.temporary_directory("service")
                with open(os.path.join(state, "log"), "wb") as log:
                    child = agent.start("run", "--url", stub.url, "--uuid", self.uuid, "--state", state, "--interval", "10",
                                        tpm=self.tpm, stderr=log,
                                        env=agent.environment(CREDENTIALS_DIRECTORY=self.credentials))

                def lines(word, state=state):
                    with open(os.path.join(state, "log")) as log:
                        return log.read().count(word)

                self.assertTrue(process.wait_until(lambda: lines("reported number=") == 2, 60))
                self.assertTrue(process.wait_until(lambda: lines("the event log was not sent") >= count, 60))
                child.send_signal(signal.SIGTERM)
                self.assertEqual(child.wait(60), 0)
                agent.check_sanitizers()
                paths = [path.split("?")[0] for path, _, _ in stub.requests]
                self.assertEqual((paths.count("/v1/reports"), paths.count("/v1/event-logs")), (2, count))

    def test_configured_to_stay(self):
        path = os.path.join(process.temporary_directory("conf"), "conf")
        for value, paths in (("no", 1), ("yes", 2)):
            with open(path, "w") as file:
                file.write(f"[collector]\nevent-log = {value}\n")
            with self.subTest(value), Stub(ticket="ab" * 100) as stub:
                self.run_report(stub.url, "--config", path)
                self.assertEqual([path for path, _, _ in stub.requests[1:]],
                                 ["/v1/reports", "/v1/event-logs?ticket=" + "ab" * 100][:paths])

    def test_log_that_is_too_large_stays(self):
        self.log = event_log.make(*["x" * 4096] * 300)
        with Stub(ticket="ab" * 100) as stub:
            result = self.run_report(stub.url)
        self.assertEqual(stub.requests[-1][0], "/v1/reports")
        self.assertIn("the event log was not sent: it has more than 1048576 bytes", result.err)


if __name__ == "__main__":
    unittest.main()
