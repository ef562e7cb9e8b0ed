#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""One vTPM under two UUIDs: a real TPM's state is copied, and the real collector tells whose it is, whatever
the copy shows of itself, and moves nothing."""

import json
import os
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import client  # noqa: E402
import manufacture  # noqa: E402
import process  # noqa: E402
from collector import Collector  # noqa: E402
from swtpm import Swtpm  # noqa: E402
from verdicts import VerdictChecks  # noqa: E402


class Clones(VerdictChecks, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.original = Swtpm().start()
        cls.original.restart()
        cls.copy = cls.enterClassContext(Swtpm(copy_of=cls.original.snapshot()))
        cls.addClassCleanup(cls.original.close)
        cls.policy = os.path.join(process.temporary_directory("policy"), "policy")
        with open(cls.policy, "wb") as file:
            file.write(32 * b"\1")

    def start(self, config=None):
        return self.enterContext(Collector(config=config))

    def client(self, collector, tpm, uuid_=None, **options):
        made = client.Client(collector.url(), tpm.tcti, uuid_ or str(uuid.uuid4()), **options)
        self.addCleanup(made.close)
        return made

    def check_clone(self, answer, of, is_kept=True):
        answer = self.check(answer, "cloned", "ek-of-other-vm")
        self.assertEqual(answer["verdict"]["ear.status"], "contraindicated")
        self.assertIn(of.uuid, answer["verdict"]["reasons"][0]["sentence"])
        self.assertEqual((answer["report"] is None, answer["claim"] is None), (not is_kept, is_kept))
        return answer["report"]

    def vm(self, collector, guest):
        answer = collector.ask("GET", "/v1/vms/" + guest.uuid, token=collector.admin_token())
        return json.loads(answer.body)

    def test_new_uuid(self):
        collector = self.start()
        guest, clone = self.client(collector, self.original), self.client(collector, self.copy)
        # Whichever of the two keys it has in common.
        other_ek = self.client(collector, self.copy, clone.uuid, ek="p256")
        other_ak = self.client(collector, self.copy, clone.uuid, ak=("-L", self.policy))
        self.check(guest.report(), "first-seen", "first-seen")
        before = self.vm(collector, guest)
        for copy, is_kept in ((clone, True), (other_ek, False), (other_ak, True), (clone, True)):
            self.check_clone(copy.report(), guest, is_kept)
        seen = self.vm(collector, clone)
        self.assertEqual((seen["status"], seen["enrolment"], seen["baseline"], seen["eks"], seen["ak_name"]),
                         ("contraindicated", "pending", None, [], ""))
        self.assertEqual(self.vm(collector, guest), before)
        self.check(guest.report(), "continuous", "same-tpm")

    def test_waiting_vm(self):
        """Somebody reports as it with the TPM of a VM that is accepted: an operator hears of it, and nothing that is
        shown of who waits is another."""
        collector = self.start("[enrolment]\npolicy = approve\n")
        guest = self.client(collector, self.original)
        self.accept(collector, guest, report=guest.report().json["report"])
        with Swtpm(name="own") as own:
            waiting = self.client(collector, own)
            first = waiting.report().json["report"]
            before = self.vm(collector, waiting)
            self.assertEqual((before["status"], before["continuity"]), ("none", "unverified"))
            self.check_clone(self.client(collector, self.copy, waiting.uuid).report(), guest, is_kept=False)
            after = self.vm(collector, waiting)
            self.assertIsNotNone(after.pop("claimed_ms"))
            self.assertIsNone(before.pop("claimed_ms"))
            self.assertEqual(after, before)
            self.accept(collector, waiting, report=first)
            self.check(waiting.report(), "continuous", "same-tpm")

    def test_who_waits_is_not_cleared_by_silence(self):
        """A waiting VM whose vTPM is another's by its certificate: a report that does not show it ends nothing, and
        nothing is enrolled by it."""
        collector = self.start()
        with Swtpm(name="wrong", vm_uuid=str(uuid.uuid4())) as tpm:
            guest = self.client(collector, tpm)
            shown = guest.evidence(certificates=agent.evidence(tpm=tpm).evidence["certificates"])
            first = guest.post("/v1/reports", guest.prepare(guest.challenge().json, evidence=shown))
            self.assertEqual(self.check(first, "cloned", "other-vm")["enrolment"], "pending")
            for _ in range(2):
                answer = self.check(guest.report(), "cloned", "other-vm")
                self.assertEqual(answer["verdict"]["reasons"][1]["code"], "unresolved")
                self.assertEqual(answer["enrolment"], "pending")
            self.accept(collector, guest, report=answer["report"])
            self.check(guest.report(), "continuous", "same-tpm")

    def test_known_vm(self):
        """A VM with a TPM of its own is started on the state of another one's, and put right again."""
        collector = self.start()
        guest = self.client(collector, self.original)
        with Swtpm(name="own", vm_uuid=str(uuid.uuid4())) as own:
            victim = self.client(collector, own)
            wrong = self.client(collector, self.copy, victim.uuid)
            self.check(guest.report(), "first-seen", "first-seen")
            self.check(victim.report(), "first-seen", "first-seen")
            before = self.vm(collector, victim)
            # Nobody vouches for it: a claim.
            self.check_clone(wrong.report(), guest, is_kept=False)
            after = self.vm(collector, victim)
            self.assertGreater(after.pop("claimed_ms"), before.pop("claimed_ms") or 0)
            self.assertEqual(after, before)
            self.check(victim.report(), "continuous", "same-tpm")

    def test_agent_with_certificates(self):
        collector = self.start()
        first, second = manufacture.TEMPLATE_UUID, str(uuid.uuid4())

        def report(tpm, vm):
            return agent.run("report", "--json", "--uuid", vm, "--url", collector.url(), tpm=tpm)

        self.assertIn("first-seen", report(self.original, first).out)
        result = report(self.copy, second)
        self.assertEqual(result.code, 2, str(result))
        self.assertIn("ek-of-other-vm", result.out)
        self.assertIn(first, result.out)

    def test_under_each_policy(self):
        """Who waits for an operator has no keys yet, however early he came; the other is the clone of who is
        accepted, over a restart of the collector, too."""
        for policy in ("approve", "ek-certificate"):
            with self.subTest(policy), Collector(config=f"[enrolment]\npolicy = {policy}\n") as collector:
                guest, clone = self.client(collector, self.original), self.client(collector, self.copy)
                self.assertEqual(clone.report().json["enrolment"], "pending")
                waiting = guest.report().json
                self.assertEqual(waiting["enrolment"], "pending")
                self.accept(collector, guest, report=waiting["report"])
                collector.stop()
                with Collector(state=collector.state, config=f"[enrolment]\npolicy = {policy}\n") as again:
                    clone.address = again.url().split("//")[1]
                    self.check_clone(clone.report(), guest)

    def accept(self, collector, guest, **named):
        answer = collector.ask("POST", f"/v1/vms/{guest.uuid}/acceptance", json.dumps(named),
                               token=collector.admin_token(), **{"Content-Type": "application/json"})
        self.assertEqual(answer.status, 200, answer.text)

    def test_accepted_by_an_operator(self):
        """The VM got another UUID: an operator says so, and from then on the old one is the clone; until the
        operator takes it back."""
        collector = self.start()
        guest, moved = self.client(collector, self.original), self.client(collector, self.copy)
        self.check(guest.report(), "first-seen", "first-seen")
        number = self.check_clone(moved.report(), guest)
        self.accept(collector, moved, report=number)
        self.check(moved.report(), "continuous", "same-tpm")
        self.check_clone(guest.report(), moved)
        self.accept(collector, guest)
        self.check(guest.report(), "continuous", "same-tpm")
        self.check_clone(moved.report(), guest)


if __name__ == "__main__":
    unittest.main()
