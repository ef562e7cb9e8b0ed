#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reports of one VM that overlap: whichever way they pass each other, none says that the vTPM was rolled back,
none hides that it was, and what was overtaken changes nothing."""

import base64
import json
import os
import sys
import threading
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import client  # noqa: E402
from collector import Collector  # noqa: E402
from process import wait_until  # noqa: E402
from slow_path import SlowPath  # noqa: E402
from swtpm import Swtpm  # noqa: E402
from verdicts import VerdictChecks  # noqa: E402


class Overlap(VerdictChecks, unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm())
        self.collector = self.enterContext(Collector())
        self.uuid = str(uuid.uuid4())

    def client(self):
        made = client.Client(self.collector.url(), self.tpm.tcti, self.uuid)
        self.addCleanup(made.close)
        return made

    def ask(self, path, method="GET", body=None):
        headers = {"Content-Type": "application/json"} if body else {}
        return json.loads(self.collector.ask(method, path, body and json.dumps(body),
                                             self.collector.admin_token(), **headers).body)

    def vm(self):
        return self.ask("/v1/vms/" + self.uuid)

    def doubt(self):
        """Of what others are told."""
        answer = self.collector.ask("GET", f"/v1/vms/{self.uuid}/attestation-result", token=self.collector.admin_token())
        self.assertEqual(answer.status, 200, answer.text)
        payload = answer.text.split(".")[1]
        appraisal = json.loads(base64.urlsafe_b64decode(payload + "=="))["submods"]["vtpm"]
        doubt = appraisal["vtpm-agent.verdict"]["doubt"]
        self.assertEqual(appraisal["ear.status"] == "none", doubt is not None, appraisal)
        return doubt

    def reports(self):
        return self.ask(f"/v1/vms/{self.uuid}/reports")["reports"]

    def send(self, guest, prepared, continuity, reason):
        return self.check(guest.post("/v1/reports", prepared), continuity, reason)

    def check_overtaken(self, guest, prepared):
        before = self.vm()
        answer = self.send(guest, prepared, "unverified", "overtaken")
        self.assertEqual((answer["verdict"]["ear.status"], answer["report"]), ("none", None))
        self.assertEqual(self.vm(), before)

    def pair(self, guest):
        """Two reports, each with a challenge that was given before either came."""
        asked = [guest.challenge().json for _ in range(2)]
        return [guest.prepare(each) for each in asked]

    def test_overtaken(self):
        guest = self.client()
        self.check(guest.report(), "first-seen", "first-seen")
        slow, quick = self.pair(guest)
        self.send(guest, quick, "continuous", "same-tpm")
        self.check_overtaken(guest, slow)
        self.check(guest.report(), "continuous", "same-tpm")

    def test_first_report_of_all_is_overtaken(self):
        guest = self.client()
        slow, quick = self.pair(guest)
        self.send(guest, quick, "first-seen", "first-seen")
        self.check_overtaken(guest, slow)

    def check_rebooted(self):
        guest = self.client()
        evidence = json.loads(guest.evidence())
        evidence["guest"]["boot_id"] = str(uuid.uuid4())
        sent = guest.prepare(guest.challenge().json, evidence=json.dumps(evidence).encode())
        self.send(guest, sent, "crashed", "crashed")

    def test_overtaken_by_a_reboot(self):
        guest = self.client()
        self.check(guest.report(), "first-seen", "first-seen")
        slow = guest.prepare(guest.challenge().json)
        self.tpm.restart()
        self.check_rebooted()
        self.check_overtaken(guest, slow)

    def test_arrives_first_and_is_older(self):
        """In the order of their quotes, both count."""
        guest = self.client()
        self.check(guest.report(), "first-seen", "first-seen")
        slow, quick = self.pair(guest)
        self.send(guest, slow, "continuous", "same-tpm")
        self.send(guest, quick, "continuous", "same-tpm")

    def test_reads_before_the_other_and_quotes_after(self):
        guest = self.client()
        self.check(guest.report(), "first-seen", "first-seen")
        asked, evidence = guest.challenge().json, guest.evidence()
        self.check(guest.report(), "continuous", "same-tpm")
        self.send(guest, guest.prepare(asked, evidence=evidence), "continuous", "same-tpm")

    def test_announcement_and_confirm_outlive_it(self):
        guest = self.client()
        self.check(guest.report(), "first-seen", "first-seen")
        slow, quick = self.pair(guest)
        self.send(guest, quick, "continuous", "same-tpm")
        self.ask(f"/v1/vms/{self.uuid}/announcements", "POST", {"event": "soft-reboot"})
        newest = self.reports()[0]["id"]
        waited = []
        wait = threading.Thread(target=lambda: waited.extend(
            self.ask(f"/v1/vms/{self.uuid}/reports?newer={newest}&wait=5")["reports"]))
        wait.start()
        self.check_overtaken(guest, slow)
        wait.join()
        self.assertEqual((waited, self.vm()["announced"]["event"]), ([], "soft-reboot"))

    def test_announcement_is_not_for_what_was_asked_before(self):
        guest = self.client()
        self.check(guest.report(), "first-seen", "first-seen")
        early = guest.prepare(guest.challenge().json)
        self.ask(f"/v1/vms/{self.uuid}/announcements", "POST", {"event": "live-migration", "confirm": True})
        for sent, event, announced in ((early, "none", True), (None, "live-migration", False)):
            sent = sent or guest.prepare(guest.challenge().json)
            self.send(guest, sent, "continuous", "same-tpm")
            self.assertEqual((self.reports()[0]["event"], bool(self.vm()["announced"])),
                             (event, announced))
            self.assertEqual(self.doubt(), "awaited" if announced else None)

    def test_a_report_of_before_ends_no_doubt(self):
        """Others are told nothing good while what was announced may come still."""
        guest = self.client()
        self.check(guest.report(), "first-seen", "first-seen")
        early = guest.prepare(guest.challenge().json)
        self.ask(f"/v1/vms/{self.uuid}/announcements", "POST", {"event": "live-migration", "timeout": 600})
        self.send(guest, early, "continuous", "same-tpm")
        self.assertEqual(self.doubt(), "awaited")
        self.check(guest.report(), "continuous", "same-tpm")
        self.assertEqual(self.doubt(), "awaited")
        self.ask(f"/v1/vms/{self.uuid}/announcements", "POST", {"event": "none"})
        self.assertEqual(self.doubt(), None)

    def test_an_answer_ends_the_question(self):
        guest = self.client()
        self.check(guest.report(), "first-seen", "first-seen")
        self.check(guest.report(), "continuous", "same-tpm")
        early = guest.prepare(guest.challenge().json)
        question = {"event": "none", "timeout": 600, "confirm": True}
        self.ask(f"/v1/vms/{self.uuid}/announcements", "POST", question)
        self.send(guest, early, "continuous", "same-tpm")
        self.assertEqual(self.doubt(), "awaited")
        self.check(guest.report(), "continuous", "same-tpm")
        self.assertEqual(self.doubt(), None)
        # In vain, and then by the first report that comes.
        end = time.time() + 1
        self.ask(f"/v1/vms/{self.uuid}/announcements", "POST", {**question, "timeout": 1})
        self.assertTrue(wait_until(lambda: time.time() > end + 1, 30))
        self.assertEqual(self.doubt(), "awaited")
        self.check(guest.report(), "continuous", "same-tpm")
        self.assertEqual(self.doubt(), None)

    def test_hides_no_rollback(self):
        """A challenge of before shows nothing of a rollback, and hides nothing: the next one shows it."""
        guest = self.client()
        self.check(guest.report(), "first-seen", "first-seen")
        old = self.tpm.snapshot()
        self.tpm.restart()
        self.tpm.restart()
        early = guest.challenge().json
        self.check_rebooted()
        self.tpm.stop()
        self.tpm.restore(old)
        self.tpm.start()
        guest = self.client()
        self.check_overtaken(guest, guest.prepare(early))
        self.check(guest.report(), "rolled-back", "counters-behind")
        self.assertEqual(self.vm()["status"], "contraindicated")

    def test_agents(self):
        """A report on a slow path is overtaken, reports again, and ends as if it had been alone."""
        words = ("report", "--uuid", self.uuid, "--json")
        agent.run(*words, "--url", self.collector.url(), tpm=self.tpm)
        self.assertEqual(self.vm()["reason"], "first-seen")
        for held in (b"POST /v1/reports", b"POST /v1/challenges"):
            with self.subTest(held), SlowPath(self.collector.url()) as path:
                before = len(self.reports())
                path.hold(held)
                with agent.start(*words, "--url", path.url, tpm=self.tpm,
                                 stdout=-1, stderr=-1) as slow:
                    self.assertTrue(path.held.wait(30))
                    quick = agent.run(*words, "--url", self.collector.url(), tpm=self.tpm)
                    path.release()
                    out, err = slow.communicate(timeout=60)
                agent.check_sanitizers()
                self.assertEqual((slow.returncode, err), (0, b""), out)
                self.assertEqual(json.loads(out)["reasons"][0]["code"], "same-tpm")
                self.assertEqual(quick.code, 0, str(quick))
                self.assertEqual(len(self.reports()), before + 2)
        self.assertTrue(all(each["status"] in ("affirming", "none") for each in self.reports()))


if __name__ == "__main__":
    unittest.main()
