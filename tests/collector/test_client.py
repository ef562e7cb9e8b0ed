#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A client from the documents alone, real TPMs and the real collector: reports are taken, each once, and
another TPM is told."""

import concurrent.futures
import contextlib
import json
import os
import sqlite3
import sys
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client  # noqa: E402
import packed  # noqa: E402
from collector import Collector  # noqa: E402
from swtpm import Swtpm  # noqa: E402


EXPIRES_S = 60


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = Swtpm().start()
        cls.addClassCleanup(cls.tpm.close)
        cls.other = Swtpm(name="other", vm_uuid=str(uuid.uuid4())).start()
        cls.addClassCleanup(cls.other.close)

    def setUp(self):
        # One for each test: a TPM is one VM's.
        self.collector = self.enterContext(Collector())

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


class Reports(Client):
    def test_each_kind_of_ek(self):
        for kind in client.EKS:
            with self.subTest(kind), Collector() as self.collector:
                guest = self.client(ek=kind)
                self.check(guest.report(), "first-seen")
                again = guest.challenge()
                self.assertIsNone(again.json["credential"])
                self.check(guest.post("/v1/reports", guest.prepare(again.json)), "continuous")

    def test_challenges(self):
        guest = self.client()
        report = guest.prepare(guest.challenge().json)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: guest.post("/v1/reports", report), range(4)))
        self.assertEqual(sorted(answer.status for answer in answers), [200, 409, 409, 409])
        self.assertEqual({answer.code for answer in answers if answer.status == 409},
                         {"challenge-spent"})

    def test_challenges_of_others(self):
        """A challenge is its collector's: changed, cut or another one's it is none, over a restart it stays."""
        guest = self.client()
        report = guest.prepare(guest.challenge().json)
        sealed = client.decode(report["challenge"])
        for at in range(len(sealed)):
            changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1:]
            for variant in (changed, sealed[:at]) if at else (changed,):
                answer = guest.post("/v1/reports", {**report, "challenge": client.encode(variant)})
                self.assertEqual((answer.status, answer.code), (409, "challenge-unknown"), at)
        with Collector() as other:
            stranger = client.Client(other.url(), self.tpm.tcti, guest.uuid)
            self.addCleanup(stranger.close)
            self.assertEqual(stranger.post("/v1/reports", report).code, "challenge-unknown")
        self.collector.kill()
        self.collector.start()
        self.check(self.client(uuid_=guest.uuid).post("/v1/reports", report), "first-seen")

    def test_least_evidence(self):
        """What docs/protocol.md says must be there, is enough; and none of it can be left out."""
        guest = self.client()
        self.check(guest.report(), "first-seen")
        document = json.loads(guest.evidence())
        least = {name: document[name] for name in ("format", "version", "agent", "iat", "smbios", "session",
                                                   "clock", "pcrs", "ak")}
        for left_out in (None, "smbios", "session", "clock", "pcrs", "ak"):
            sent = {name: part for name, part in least.items() if name != left_out}
            report = guest.prepare(guest.challenge().json, evidence=json.dumps(sent).encode())
            answer = guest.post("/v1/reports", report)
            self.check(answer, "unverified" if left_out else "continuous")
            self.assertEqual(answer.json["report"] is None, left_out is not None)

    def test_another_tpm(self):
        guest = self.client()
        self.check(guest.report(), "first-seen")
        intruder = self.client(self.other, guest.uuid)
        for _ in range(2):
            self.check(intruder.report(), "replaced", "ek-changed")
        self.check(guest.report(), "continuous")

    def test_null_credential_is_for_the_proven_keys_alone(self):
        guest, other = self.client(), self.client(self.other)
        self.check(guest.report(), "first-seen")
        ak, eks = client.encode(other.content("ak.pub")), [other.shown(other.kinds[0])]
        self.assertIsNone(guest.challenge().json["credential"])
        self.assertIsNotNone(guest.challenge(ak=ak).json["credential"])
        self.assertIsNotNone(guest.challenge(eks=eks).json["credential"])
        # Known by name only: there is a challenge, and nobody who could sign for it.
        intruder = self.client(self.other, guest.uuid)
        challenge = guest.challenge().json
        self.check(intruder.post("/v1/reports", intruder.prepare(challenge)), "unverified", "bad-quote")

    def test_damaged_baseline(self):
        """Changed or gone, it is no baseline; an operator accepts a new one."""
        damages = {
            "changed": "UPDATE reports SET evidence = CAST(replace(CAST(evidence AS TEXT), 'client.py', 'client.pz') "
                       "AS BLOB) WHERE id = (SELECT baseline FROM vms WHERE uuid = ?)",
            "gone": "DELETE FROM reports WHERE id = (SELECT baseline FROM vms WHERE uuid = ?)"}
        guest = self.client()
        self.check(guest.report(), "first-seen")
        path = os.path.join(self.collector.state, "collector.sqlite")
        for name, damage in damages.items():
            with self.subTest(name):
                with contextlib.closing(sqlite3.connect(path, timeout=30)) as database, database:
                    packed.unpack(database)
                    self.assertEqual(database.execute(damage, (guest.uuid,)).rowcount, 1)
                answers = [guest.report() for _ in range(2)]
                for answer in answers:
                    self.check(answer, "unverified", "bad-baseline")
                accepted = self.collector.ask("POST", f"/v1/vms/{guest.uuid}/acceptance", b"{}",
                                              self.collector.admin_token(),
                                              **{"Content-Type": "application/json"})
                self.assertEqual(accepted.status, 200, accepted.text)
                self.assertEqual(json.loads(accepted.text)["baseline"], answers[-1].json["report"])
                self.check(guest.report(), "continuous")

    def test_unsigned_without_a_credential(self):
        guest = self.client()
        answer = guest.post("/v1/reports", {"version": "1.0", "uuid": guest.uuid, "event": "none",
                                            "evidence": client.encode(guest.evidence())})
        self.assertEqual((answer.status, answer.code), (401, "unauthorized"))


class Expired(Client):
    """A challenge holds for a minute, which has to pass."""

    def test_expired_challenge(self):
        guest = self.client()
        answer = guest.challenge()
        self.assertEqual(answer.json["expires_in"], EXPIRES_S)
        report = guest.prepare(answer.json)
        time.sleep(EXPIRES_S)
        for _ in range(2):
            answer = guest.post("/v1/reports", report)
            self.assertEqual((answer.status, answer.code), (409, "challenge-expired"))
        self.check(guest.report(), "first-seen")


if __name__ == "__main__":
    unittest.main()
