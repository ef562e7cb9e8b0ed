#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""One VM runs twice, each copy with a vTPM on the same state: real TPMs, the real collector, and no beacon. Each
report looks right by itself; the receipts tell. Two copies hide nothing that stood before."""

import hashlib
import json
import os
import re
import shutil
import signal
import sys
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import client  # noqa: E402
import process  # noqa: E402
from collector import Collector  # noqa: E402
from software_client import SoftwareClient  # noqa: E402
from swtpm import Swtpm  # noqa: E402
from verdicts import VerdictChecks  # noqa: E402

VM = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
TWO = ("cloned", "two-copies")
SAME = ("continuous", "same-tpm")


class Copy:
    """A guest, its TPM, and the receipt of its last report."""

    def __init__(self, test, tpm):
        self.test, self.receipt, self.boot_id = test, None, client.BOOT_ID
        self.client = client.Client(test.collector.url(), tpm.tcti, VM)
        test.addCleanup(self.client.close)

    def send(self):
        evidence = json.loads(self.client.evidence())
        evidence["guest"]["boot_id"] = self.boot_id
        asked = self.client.challenge(**({"receipt": self.receipt} if self.receipt else {})).json
        sent = self.client.prepare(asked, evidence=json.dumps(evidence).encode())
        self.test.clock = self.client.clock()["clock_ms"]
        return self.client.post("/v1/reports", sent)

    def report(self, continuity, reason, is_lost=False):
        """When its clock has passed what the other copy showed: else that would tell."""
        self.test.pass_clock(self.client)
        answer = self.test.check(self.send(), continuity, reason)
        if not is_lost:
            self.receipt = answer["receipt"]
        return answer


class Copies(VerdictChecks, unittest.TestCase):
    def start(self, config=None):
        """Two TPMs of one state, both started now."""
        self.collector = self.enterContext(Collector(config=config))
        self.clock = 0
        self.original = Swtpm(vm_uuid=VM, name="web1")
        self.old = self.original.snapshot()
        self.enterContext(self.original)
        self.copy = self.enterContext(Swtpm(copy_of=self.old))

    def split(self):
        """One reports; then there are two of them."""
        self.first, self.second = (Copy(self, tpm) for tpm in (self.original, self.copy))
        self.first.report("first-seen", "first-seen")
        self.first.report(*SAME)
        self.second.receipt = self.first.receipt

    def pass_clock(self, guest):
        if not process.wait_until(lambda: guest.clock()["clock_ms"] > self.clock, 30):
            raise RuntimeError(f"the TPM's clock does not pass {self.clock}")

    def tell(self):
        """Each has gone on from its own last report after the other one did."""
        for copy, told in ((self.first, SAME), (self.second, SAME), (self.first, SAME), (self.second, TWO)):
            answer = copy.report(*told)
        self.assertEqual(answer["verdict"]["ear.status"], "contraindicated")
        self.assertEqual(answer["verdict"]["reasons"][0]["sentence"], "two copies report as this VM")
        self.check_shown("contraindicated", *TWO)

    def vm(self):
        return json.loads(self.collector.ask("GET", "/v1/vms/" + VM, token=self.collector.admin_token()).body)

    def check_shown(self, status, continuity, reason):
        shown = self.vm()
        self.assertEqual((shown["status"], shown["continuity"], shown["reason"]), (status, continuity, reason))

    def accept(self):
        answer = self.collector.ask("POST", f"/v1/vms/{VM}/acceptance", "{}", self.collector.admin_token(),
                                    **{"Content-Type": "application/json"})
        self.assertEqual(answer.status, 200, answer.text)

    def test_until_a_person_decides(self):
        self.start("[copies]\nalone = 0\n")
        self.split()
        baseline = self.vm()["baseline"]
        self.tell()
        for copy in (self.first, self.first, self.second, self.first):
            codes = [reason["code"] for reason in copy.report(*TWO)["verdict"]["reasons"]]
            self.assertEqual(codes[:3], ["two-copies", "unresolved", "same-tpm"])
            self.check_shown("contraindicated", *TWO)
        self.assertEqual(self.vm()["baseline"], baseline + 3)
        self.accept()
        self.check_shown("none", "first-seen", "accepted")
        # Where he was wrong, it is told again.
        self.first.report(*SAME)
        self.tell()

    def test_until_one_was_heard_alone(self):
        self.start("[copies]\nalone = 1\n")
        self.split()
        self.tell()
        self.first.report(*TWO)  # the second one was just heard
        self.assertTrue(process.wait_until(self.is_over, 30))
        self.check_shown("warning", *SAME)  # this client shows no properties
        self.assertEqual(self.vm()["baseline"], self.vm()["head"])
        self.second.report(*TWO)

    def is_over(self):
        self.pass_clock(self.first.client)
        answer = self.first.send().json
        self.first.receipt = answer["receipt"]
        return answer["verdict"]["ear.status"] != "contraindicated"

    def test_one_is_older(self):
        """That it is older is proven, and silence does not end it."""
        self.start("[copies]\nalone = 1\n")
        self.original.restart()
        self.first, self.second = (Copy(self, tpm) for tpm in (self.original, self.copy))
        self.first.report("first-seen", "first-seen")
        self.clock = 0
        self.second.report("rolled-back", "counters-behind")
        for copy in (self.first, self.first, self.second, self.first):
            self.clock = 0
            copy.report("rolled-back", "two-copies")
            self.check_shown("contraindicated", "rolled-back", "two-copies")

    def test_one_guest(self):
        """Answers that are lost, and a state directory that was put back or removed, are no second copy."""
        self.start()
        self.split()
        kept = self.first.receipt
        for is_lost in (False, True, True, False, False):
            self.first.report(*SAME, is_lost=is_lost)
        for receipt in (kept, None):
            self.first.receipt = receipt
            for _ in range(3):
                self.first.report(*SAME)

    def test_one_guest_with_two_state_directories(self):
        """The second one's first report is noted, under a report that is the first one's."""
        self.start("[store]\nreports-per-hour = 12\n")
        self.first, self.second = (Copy(self, self.original) for _ in range(2))
        self.first.report("first-seen", "first-seen")
        for _ in range(6):
            self.first.report(*SAME)
        answer = self.check(self.second.send(), *SAME)
        self.assertTrue(answer["noted"])
        self.second.receipt = answer.get("receipt")
        asked = self.collector.ask("POST", f"/v1/vms/{VM}/announcements",
                                   json.dumps({"event": "live-migration", "timeout": 300, "confirm": True}),
                                   self.collector.admin_token(), **{"Content-Type": "application/json"})
        self.assertEqual(asked.status, 201, asked.text)
        self.second.report(*SAME)
        for guest in (self.first, self.second, self.first, self.second):
            guest.report(*SAME)

    def test_services(self):
        """vtpm-agent run in both, each with its own copy of the state directory."""
        self.start()
        directory = process.temporary_directory("agent")
        self.addCleanup(process.remove_directory, directory)
        states = [os.path.join(directory, name) for name in ("first", "second")]
        guests = [client.Client(self.collector.url(), tpm.tcti, VM) for tpm in (self.original, self.copy)]
        for guest in guests:
            self.addCleanup(guest.close)

        def run(which):
            self.pass_clock(guests[which])
            result = agent.run("run", "--once", "--state", states[which], "--uuid", VM, "--url", self.collector.url(),
                               tpm=(self.original, self.copy)[which])
            self.clock = guests[which].clock()["clock_ms"]
            return re.search(r"reported number=\S+ .*reason=(\S+)", result.err).group(1)

        self.assertEqual(run(0), "first-seen")
        shutil.copytree(states[0], states[1])
        self.assertEqual([run(which) for which in (0, 1, 0, 1, 0, 1)], 3 * ["same-tpm"] + 3 * ["two-copies"])


class OneDirectory(unittest.TestCase):
    def test_two_services(self):
        """Somebody starts vtpm-agent run by hand beside the service: one vTPM, and one line of receipts."""
        state = process.temporary_directory("shared")
        self.addCleanup(process.remove_directory, state)
        logs = [os.path.join(state, name) for name in ("log.0", "log.1")]
        with Collector() as collector, Swtpm() as tpm:
            children = []
            for turn in range(8):
                which = turn % 2
                if turn < 2:
                    with open(logs[which], "w") as log:
                        children.append(agent.start(
                            "run", "--state", f"{state}/agent", "--uuid", VM, "--url", collector.url(),
                            tpm=tpm, stderr=log))
                else:
                    children[which].send_signal(signal.SIGHUP)
                told = self.await_report(logs[which], turn // 2)
                self.assertEqual(told, "same-tpm" if turn else "first-seen")
            for child in children:
                child.send_signal(signal.SIGTERM)
                self.assertEqual(child.wait(30), 0)
        agent.check_sanitizers()

    def await_report(self, path, number):
        def find():
            with open(path) as log:
                return re.findall(r"reported number=\S+ .*reason=(\S+)", log.read())
        process.wait_until(lambda: len(find()) > number, timeout=60)
        return find()[number]


class Played(SoftwareClient):
    """A TPM that can be switched off, in a guest that shows which receipt it is told to."""
    receipt, boot, resets = None, 1, 1

    def clock(self):
        return {**super().clock(), "reset_count": self.resets}

    def reboot(self):
        self.boot += 1
        self.resets += 1
        self.started = time.monotonic()

    def send(self, receipt=None):
        receipt = receipt or self.receipt
        asked = self.challenge(**({"receipt": receipt} if receipt else {})).json
        evidence = json.loads(self.evidence())
        evidence["guest"]["boot_id"] = str(uuid.UUID(int=self.boot))
        answer = self.post("/v1/reports", self.prepare(asked, evidence=json.dumps(evidence).encode()))
        self.receipt = answer.json.get("receipt") or self.receipt
        return answer


class Behind(VerdictChecks, unittest.TestCase):
    HOST = "a-hosts-token-in-this-test-0123456789abcdef"

    def start(self, config):
        self.collector = self.enterContext(Collector(config=config))
        self.guest = self.make()
        self.check(self.guest.send(), "first-seen", "first-seen")
        self.check(self.guest.send(), *SAME)

    def make(self, **options):
        made = Played(self.collector.url(), VM, **options)
        self.addCleanup(made.close)
        return made

    def post(self, path, body):
        answer = self.collector.ask("POST", f"/v1/vms/{VM}/{path}", json.dumps(body), self.collector.admin_token(),
                                    **{"Content-Type": "application/json"})
        self.assertLess(answer.status, 300, answer.text)

    def test_what_only_a_person_ends(self):
        """A restart in a live migration, and then two lines of reports for longer than they are alone."""
        self.start("[copies]\nalone = 1\n")
        self.post("announcements", {"event": "live-migration", "timeout": 600, "confirm": True})
        self.guest.reboot()
        self.check(self.guest.send(), "crashed", "crashed")
        root = self.guest.receipt
        lines = []
        for _ in range(2):
            self.guest.send(root)
            lines.append(self.guest.receipt)
        reason = None
        for _ in range(5):
            for i in range(2):
                reason = self.guest.send(lines[i]).json["verdict"]["reasons"][0]["code"]
                lines[i] = self.guest.receipt
        self.assertEqual(reason, "two-copies")
        seen = []

        def is_over():
            answer = self.guest.send(lines[1]).json
            lines[1] = answer["receipt"]
            seen[:] = [answer["verdict"]["ear.status"]] + [each["code"] for each in answer["verdict"]["reasons"][:2]]
            return seen[1] != "two-copies"

        self.assertTrue(process.wait_until(is_over, 30))
        self.assertEqual(seen, ["contraindicated", "crashed", "unresolved"])
        self.check(self.guest.send(), "crashed", "crashed")
        self.post("acceptance", {})
        self.check(self.guest.send(), *SAME)

    def test_two_vtpms_take_turns(self):
        """One was replaced by another and put back, and then the other one comes again."""
        tokens = os.path.join(process.temporary_directory("tokens"), "tokens")
        with open(tokens, "w") as file:
            file.write(f"host h {hashlib.sha256(self.HOST.encode()).hexdigest()}\n")
        os.chmod(tokens, 0o600)
        self.start(f"[auth]\ntokens = {tokens}\n")
        other = self.make(token=self.HOST)
        self.check(other.send(), "replaced", "ek-changed")
        self.check(self.guest.send(), *SAME)
        for _ in range(2):
            answer = self.check(other.send(), *TWO)
            self.assertEqual(answer["verdict"]["reasons"][0]["sentence"], "two vTPMs report as this VM")
            self.check(self.guest.send(), *TWO)
        self.post("acceptance", {})
        self.check(self.guest.send(), *SAME)


if __name__ == "__main__":
    unittest.main()
