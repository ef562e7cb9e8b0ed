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
import client  # noqa: E402
import forger  # noqa: E402
import history  # noqa: E402
from collector import PROGRAM, Collector  # noqa: E402
from swtpm import Swtpm  # noqa: E402

VM = "6f9619ff-8b86-4011-b42d-00c04fc964ff"


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

    def test_by_another_version(self):
        """Its rules may have been others: it is not judged again, and the sum says so."""
        forger.rewrite(self.database, VM, 2, basis=b"vtpm-collector 0.0.1", continuity="restarted")
        self.assertEqual(self.verify(), (2, []))


if __name__ == "__main__":
    unittest.main()
