#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-collector verify judges again: somebody who makes every hash anew still cannot choose a verdict, since he cannot
sign for the TPM. Reports of a real TPM."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import client  # noqa: E402
import forger  # noqa: E402
import history  # noqa: E402
import packed  # noqa: E402
import manufacture  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from collector import PROGRAM, Collector  # noqa: E402
from credentials import write, write_tokens  # noqa: E402
from swtpm import Swtpm  # noqa: E402

VM = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
TOKENS = {"admin": "a" * 40, "agent": "g" * 40}


class Proof(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = cls.enterClassContext(Collector())
        cls.database = os.path.join(cls.collector.state, "collector.sqlite")
        tpm = cls.enterClassContext(Swtpm(vm_uuid=VM))
        guest = client.Client(cls.collector.url(), tpm.tcti, VM)
        try:
            for _ in range(3):
                if guest.report().status != 200:
                    raise RuntimeError("a report was refused")
        finally:
            guest.close()
        cls.saved = cls.enterClassContext(contextlib.closing(sqlite3.connect(":memory:")))
        with contextlib.closing(sqlite3.connect(cls.database)) as database:
            database.backup(cls.saved)
        packed.unpack(cls.saved)
        cls.saved.commit()

    def setUp(self):
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            self.saved.backup(database)

    def verify(self):
        history.verify(self.database)
        done = subprocess.run([PROGRAM, "verify", "--json", "--url", self.collector.url(), "--state", self.collector.state],
                              capture_output=True, text=True, timeout=60)
        answer = json.loads(done.stdout)
        self.assertEqual(done.returncode, 2 if answer["faults"] else 0)
        return answer["judged"], [(fault["report"], fault["what"]) for fault in answer["faults"]]

    def column(self, report, name):
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return database.execute(f"SELECT {name} FROM reports WHERE id = ?", (report,)).fetchone()[0]

    def test_right(self):
        self.assertEqual(self.verify(), (3, []))

    def test_verdict(self):
        """Better or worse than the evidence."""
        was = [self.column(2, name) for name in ("status", "continuity", "reason")]
        for status, continuity, reason in (("contraindicated", "rolled-back", "counters-behind"),
                                           ("affirming", "restarted", "restarted"), ("affirming", was[1], was[2])):
            self.setUp()
            forger.rewrite(self.database, VM, 2, status=status, continuity=continuity, reason=reason)
            judged, faults = self.verify()
            self.assertIn((2, f"its verdict is {status}, {continuity}, {reason}; its evidence leads to {', '.join(was)}"),
                          faults)
            self.assertEqual(judged, 3)

    def test_evidence(self):
        evidence = self.column(2, "evidence").replace(b"client.py", b"client.pz")
        forger.rewrite(self.database, VM, 2, evidence=evidence)
        faults = self.verify()[1]
        self.assertEqual(faults[0][0], 2)
        self.assertTrue(faults[0][1].startswith("its quote does not verify: "), faults)

    def test_quote_of_another_report(self):
        columns = ("attest", "signature", "evidence", "nonce", "secret")
        forger.rewrite(self.database, VM, 2, **{name: self.column(1, name) for name in columns})
        report, what = self.verify()[1][0]
        self.assertEqual(report, 2)
        self.assertIn("its evidence leads to none, unverified, not-fresh", what)

    def test_keys(self):
        """A record with other keys than those that signed."""
        with forger.opened(self.database) as database:
            ak = database.execute("SELECT ak_name FROM vms").fetchone()[0].hex()
        other = "000b" + 64 * "1"
        forger.rewrite(self.database, VM, 3, record={"ak_name": other})
        with forger.opened(self.database) as database:
            database.execute("UPDATE vms SET ak_name = ?", (bytes.fromhex(other),))
            database.execute("UPDATE keys SET key = ? WHERE key = ?", (bytes.fromhex(other), bytes.fromhex(ak)))
        self.assertEqual(self.verify()[1], [(3, "it is signed by another attestation key than the VM's")])

    def test_keys_behind_another_vtpm(self):
        """Such a report leaves the keys as they were, whatever it says."""
        with forger.opened(self.database) as database:
            ak = database.execute("SELECT ak_name FROM vms").fetchone()[0].hex()
        other = "000b" + 64 * "1"
        said = {"status": "contraindicated", "continuity": "replaced", "reason": "ek-changed"}
        forger.rewrite(self.database, VM, 3, record={"ak_name": other, **said}, **said)
        with forger.opened(self.database) as database:
            database.execute("UPDATE vms SET ak_name = ?, status = ?, continuity = ?, reason = ?",
                             (bytes.fromhex(other), *said.values()))
            database.execute("UPDATE keys SET key = ? WHERE key = ?", (bytes.fromhex(other), bytes.fromhex(ak)))
        self.assertEqual(self.verify()[1], [(3, "it is signed by another attestation key than the VM's")])

    def test_by_another_version(self):
        """Its rules may have been others: it is not judged again, and the sum says so."""
        forger.rewrite(self.database, VM, 2, basis=b"vtpm-collector 0.0.1", continuity="restarted")
        self.assertEqual(self.verify(), (2, []))


class Honest(unittest.TestCase):
    """Who speaks for a VM sends what is kept, and is right whatever stood before."""

    def setUp(self):
        self.vm, directory = manufacture.TEMPLATE_UUID, process.temporary_directory("honest")
        tokens = write_tokens(os.path.join(directory, "tokens"), TOKENS, vm=self.vm)
        self.files = {role: write(os.path.join(directory, role), token + "\n") for role, token in TOKENS.items()}
        self.collector = self.enterContext(Collector(config=f"[auth]\ntokens = {tokens}\n"))
        self.tpm = self.enterContext(Swtpm())

    def report(self, tpm, continuity, reason):
        result = agent.run("report", "--json", "--uuid", self.vm, "--url", self.collector.url(), "--token-file",
                           self.files["agent"], tpm=tpm)
        self.assertIn(f'"{continuity}"', result.out, str(result))
        self.assertIn(f'"{reason}"', result.out, str(result))

    def assert_right(self, judged):
        done = subprocess.run([PROGRAM, "verify", "--json", "--url", self.collector.url(), "--token-file",
                               self.files["admin"]], capture_output=True, text=True, timeout=60)
        answer = json.loads(done.stdout)
        self.assertEqual((answer["judged"], answer["faults"], done.returncode), (judged, [], 0))

    def test_another_vtpm_behind_a_clear(self):
        self.report(self.tpm, "first-seen", "first-seen")
        oracle.tpm2(self.tpm, "clear", "-c", "p")
        self.report(self.tpm, "cleared", "owner-seed-changed")
        with Swtpm(name="other") as other:
            self.report(other, "cleared", "owner-seed-changed")
        self.assert_right(3)

    def test_quote_in_a_distress_report(self):
        """It came beside no challenge, and counts for nothing."""
        self.report(self.tpm, "first-seen", "first-seen")
        with Swtpm(vm_uuid=VM, name="other") as other:
            evidence = agent.run("evidence", tpm=other).json
        evidence["quote"]["signature"] = evidence["quote"]["signature"][:-8] + "AAAAAAA="
        evidence["smbios"] = {"uuid": self.vm}
        evidence["device"]["transport"] = "device"  # as in a guest
        message = {"version": "1.0", "uuid": self.vm, "event": "none",
                   "evidence": client.encode(json.dumps(evidence).encode())}
        answer = self.collector.ask("POST", "/v1/reports", json.dumps(message), TOKENS["agent"],
                                    **{"Content-Type": "application/json"})
        verdict = json.loads(answer.body)
        self.assertIsNotNone(verdict["report"], verdict)
        self.assertEqual(verdict["verdict"]["continuity"], "cloned", verdict)
        self.assert_right(2)


if __name__ == "__main__":
    unittest.main()
