#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What an operator accepts at the collector becomes the baseline of the agent's service with the answer to its next
report: that vTPM in that state, and no other."""

import hashlib
import json
import os
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import credentials  # noqa: E402
import process  # noqa: E402
from collector import PROGRAM, Collector  # noqa: E402
from stub_collector import VERDICT, Stub  # noqa: E402
from swtpm import Swtpm  # noqa: E402

ADMIN, BOUND, FREE = "a" * 40, "b" * 40, "f" * 40
CONTRA = {**VERDICT, "ear.status": "contraindicated", "continuity": "replaced", "exit_code": 2,
          "reasons": [{"code": "ek-changed", "sentence": "another one"}]}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm, cls.other, cls.third = (cls.enterClassContext(Swtpm(name=name)) for name in ("one", "two", "three"))

    def setUp(self):
        self.uuid, self.directory = str(uuid.uuid4()), process.public_directory("adoption")
        self.state = os.path.join(self.directory, "state")
        self.env = agent.environment(RUNTIME_DIRECTORY=os.path.join(self.directory, "run"))

    def run_once(self, code, tpm, url, *words):
        """One comparison and its report, and what the service says of it then."""
        result = agent.run("run", "--once", "--state", self.state, "--url", url, "--uuid", self.uuid, *words, tpm=tpm,
                           env=self.env)
        self.assertEqual(result.code, code, result)
        return result.err

    def kept(self):
        with open(os.path.join(self.state, "verdict.json")) as file:
            verdict = json.load(file)
        return verdict["continuity"], verdict["reasons"][0]["code"]

    def ak(self, name="baseline.json"):
        with open(os.path.join(self.state, name)) as file:
            return json.load(file)["ak"]


class Adoption(Case):
    """With a collector, behind something that loses its answers."""

    def setUp(self):
        super().setUp()
        lines = (("admin", "ops", ADMIN, ""), ("agent", "web-1", BOUND, self.uuid), ("agent", "fleet", FREE, ""))
        tokens = credentials.write(os.path.join(self.directory, "tokens"), "".join(
            f"{role} {name} {hashlib.sha256(token.encode()).hexdigest()} {vm}\n" for role, name, token, vm in lines))
        self.tokens = {token: credentials.write(os.path.join(self.directory, token), token + "\n")
                       for token in (ADMIN, BOUND, FREE)}
        self.config = f"[auth]\ntokens = {tokens}\n"
        self.collector = self.enterContext(Collector(config=self.config))
        self.loses, self.answers = False, []
        self.way = self.enterContext(Stub(answer=self.forward))

    def forward(self, path, _):
        _, headers, body = self.way.requests[-1]
        answer = self.collector.ask("POST", path, body, headers["Authorization"].split()[1],
                                    **{"Content-Type": headers["Content-Type"]})
        if path == "/v1/reports":
            self.answers.append(json.loads(answer.body))
            if self.loses:
                return 503, {}, b"{}"
        return answer.status, {"Content-Type": "application/json"}, answer.body

    def once(self, code, tpm, token=BOUND):
        return self.run_once(code, tpm, self.way.url, "--token-file", self.tokens[token])

    def operator(self, code, *words):
        result = subprocess.run(
            [PROGRAM, *words, "--url", self.collector.url(), "--token-file", self.tokens[ADMIN]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        self.assertEqual(result.returncode, code, result)
        return result.stdout

    def confirm(self, *options):
        child = process.start(
            [PROGRAM, "confirm", self.uuid, "--timeout", "60", *options, "--url", self.collector.url(), "--token-file",
             self.tokens[ADMIN]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill, child)
        return child

    def end(self, child):
        out, err = child.communicate(timeout=90)
        return process.reap(child), out, err

    def asked(self):
        events = json.loads(self.collector.ask("GET", "/v1/audit", token=ADMIN).body)["events"]
        return sum(event["action"] == "announce" for event in events)

    def accept(self, *words):
        return self.operator(0, "accept", self.uuid, *words)

    def vm(self):
        return json.loads(self.collector.ask("GET", "/v1/vms/" + self.uuid, token=ADMIN).body)

    def replace(self, token=BOUND):
        self.once(0, self.tpm, token)
        self.once(2, self.other, token)
        self.assertEqual(self.kept(), ("replaced", "ek-changed"))
        self.assertEqual(self.ak("candidate.json") == self.ak(), False)
        return self.answers[-1]

    def assert_adopted(self, by):
        self.assertEqual(self.answers[-1]["accepted"], {**by, "reason": "ek-changed"})
        self.assertEqual(self.kept(), ("first-seen", "accepted"))
        self.assertNotIn("candidate.json", os.listdir(self.state))
        self.assertEqual(self.ak(), self.ak_of_other)

    @property
    def ak_of_other(self):
        with open(os.path.join(self.state, "baseline.json.old")) as file:
            self.assertNotEqual(json.load(file)["ak"], self.ak())
        return json.loads(agent.run("evidence", tpm=self.other).out)["ak"]

    def test_a_report(self):
        number = self.replace()["report"]
        self.accept("--report", str(number))
        with self.subTest("told where an operator looks"):
            self.assertEqual(self.vm()["reason"], "accepted")
            self.assertIn("its next report is awaited", self.operator(3, "show", self.uuid))
        log = self.once(0, self.other)
        self.assertIn(f"ENROLLED: this vTPM is now the baseline: an operator accepted this vTPM at the collector, by "
                      f"report {number}", log)
        self.assert_adopted({"report": number})
        self.assertNotIn("awaited", self.operator(0, "show", self.uuid))
        self.once(0, self.other)
        self.assertEqual(self.kept(), ("continuous", "same-tpm"))
        self.assertNotIn("accepted", self.answers[-1], "it was heard")
        self.assertIn("faults: 0", self.operator(0, "verify"))
        with self.subTest("the old one comes back"):
            self.once(2, self.tpm)

    def test_a_claim(self):
        claim = self.replace(FREE)["claim"]
        self.accept("--claim", str(claim))
        with self.subTest("first sight is no failure for who waits for it"):
            confirm, json_too = self.confirm(), self.confirm("--json")
            self.assertTrue(process.wait_until(lambda: self.asked() == 2, 30))
            self.once(0, self.other, FREE)
            number = self.vm()["head"]
            words = f"ENROLLED  this vTPM is now the baseline (report {number})\n"
            code, out, err = self.end(confirm)
            self.assertEqual((code, out[:len(words)]), (0, words), out + err)
            code, out, err = self.end(json_too)
            self.assertEqual((code, json.loads(out)["verdict"]["exit_code"]), (0, 0), err)
            self.assertTrue(self.operator(0, "show", self.uuid).startswith(words))
        self.assert_adopted({"claim": claim})
        self.once(0, self.other, FREE)
        self.assertEqual(self.kept(), ("continuous", "same-tpm"))
        self.assertIn("faults: 0", self.operator(0, "verify"))

    def test_an_answer_is_lost(self):
        number = self.replace()["report"]
        self.accept("--report", str(number))
        self.loses = True
        self.once(2, self.other)
        self.assertEqual((self.vm()["status"], self.kept()[0]), ("affirming", "replaced"))
        self.loses = False
        self.once(0, self.other)
        self.assert_adopted({"report": number})

    def test_it_cannot_be_kept(self):
        """What could not be adopted is not heard: the next answer says it again."""
        number = self.replace()["report"]
        self.accept("--report", str(number))
        old, blocked = self.ak(), os.path.join(self.state, "baseline.json.old")
        os.mkdir(blocked)
        for _ in range(2):
            self.assertIn("what the collector's answer says is not kept: ", self.once(2, self.other))
            self.assertEqual((self.ak(), self.kept()[0]), (old, "replaced"))
        os.rmdir(blocked)
        self.once(0, self.other)
        self.assert_adopted({"report": number})

    def test_a_baseline_that_cannot_be_read(self):
        """It is not replaced: that would hide what it was kept to show."""
        number = self.replace()["report"]
        self.accept("--report", str(number))
        path = os.path.join(self.state, "baseline.json")
        with open(path, "rb") as file:
            whole = file.read()
        with open(path, "wb") as file:
            file.write(b"{")
        self.once(3, self.other)
        self.assertEqual(self.answers[-1]["accepted"]["report"], number)
        self.assertEqual(read(path), "{")
        with open(path, "wb") as file:
            file.write(whole)
        self.once(0, self.other)
        self.assert_adopted({"report": number})

    def test_accepted_twice(self):
        self.replace()
        self.accept("--report", str(self.answers[-1]["report"]))
        self.accept("--report", str(self.answers[-1]["report"]))
        self.once(0, self.other)
        self.assert_adopted({"report": self.answers[-2]["report"]})

    def test_who_lets_in_accepts_no_alarm(self):
        """The collector first saw the vTPM after it was replaced: nobody was shown that."""
        with Stub() as stub:
            self.run_once(0, self.tpm, stub.url)
        self.collector = self.enterContext(Collector(config=self.config + "[enrolment]\npolicy = approve\n"))
        self.once(2, self.other)
        self.assertEqual(self.answers[-1]["enrolment"], "pending")
        old = self.ak()
        self.accept("--report", str(self.answers[-1]["report"]))
        for _ in range(2):
            self.once(2, self.other)
            self.assertNotIn("accepted", self.answers[-1])
        self.assertEqual((self.ak(), self.kept()), (old, ("replaced", "ek-changed")))

    def test_another_one_since(self):
        """What was accepted is not what reports; nor is it any more where it comes back."""
        number = self.replace()["report"]
        self.accept("--report", str(number))
        old = self.ak()
        self.once(2, self.third)
        self.once(2, self.other)
        self.once(2, self.other)
        self.assertTrue(all("accepted" not in answer for answer in self.answers))
        self.assertEqual((self.ak(), self.kept()[0]), (old, "replaced"))
        with self.subTest("accepted once more, where nothing is shown against it"):
            self.accept("--report", str(self.answers[-1]["report"]))
            self.once(2, self.other)
            self.assertNotIn("accepted", self.answers[-1])

    def test_cleared_since(self):
        number = self.replace()["report"]
        self.accept("--report", str(number))
        process.run(["tpm2_clear", "-T", self.other.tcti])
        self.once(2, self.other)
        self.assertEqual(self.answers[-1]["verdict"]["continuity"], "cleared")
        self.assertNotIn("accepted", self.answers[-1])
        self.assertEqual(self.kept()[0], "replaced")

    def test_before_it_was_replaced(self):
        """Who accepted a vTPM did not accept the next one."""
        self.once(0, self.tpm)
        self.accept()
        self.once(2, self.other)
        self.assertNotIn("accepted", self.answers[-1])
        self.once(0, self.tpm)


class Lies(Case):
    """A collector that says what it likes."""

    def assert_refused(self, stub):
        old = self.ak()
        log = self.run_once(2, self.other, stub.url)
        self.assertEqual((self.ak(), self.kept()[0]), (old, "replaced"))
        return log

    def test_what_it_can_say(self):
        with Stub(verdict=CONTRA) as stub:
            self.run_once(0, self.tpm, stub.url)
            for number in (2, 3):
                self.run_once(2, self.other, stub.url)
                self.assertEqual(len(stub.reports), number)
            with self.subTest("accepted, and not in order"):
                stub.accepted = {"report": 3, "reason": "ek-changed"}
                self.assert_refused(stub)
            stub.verdict = VERDICT
            for reason in ({}, {"reason": "clock-backwards"}, {"reason": "accepted"}, {"reason": "?"}, {"reason": 1}):
                with self.subTest("what this guest holds against it was not shown", reason=reason):
                    stub.accepted = {"report": len(stub.reports) + 1, **reason}
                    self.assertIn("at the collector, but nobody saw there what this service holds against this vTPM",
                                  self.assert_refused(stub))
            for accepted in ({"report": 1, "reason": "ek-changed"}, {"claim": 1, "reason": "ek-changed"},
                             {"report": -1}, {"report": "2"}, {}, None, 3):
                with self.subTest("of before, or nonsense", accepted=accepted):
                    stub.accepted = accepted
                    self.assert_refused(stub)
            with self.subTest("of another state"):
                self.run_once(2, self.third, stub.url)
                stub.accepted = {"report": len(stub.reports) - 1, "reason": "ek-changed"}
                self.assert_refused(stub)
            stub.accepted = {"report": len(stub.reports), "reason": "ek-changed"}
            self.run_once(0, self.other, stub.url)
            self.assertEqual(self.kept(), ("first-seen", "accepted"))

    def test_a_claim_of_before(self):
        """A claim keeps its number for as long as its keys are the same."""
        with Stub(verdict=CONTRA) as stub:
            self.run_once(0, self.tpm, stub.url)
            stub.is_kept, stub.claim = False, 7
            self.run_once(2, self.other, stub.url)
            self.run_once(2, self.third, stub.url)
            stub.verdict, stub.accepted = VERDICT, {"claim": 7, "reason": "ek-changed"}
            self.assert_refused(stub)
            stub.claim = 8
            self.assert_refused(stub)
            stub.accepted = {"claim": 8, "reason": "ek-changed"}
            self.run_once(0, self.other, stub.url)

    def test_it_is_not_heard_without_end(self):
        """A service compares at once with what it adopted, and not again where it is told the same."""
        log = os.path.join(self.directory, "log")
        with Stub(verdict=CONTRA) as stub:
            self.run_once(0, self.tpm, stub.url)
            self.run_once(2, self.other, stub.url)
            stub.verdict, stub.accepted = VERDICT, {"report": 1 << 60, "reason": "ek-changed"}
            with open(log, "w") as file:
                child = agent.start("run", "--interval", "86400", "--state", self.state, "--url", stub.url, "--uuid",
                                    self.uuid, tpm=self.other, env=self.env, stderr=file)
            self.addCleanup(process.kill, child)
            self.assertTrue(process.wait_until(lambda: len(stub.reports) >= 4 and "reported number=4" in read(log), 60),
                            read(log))
            self.assertIn("cause=accept", read(log))
            child.terminate()
            self.assertEqual(child.wait(30), 0)
            process.reap(child)
            self.assertEqual(len(stub.reports), 4)
        agent.check_sanitizers()


def read(path):
    with open(path) as file:
        return file.read()


if __name__ == "__main__":
    unittest.main()
