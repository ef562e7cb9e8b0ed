#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Webhooks of the real service, to a real HTTPS receiver with a CA of its own."""

import hashlib
import hmac
import http.server
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import process  # noqa: E402
from authority import Authority  # noqa: E402
from filled_collector import Collector, uuid  # noqa: E402
from metrics import parse  # noqa: E402

SECRET = b"a secret that ends with NUL\0"


def read(path):
    with open(path) as file:
        return file.read()


class Receiver:
    """Keeps what it gets; answers `status`."""

    def __init__(self, certificate, port=0):
        receiver = self
        self.status, self.location, self.got, self.attempts, self.refused = 204, None, [], 0, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.attempts += 1
                if receiver.status == 204:
                    receiver.got.append((self.headers, body))
                else:
                    receiver.refused.append(body)
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def wait(self, count, timeout=30):
        if not process.wait_until(lambda: len(self.got) >= count, timeout):
            raise AssertionError(f"{len(self.got)} of {count} events came")
        return [json.loads(body) for _, body in self.got]


class Webhooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = process.temporary_directory("webhook")
        cls.authority = Authority(cls.directory, "hooks")
        cls.certificate = cls.authority.issue("receiver", "serverAuth")
        cls.secret = os.path.join(cls.directory, "secret")
        with open(cls.secret, "wb") as file:
            file.write(SECRET + b"\n")

    def setUp(self):
        self.receiver = Receiver(self.certificate)
        self.addCleanup(lambda: self.receiver.close())

    def collector(self, url=None, private="yes", ca=None):
        path = os.path.join(self.directory, "collector.conf")
        with open(path, "w") as file:
            file.write(f"[webhook]\nurl = {url or f'https://127.0.0.1:{self.receiver.port}/hook'}\n"
                       f"secret = {self.secret}\nca = {ca or self.authority.ca}\n"
                       f"allow-private = {private}\n")
        return self.enterContext(Collector("--config", path))

    def test_events(self):
        collector = self.collector()
        collector.report(1, status="none", continuity="first-seen")
        collector.report(1)
        collector.report(1)    # nothing new
        replaced = collector.report(1, status="contraindicated", continuity="replaced",
                                    reason="ek-changed")
        self.receiver.wait(2)
        collector.post(f"/v1/vms/{uuid(1)}/acceptance", {"comment": "ours"}, 200)
        changed, lost, accepted = self.receiver.wait(3)
        self.assertEqual([event["type"].removeprefix("org.vtpm-agent.")
                          for event in (changed, lost, accepted)],
                         ["verdict.changed", "vtpm.replaced", "baseline.accepted"])
        self.assertEqual((lost["specversion"], lost["id"], lost["subject"]),
                         ("1.0", f"report-{replaced}", uuid(1)))
        self.assertEqual((lost["data"]["status"], lost["data"]["reason"], lost["data"]["before"]),
                         ("contraindicated", "ek-changed",
                          {"status": "affirming", "continuity": "continuous"}))
        self.assertEqual(lost["data"]["sender"], {"role": "agent", "name": "web-1", "address": "192.0.2.1"})
        self.assertIn("ours", accepted["data"]["detail"])
        for headers, body in self.receiver.got:
            self.assertEqual(headers["Content-Type"], "application/cloudevents+json")
            at, _, signature = headers["Webhook-Signature"].partition(",")
            self.assertAlmostEqual(int(at.removeprefix("t=")), time.time(), delta=60)
            self.assertEqual(signature, "v1=" + hmac.new(
                SECRET, at.removeprefix("t=").encode() + b"." + body, hashlib.sha256).hexdigest())

    def test_disks(self):
        """Told when they become so, when it becomes worse, and when it is over; nothing else of a report that says so
        again."""
        collector = self.collector()
        collector.disks(1, "opens", "opens", continuity="first-seen", status="none")
        first = collector.disks(1, "opens", "pcr-differs", continuity="first-seen", status="none")
        collector.disks(1, "opens", "pcr-differs", continuity="first-seen", status="none")
        collector.disks(1, "other-vtpm", "other-vtpm", status="contraindicated", continuity="replaced")
        last = collector.disks(1, "opens", "opens")
        events = [event for event in self.receiver.wait(5)]
        disks = [event for event in events if event["id"].startswith("disks-")]
        self.assertEqual([(event["type"].removeprefix("org.vtpm-agent."), event["data"]["before"],
                           event["data"]["will_not_open"]) for event in disks],
                         [("disks.will-not-open", 0, 1), ("disks.will-not-open", 1, 2), ("disks.will-open", 2, 0)])
        self.assertEqual((disks[0]["id"], disks[0]["subject"], disks[2]["id"]),
                         (f"disks-{first}", uuid(1), f"disks-{last}"))
        self.assertEqual(disks[0]["data"], {"uuid": uuid(1), "report": first, "will_not_open": 1, "sealed": 2,
                                            "before": 0, "continuity": "first-seen", "merged": 0})
        self.assertEqual(len(events), 5)

    def test_claims(self):
        """Somebody else reports as a VM: who, with which keys; not with every new key of his anew."""
        collector = self.collector()
        collector.report(1)
        first = collector.claim(1, "192.0.2.7")
        event, = self.receiver.wait(1)
        self.assertEqual((event["type"], event["id"], event["subject"]),
                         ("org.vtpm-agent.vtpm.claimed", f"claim-{first}", uuid(1)))
        self.assertEqual(event["data"], {
            "uuid": uuid(1), "claim": first, "continuity": "replaced", "reason": "ek-changed", "hostname": "web-1",
            "sender": {"role": None, "name": None, "address": "192.0.2.7"},
            "keys": {"ek": "77" * 32, "ak_name": "00" * 34}, "known_as": None})
        for number in range(20):
            collector.claim(1, "192.0.2.7", ek=f"{number:02x}" * 32)
        last = collector.claim(1, "192.0.2.8")
        self.assertEqual(self.receiver.wait(2)[1]["id"], f"claim-{last}")
        # The eighth sender is the last one of this VM.
        for number in range(9, 30):
            collector.claim(1, f"192.0.2.{number}")
        collector.report(2)
        other = collector.claim(2, "192.0.2.7")
        events = self.receiver.wait(9)
        self.assertEqual([event["subject"] for event in events], 8 * [uuid(1)] + [uuid(2)])
        self.assertEqual(events[-1]["id"], f"claim-{other}")

    def test_a_claim_that_is_refused_delays_nothing(self):
        """Its words are anybody's, and a receiver may not take them."""
        collector = self.collector()
        collector.report(1)
        self.receiver.status = 400
        for number in range(5):
            collector.claim(1, f"192.0.2.{number}")
        self.assertTrue(process.wait_until(lambda: self.receiver.attempts == 5, 30), self.receiver.attempts)
        self.assertEqual(len({json.loads(body)["id"] for body in self.receiver.refused}), 5)
        self.receiver.status = 204
        replaced = collector.report(1, status="contraindicated", continuity="replaced", reason="ek-changed")
        event, *rest = self.receiver.wait(1)
        self.assertEqual((event["id"], rest), (f"report-{replaced}", []))

    def test_a_cursor_of_before_there_were_claims(self):
        collector = self.collector()
        collector.report(1)
        collector.claim(1, "192.0.2.7")
        self.receiver.wait(1)
        self.assertEqual(collector.stop(), 0)
        path = os.path.join(collector.state, "webhook-cursor")
        with open(path) as file:
            numbers = file.read().split()
        with open(path, "w") as file:
            file.write(" ".join(numbers[:2]) + "\n")
        collector.start()
        last = collector.claim(1, "192.0.2.8")
        self.assertEqual([event["id"] for event in self.receiver.wait(2)][1:], [f"claim-{last}"])
        self.assertEqual(len(numbers), 3)

    def stop(self, collector):
        """With all that has its database open."""
        collector.end_filler()
        self.assertEqual(collector.stop(), 0)

    def test_an_older_database(self):
        """The receiver was told more than there is: what comes then is told, and it is said that some may be missing."""
        collector = self.collector()
        collector.report(1)
        self.stop(collector)
        database, copy = (os.path.join(collector.state, name) for name in ("collector.sqlite", "copy"))
        shutil.copy(database, copy)
        collector.start()
        for number in range(5):
            collector.claim(1, f"192.0.2.{number}")
            collector.report(1, status="warning")
            collector.report(1)
        cursor = os.path.join(collector.state, "webhook-cursor")

        def was_told(*numbers):
            return process.wait_until(lambda: tuple(int(number) for number in read(cursor).split()) == numbers, 60)
        first = int(read(cursor).split()[1])
        self.assertTrue(was_told(11, first, 5), read(cursor))
        collector.post(f"/v1/vms/{uuid(1)}/acceptance", {"comment": "ours"}, 200)
        self.assertTrue(was_told(11, first + 1, 5), read(cursor))
        told = len(self.receiver.got)
        self.stop(collector)
        shutil.copy(copy, database)
        collector.start()
        self.assertIn("webhook: the receiver was told up to report 11, audit event ", collector.lines())
        first = collector.claim(1, "192.0.2.9")
        self.assertEqual(self.receiver.wait(told + 1)[told:][0]["id"], f"claim-{first}")
        changed = collector.report(1, status="warning")
        collector.post(f"/v1/vms/{uuid(1)}/acceptance", {"comment": "again"}, 200)
        rest = self.receiver.wait(told + 3)[told + 1:]
        self.assertEqual([event["id"].split("-")[0] for event in rest], ["report", "audit"])
        self.assertEqual((rest[0]["id"], rest[1]["data"]["detail"][-5:]), (f"report-{changed}", "again"))

        def noted():
            events = json.loads(collector.request("GET", "/v1/audit", token=collector.token)[2])["events"]
            return [event["actor"] for event in events if event["action"] == "webhook-behind"]
        self.assertEqual(noted(), ["collector"])
        self.assertEqual(collector.stop(), 0)
        collector.start()
        self.assertEqual(noted(), ["collector"])

    def test_retries_in_order(self):
        collector = self.collector()
        self.receiver.status = 500
        collector.report(1, status="warning")
        collector.report(2, status="warning")
        self.assertTrue(process.wait_until(lambda: self.receiver.attempts >= 2, 30))
        self.receiver.status = 204
        self.assertEqual([event["subject"] for event in self.receiver.wait(2)], [uuid(1), uuid(2)])
        wanted = {"delivered": 2, "failed": self.receiver.attempts - 2}

        def counted():
            values = parse(collector.request("GET", "/metrics", token=collector.token)[2].decode())
            return {result: values[f'vtpm_collector_webhooks_total{{result="{result}"}}']
                    for result in wanted}
        # Counted when its answer is there, after the receiver has seen it.
        self.assertTrue(process.wait_until(lambda: counted() == wanted, 10), counted())

    def test_a_noisy_vm_delays_nobody(self):
        """A receiver that was away: of the VM that changed all the time it hears little, and of the other soon."""
        collector = self.collector()
        self.receiver.status = 500
        for _ in range(10):
            collector.report(1, status="warning")
            collector.report(1)
        worst = collector.report(1, status="contraindicated", continuity="replaced", reason="ek-changed")
        newest = collector.report(1)
        collector.report(2, status="contraindicated", continuity="replaced", reason="ek-changed")
        attempts = self.receiver.attempts
        self.assertTrue(process.wait_until(lambda: self.receiver.attempts >= attempts + 2, 120))
        self.receiver.status = 204
        events = self.receiver.wait(5, 180)
        subjects = [event["subject"] for event in events]
        self.assertIn(uuid(2), subjects[:2])
        self.assertEqual(sorted(subjects), 4 * [uuid(1)] + [uuid(2)])
        last = [event for event in events if event["subject"] == uuid(1)][-1]
        self.assertGreater(newest, worst)
        self.assertEqual((last["data"]["report"], last["data"]["status"], last["data"]["worst"]),
                         (newest, "affirming", "contraindicated"))
        self.assertGreater(last["data"]["merged"], 10)

    def test_survives_a_restart(self):
        collector = self.collector()
        collector.report(1, status="warning")
        self.receiver.wait(1)
        self.receiver.status = 503
        attempts = self.receiver.attempts
        collector.report(2, status="warning")
        self.assertTrue(process.wait_until(lambda: self.receiver.attempts > attempts, 30))
        self.assertEqual(collector.stop(), 0)
        collector.report(3, status="warning")
        self.receiver.status = 204
        collector.start()
        events = self.receiver.wait(3)
        self.assertEqual([event["subject"] for event in events], [uuid(i) for i in (1, 2, 3)])

    def test_a_damaged_cursor_is_refused(self):
        """What was told already is not guessed: the service says what to do, and leaves the file."""
        collector = self.collector()
        self.assertEqual(collector.stop(), 0)
        path = os.path.join(collector.state, "webhook-cursor")
        for text in ("", "1", "1 ", "1 x\n", "-1 2\n", "1 2 x\n", "1 2 3 4\n", "99999999999999999999 1\n"):
            with self.subTest(text):
                with open(path, "w") as file:
                    file.write(text)
                refused = subprocess.run(collector.argv, timeout=60, stderr=subprocess.PIPE)
                self.assertEqual(refused.returncode, 78)
                self.assertEqual(refused.stderr.decode().splitlines()[-1],
                                 f"vtpm-collector: {path}: not three numbers; remove it to begin anew")
                with open(path) as file:
                    self.assertEqual(file.read(), text)

    def assert_refused(self, collector, words):
        collector.report(1, status="warning")
        self.assertTrue(process.wait_until(lambda: "webhook: " in collector.lines(), 30))
        self.assertIn(words, collector.lines().partition("webhook: ")[2])
        self.assertEqual(self.receiver.attempts, 0)

    def test_private_addresses_are_refused(self):
        self.assert_refused(self.collector(private="no"), "connect")

    def test_private_names_are_refused(self):
        self.assert_refused(
            self.collector(f"https://localhost:{self.receiver.port}/", private="no"), "connect")

    def test_numbers_for_addresses_are_refused(self):
        self.assert_refused(
            self.collector(f"https://2130706433:{self.receiver.port}/", private="no"), "connect")

    def test_foreign_certificates_are_refused(self):
        other = Authority(self.directory, "other")
        self.assert_refused(self.collector(ca=other.ca), "certificate")

    def test_redirects_are_not_followed(self):
        target = Receiver(self.certificate)
        self.addCleanup(target.close)
        self.receiver.status = 307
        self.receiver.location = f"https://127.0.0.1:{target.port}/"
        collector = self.collector()
        collector.report(1, status="warning")
        self.assertTrue(process.wait_until(lambda: self.receiver.attempts >= 2, 30))
        self.assertEqual(target.attempts, 0)


if __name__ == "__main__":
    unittest.main()
