#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A client from the documents alone, a real TPM and the real collector: good reports are taken, and each
spoilt one is refused and changes nothing."""

import base64
import concurrent.futures
import contextlib
import os
import sqlite3
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client  # noqa: E402
from collector import Collector  # noqa: E402
from swtpm import Swtpm  # noqa: E402


def flipped(text, at):
    data = bytearray(base64.b64decode(text))
    data[at] ^= 1
    return client.encode(bytes(data))


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = Swtpm().start()
        cls.other = Swtpm(name="other", vm_uuid=str(uuid.uuid4())).start()
        cls.collector = Collector().start()

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()
        cls.tpm.close()
        cls.other.close()

    def client(self, tpm=None, uuid_=None, **options):
        made = client.Client(self.collector.url(), (tpm or self.tpm).tcti,
                             uuid_ or str(uuid.uuid4()), **options)
        self.addCleanup(made.close)
        return made

    def check(self, answer, continuity, reason=None):
        self.assertEqual(answer.status, 200, answer.json)
        verdict = answer.json["verdict"]
        self.assertEqual(verdict["continuity"], continuity, answer.json)
        if reason:
            self.assertEqual(verdict["reasons"][0]["code"], reason, answer.json)

    def test_each_kind_of_ek(self):
        for kind in client.EKS:
            with self.subTest(kind):
                guest = self.client(ek=kind)
                self.check(guest.report(), "first-seen")
                again = guest.challenge()
                self.assertIsNone(again.json["credential"])
                self.check(guest.post("/v1/reports", guest.prepare(again.json)), "continuous")

    def test_spoilt(self):
        guest = self.client()
        self.check(guest.report(), "first-seen")

        def spoil_attest(at):
            def spoil(report):
                report["quote"]["attest"] = flipped(report["quote"]["attest"], at)
            return spoil

        def spoil_signature(report):
            report["quote"]["signature"] = flipped(report["quote"]["signature"], -1)

        def spoil_evidence(report):
            text = base64.b64decode(report["evidence"])
            report["evidence"] = client.encode(text.replace(b"client.py", b"client.pz"))

        for spoil in (spoil_attest(0), spoil_attest(5), spoil_attest(12), spoil_attest(-1),
                      spoil_signature, spoil_evidence):
            report = guest.prepare(guest.challenge().json)
            spoil(report)
            answer = guest.post("/v1/reports", report)
            self.check(answer, "unverified", "bad-quote")
            self.assertIsNone(answer.json["report"])
        self.check(guest.report(), "continuous")

    def test_challenges(self):
        guest = self.client()
        report = guest.prepare(guest.challenge().json)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: guest.post("/v1/reports", report), range(4)))
        self.assertEqual(sorted(answer.status for answer in answers), [200, 409, 409, 409])
        self.assertEqual({answer.code for answer in answers if answer.status == 409},
                         {"challenge-spent"})
        report["challenge"] = "0" * 32
        self.assertEqual(guest.post("/v1/reports", report).code, "challenge-unknown")
        # Quoted for one challenge, sent for another one.
        report["challenge"] = guest.challenge().json["challenge"]
        self.check(guest.post("/v1/reports", report), "unverified", "bad-quote")

    def test_another_tpm(self):
        guest = self.client()
        self.check(guest.report(), "first-seen")
        intruder = self.client(self.other, guest.uuid)
        for _ in range(2):
            self.check(intruder.report(), "replaced", "ek-changed")
        self.check(guest.report(), "continuous")

    def test_another_vm(self):
        guest, other = self.client(), self.client(self.other)
        report = guest.prepare(guest.challenge().json)
        report["challenge"] = other.challenge().json["challenge"]
        self.check(other.post("/v1/reports", report), "unverified", "bad-quote")

    def test_evidence_that_names_another_vm(self):
        guest = self.client()
        report = guest.prepare(guest.challenge().json, smbios={"uuid": str(uuid.uuid4())})
        self.check(guest.post("/v1/reports", report), "unverified", "bad-quote")

    def test_null_credential_is_for_the_proven_keys_alone(self):
        guest, other = self.client(), self.client(self.other)
        self.check(guest.report(), "first-seen")
        ak, ek = (client.encode(other.content(name)) for name in ("ak.pub", "ek.pub"))
        self.assertIsNone(guest.challenge().json["credential"])
        self.assertIsNotNone(guest.challenge(ak=ak).json["credential"])
        self.assertIsNotNone(guest.challenge(eks=[{"public": ek}]).json["credential"])
        # Known by name only: there is a challenge, and nobody who could sign for it.
        intruder = self.client(self.other, guest.uuid)
        challenge = guest.challenge().json
        self.check(intruder.post("/v1/reports", intruder.prepare(challenge)), "unverified", "bad-quote")

    def test_changed_baseline(self):
        guest = self.client()
        self.check(guest.report(), "first-seen")
        path = os.path.join(self.collector.state, "collector.sqlite")
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as database, database:
            changed = database.execute(
                "UPDATE reports SET evidence = CAST(replace(CAST(evidence AS TEXT), 'client.py', "
                "'client.pz') AS BLOB) WHERE id = (SELECT baseline FROM vms WHERE uuid = ?)",
                (guest.uuid,)).rowcount
        self.assertEqual(changed, 1)
        self.check(guest.report(), "unverified", "bad-baseline")

    def test_unsigned_without_a_credential(self):
        guest = self.client()
        answer = guest.post("/v1/reports", {"version": "1.0", "uuid": guest.uuid, "event": "none",
                                            "evidence": client.encode(guest.evidence())})
        self.assertEqual((answer.status, answer.code), (401, "unauthorized"))

    def test_malformed(self):
        guest = self.client()
        self.assertEqual(guest.challenge(uuid="x").code, "malformed")
        self.assertEqual(guest.challenge(version="2.0").code, "unsupported-version")
        self.assertEqual(guest.challenge(ak=client.encode(guest.content("ek.pub"))).code,
                         "unusable-key")
        self.assertEqual(guest.post("/v1/reports", b"{").code, "malformed")


if __name__ == "__main__":
    unittest.main()
