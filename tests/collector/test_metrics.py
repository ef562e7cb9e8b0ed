#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What /metrics says after known requests: every metric moves by what happened, and by nothing else."""

import contextlib
import json
import os
import re
import socket
import sqlite3
import sys
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client  # noqa: E402
import process  # noqa: E402
from client import BROKEN  # noqa: E402
from collector import Collector  # noqa: E402
from credentials import write_tokens  # noqa: E402
from http_driver import Driver  # noqa: E402
from metrics import parse  # noqa: E402
from raw_http import get, read_status  # noqa: E402
from swtpm import Swtpm  # noqa: E402

JSON = {"Content-Type": "application/json"}
VIEWER, AGENT = "v" * 64, "a" * 64
NOBODY = str(uuid.UUID(int=1))
REFUSALS, REPORTS = "vtpm_collector_refusals_total", "vtpm_collector_reports_total"


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())
        cls.tokens = write_tokens(os.path.join(process.temporary_directory("metrics"), "tokens"),
                                  {"viewer": VIEWER, "host": AGENT})

    def start(self, config=""):
        self.collector = self.enterContext(Collector(config=f"[auth]\ntokens = {self.tokens}\n{config}"))
        self.guest = client.Client(self.collector.url(), self.tpm.tcti, str(uuid.uuid4()), token=AGENT)
        self.addCleanup(self.guest.close)

    def metrics(self):
        return parse(self.collector.ask("GET", "/metrics", token=VIEWER).text)

    def moved(self, before, prefix):
        """What rose since, by its label."""
        after = self.metrics()
        return {re.sub(r'^.*="(.*)"}$', r"\1", name): value - before.get(name, 0)
                for name, value in after.items()
                if name.startswith(prefix) and value != before.get(name, 0)}

    def assert_refused(self, status, code, ask):
        before = self.metrics()
        self.assertEqual(ask(), status, code)
        self.assertEqual(self.moved(before, REFUSALS), {code: 1})

    def ask(self, method, path, body=None, token=VIEWER, **headers):
        return lambda: self.collector.ask(method, path, body, token, **headers).status

    def raw(self, *lines):
        def send():
            host, port = self.collector.url().split("//")[1].rsplit(":", 1)
            with socket.create_connection((host, int(port)), timeout=20) as connection:
                connection.sendall("\r\n".join(
                    ("POST /v1/reports HTTP/1.1", "Host: localhost", f"Authorization: Bearer {AGENT}",
                     *lines, "", "")).encode())
                return read_status(connection)
        return send

    def test_reports_challenges_and_commits(self):
        self.start()
        before = self.metrics()
        for continuity in ("first-seen", "continuous", "continuous"):
            self.assertEqual(self.guest.report().json["verdict"]["continuity"], continuity)
        self.assertEqual(self.guest.challenge().status, 201)
        # The guest is a client's invention, and its evidence short of what earns an affirming status.
        self.assertEqual(self.moved(before, REPORTS), {"none": 1, "warning": 2})
        after = self.metrics()
        self.assertEqual(after["vtpm_collector_challenges_total"]
                         - before["vtpm_collector_challenges_total"], 4)
        name = "vtpm_collector_commit_duration_seconds"
        self.assertEqual(after[name + "_count"] - before[name + "_count"], 3)
        self.assertEqual(after[name + '_bucket{le="+Inf"}'], after[name + "_count"])
        self.assertGreater(after[name + "_sum"], before[name + "_sum"])
        self.assertEqual(after["vtpm_collector_queue_jobs"], 0)
        self.assertAlmostEqual(after["process_start_time_seconds"], time.time(), delta=120)

        def vms():
            return {name: value for name, value in self.metrics().items() if "_vms{" in name}
        # Counted again once a second.
        wanted = {'vtpm_collector_vms{status="warning",continuity="continuous"}': 1,
                  'vtpm_collector_vms{state="silent"}': 0}
        self.assertTrue(process.wait_until(lambda: vms() == wanted, 10), vms())

    def test_a_report_that_is_not_kept_is_none(self):
        self.start()
        before = self.metrics()
        challenge = self.guest.challenge().json
        answer = self.guest.post("/v1/reports", self.guest.prepare(challenge, nonce=bytes(32)))
        self.assertEqual((answer.status, answer.json["report"]), (200, None))
        self.assertEqual(self.moved(before, REPORTS), {})

    def test_refusals_before_a_handler(self):
        self.start()
        for status, code, ask in (
                (400, "malformed", self.ask("GET", "/v1/%01")),
                (401, "unauthorized", self.ask("GET", "/v1/vms", token="x" * 64)),
                (403, "forbidden", self.ask("POST", f"/v1/vms/{NOBODY}/acceptance", "{}", **JSON)),
                (404, "not-found", self.ask("GET", "/v1/nothing")),
                (405, "method-not-allowed", self.ask("DELETE", "/v1/vms")),
                (411, "length-required", self.raw("Content-Type: application/json",
                                                  "Transfer-Encoding: chunked")),
                (413, "too-large", self.raw("Content-Type: application/json",
                                            "Content-Length: 99999999")),
                (415, "unsupported-media-type", self.raw("Content-Type: text/plain",
                                                         "Content-Length: 2"))):
            with self.subTest(status=status):
                self.assert_refused(status, code, ask)

    def test_refusals_of_handlers(self):
        self.start()
        first = self.guest.prepare(self.guest.challenge().json)
        self.assertEqual(self.guest.post("/v1/reports", first).status, 200)
        distress = self.guest.post("/v1/reports", {
            "version": "1.0", "uuid": self.guest.uuid, "event": "none",
            "evidence": client.encode(self.guest.evidence(
                session=BROKEN, clock=BROKEN, pcrs=BROKEN, ak=BROKEN))})
        self.assertEqual(distress.status, 200, distress.json)
        admin = self.collector.admin_token()

        def post(message, path="/v1/reports"):
            return lambda: self.guest.post(path, message).status

        for status, code, ask in (
                (400, "malformed", self.ask("GET", "/v1/vms/x")),
                (400, "unsupported-version", post({**first, "version": "2.0"})),
                (404, "not-found", self.ask("GET", f"/v1/vms/{NOBODY}")),
                (409, "challenge-spent", post(first)),
                (409, "challenge-unknown", post({**first, "challenge": client.encode(bytes(64))})),
                (409, "unusable-report", self.ask(
                    "POST", f"/v1/vms/{self.guest.uuid}/acceptance",
                    json.dumps({"report": distress.json["report"]}), admin, **JSON)),
                (422, "unusable-key", lambda: self.guest.challenge(ak=client.encode(bytes(8))).status)):
            with self.subTest(code=code):
                self.assert_refused(status, code, ask)

    def test_too_many(self):
        self.start("[enrolment]\nrate = 1\n")
        self.assertEqual(self.guest.challenge().status, 201)
        self.assert_refused(429, "too-many", lambda: self.guest.challenge(uuid=NOBODY).status)

    def test_store_unavailable(self):
        self.start()
        self.assert_refused(404, "not-found", self.ask("GET", "/v1/reports/1"))
        with contextlib.closing(sqlite3.connect(
                os.path.join(self.collector.state, "collector.sqlite"))) as database:
            database.execute("DROP TABLE reports")
            database.commit()
        self.assert_refused(503, "store-unavailable", self.ask("GET", "/v1/reports/1"))


class Busy(unittest.TestCase):
    """With handlers that are too slow, and more requests than these may hold."""

    def test_each_is_counted_once(self):
        driver = Driver(waiting=4, workers=1)
        connections = [self.enterContext(driver.connect()) for _ in range(20)]
        for connection in connections:
            connection.sendall(get("/late"))
        self.assertEqual([read_status(connection) for connection in connections], 20 * [503])
        # The handlers answer, too, when nobody waits any more.
        time.sleep(2)
        self.assertEqual(parse(driver.ask("GET", "/metrics").text)[REFUSALS + '{code="busy"}'], 20)
        self.assertEqual(driver.end(), 0)


if __name__ == "__main__":
    unittest.main()
