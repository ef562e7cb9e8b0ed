#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Agents that know several collectors."""

import json
import os
import socket
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import history  # noqa: E402
import postgresql  # noqa: E402
import process  # noqa: E402
from collector import Collector  # noqa: E402
from stub_collector import Stub  # noqa: E402
from swtpm import Swtpm  # noqa: E402


def refusing_port(address="127.0.0.1"):
    """Nobody listens there, and nobody else takes it while the socket is open."""
    taken = socket.socket()
    taken.bind((address, 0))
    return taken


def urls(*each):
    return [word for url in each for word in ("--url", url)]


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())

    def setUp(self):
        self.uuid = str(uuid.uuid4())
        taken = self.enterContext(refusing_port())
        self.dead = f"http://127.0.0.1:{taken.getsockname()[1]}"

    def report(self, *each, words=()):
        return agent.run("report", "--uuid", self.uuid, *urls(*each), *words, tpm=self.tpm)


class Choice(Case):
    def test_next_one_where_the_first_does_not_answer(self):
        with Stub(has_credential=False) as stub:
            result = self.report(self.dead, stub.url)
        self.assertEqual((result.code, len(stub.reports)), (0, 1), str(result))
        self.assertRegex(result.err, f"{self.dead}: no connection.*; going on with {stub.url}\n$")
        self.assertEqual(result.err.count("\n"), 1)
        self.assertRegex(result.out, rf"Collector +{stub.url}\n")

    def test_first_one_where_both_answer(self):
        with Stub(has_credential=False) as first, Stub(has_credential=False) as second:
            result = self.report(first.url, second.url)
        self.assertEqual((result.code, result.err, len(first.reports), second.requests), (0, "", 1, []))

    def test_what_is_an_answer(self):
        for status, headers, goes_on in ((500, {}, True), (502, {}, True), (503, {}, True), (401, {}, False),
                                         (404, {}, False), (409, {}, False), (503, {"Retry-After": "600"}, True)):
            with self.subTest(status=status, headers=headers), Stub(has_credential=False) as second, \
                    Stub(has_credential=False, answer=lambda *_, s=status, h=headers: (s, h, b"{}")) as first:
                result = self.report(first.url, second.url)
                self.assertEqual(len(second.reports), int(goes_on))
                self.assertEqual(result.code, 0 if goes_on else 3, str(result))
                self.assertIn(first.url, result.err)

    def test_report_whose_collector_fails_behind_the_challenge(self):
        """The same report, byte for byte, is posted at the next one."""
        with Stub(has_credential=False) as second, Stub(has_credential=False, answer=lambda path, _: (502, {}, b"") if path == "/v1/reports" else None) as first:
            result = self.report(first.url, second.url)
            bodies = [body for each in (first, second) for path, _, body in each.requests if path == "/v1/reports"]
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(len(bodies), 2)
        self.assertEqual(*bodies)
        self.assertEqual(second.challenges, [])

    def test_none_answers(self):
        with refusing_port() as other:
            also = f"http://127.0.0.1:{other.getsockname()[1]}"
            result = self.report(self.dead, also, words=("--timeout", "5"))
        self.assertEqual(result.code, 3, str(result))
        self.assertRegex(result.err, f"{self.dead}: no connection")
        self.assertRegex(result.err, f"none of 2 collectors takes it, the last: {also}: no connection")

    def test_each_is_held_to_the_rules(self):
        """The credential would go in clear to the second, had the first not answered."""
        with Stub(has_credential=False) as stub:
            result = self.report(stub.url, "http://collector.example")
        self.assertEqual((result.code, stub.requests), (78, []), str(result))
        self.assertIn("URL number 2: plain http:// is for a collector on loopback only", result.err)

    def test_too_many(self):
        result = self.report(*[self.dead] * 9)
        self.assertEqual(result.code, 64, str(result))
        self.assertIn("more than 8", result.err)


class Service(Case):
    def test_configuration_and_what_is_kept(self):
        state = process.temporary_directory("state")
        path = os.path.join(state, "agent.conf")
        with Stub(has_credential=False) as stub:
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"[collector]\nurl = {self.dead} {stub.url}\nuuid = {self.uuid}\n[run]\nstate = {state}\n")
            result = agent.run("run", "--once", "--config", path, tpm=self.tpm)
        self.assertEqual(len(stub.reports), 1, str(result))
        with open(os.path.join(state, "delivery.json"), encoding="utf-8") as file:
            kept = json.load(file)
        self.assertEqual((kept["url"], kept["report"]), (stub.url, 1))


class OneStore(Case):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(postgresql.Server())
        self.both = [self.enterContext(Collector(config=f"[store]\nurl = {self.server.url()}\n")) for _ in range(2)]

    def test_first_is_killed(self):
        addresses = [each.url() for each in self.both]
        for words, number in ((), 1), ((), 2):
            result = self.report(*addresses, words=("--json", *words))
            self.assertEqual((result.err, result.json["report"]), ("", number), str(result))
            if number == 1:
                self.assertEqual(result.json["continuity"], "first-seen")
        self.both[0].kill()
        result = self.report(*addresses, words=("--json",))
        self.assertEqual((result.code, result.json["report"], result.json["continuity"]), (0, 3, "continuous"), str(result))
        self.assertIn(f"going on with {addresses[1]}", result.err)

    def test_answer_is_lost(self):
        """The first took the report and can never say so; the second has it already, so it is not taken again. The
        next attempt begins with a challenge of the second's."""
        lost = []

        def forward(path, _):
            answer = self.both[0].ask("POST", path, relay.requests[-1][2], **{"Content-Type": "application/json"})
            if path == "/v1/reports":
                lost.append(json.loads(answer.body))
                return 502, {}, b""
            return answer.status, {}, answer.body

        with Stub(has_credential=False, answer=forward) as relay:
            result = self.report(relay.url, self.both[1].url(), words=("--json",))
        self.assertEqual((result.code, result.json["report"], [each["report"] for each in lost]), (0, 2, [1]), str(result))
        kept = history.read(self.server)[self.uuid]
        self.assertEqual(sorted(kept.values()), [1, 2])


if __name__ == "__main__":
    unittest.main()
