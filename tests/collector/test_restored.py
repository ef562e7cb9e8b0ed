#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""An older copy of the database is put back: agents that are ahead are noticed, no number is given twice,
and an export that had more says so."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import client  # noqa: E402
import process  # noqa: E402
from collector import PROGRAM, Collector  # noqa: E402
from swtpm import Swtpm  # noqa: E402

VM = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
OTHER = "6f9619ff-8b86-4011-b42d-00c04fc964f0"
EPOCH = 1 << 32


class Restored(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm(vm_uuid=VM))
        self.collector = Collector()
        self.enterContext(self.collector)
        self.database = os.path.join(self.collector.state, "collector.sqlite")

    def report(self, vm=VM, tpm=None, receipt=None):
        """By a client from the documents alone."""
        guest = client.Client(self.collector.url(), (tpm or self.tpm).tcti, vm)
        try:
            changes = {"receipt": receipt} if receipt else {}
            challenge = guest.challenge(**changes)
            self.assertEqual(challenge.status, 201, challenge.json)
            answer = guest.post("/v1/reports", guest.prepare(challenge.json))
            self.assertEqual(answer.status, 200, answer.json)
            return answer.json
        finally:
            guest.close()

    def put_back(self, copy):
        self.collector.stop()
        shutil.copy(copy, self.database)
        self.collector.start()

    def copy(self):
        """Of a collector that has stopped: all is in the one file then."""
        self.collector.stop()
        path = os.path.join(self.collector.state, "copy")
        shutil.copy(self.database, path)
        self.collector.start()
        return path

    def get(self, path):
        answer = self.collector.ask("GET", path, token=self.collector.admin_token())
        return answer.status, json.loads(answer.body) if answer.body else None

    def events(self):
        return [event for event in self.get("/v1/audit")[1]["events"] if event["action"] == "behind-agents"]

    def test_agents_are_ahead(self):
        first = self.report()
        copy = self.copy()
        second, third = self.report(receipt=first["receipt"]), self.report()
        self.assertEqual([one["report"] for one in (first, second, third)], [1, 2, 3])
        self.assertEqual(self.get("/readyz"), (200, {"status": "ok"}))
        self.put_back(copy)
        self.assertEqual(self.get("/readyz"), (200, {"status": "ok"}))
        again = self.report(receipt=second["receipt"])
        self.assertEqual(again["report"], EPOCH)
        self.assertIn(f"behind its agents: VM {VM} has a receipt of report 2, ", self.collector.lines())
        self.assertEqual(self.get("/readyz"), (200, {"status": "behind-agents", "lost_report": 2}))
        self.assertEqual(self.get("/v1/status")[1]["lost_report"], 2)
        metrics = self.collector.ask("GET", "/metrics", token=self.collector.admin_token()).text
        self.assertIn("vtpm_collector_lost_reports_total 1\n", metrics)
        self.assertEqual(self.report(receipt=again["receipt"])["report"], EPOCH + 1)
        self.assertEqual(self.collector.lines().count("behind its agents"), 1)
        self.collector.stop()
        self.collector.start()
        self.assertEqual(self.report()["report"], EPOCH + 2)
        self.assertEqual(self.get("/readyz"), (200, {"status": "ok"}))
        event, = self.events()
        self.assertEqual((event["actor"], event["uuid"], event["detail"]),
                         ("collector", None, f"VM {VM} has a receipt of report 2, which this database does not have: "
                          "it is an older copy"))

    def test_another_report_has_the_number(self):
        """Somebody else reported before the one that is ahead."""
        first = self.report()
        copy = self.copy()
        second = self.report()
        self.put_back(copy)
        self.assertEqual(self.report()["report"], 2)
        self.assertGreaterEqual(self.report(receipt=second["receipt"])["report"], EPOCH)
        self.assertIn("a receipt of report 2, which this database does not have", self.collector.lines())
        self.assertEqual(first["report"], 1)

    def test_a_vm_that_was_forgotten(self):
        """It waited, nobody accepted it in time, and it comes again with its receipt: nothing was lost. A receipt of
        more than was ever there is another matter."""
        self.collector.stop()
        with Collector(config="[enrolment]\npolicy = approve\n") as collector, Swtpm(vm_uuid=OTHER) as tpm:
            self.collector = collector
            self.database = os.path.join(collector.state, "collector.sqlite")
            receipt = self.report()["receipt"]
            self.assertEqual(self.report(OTHER, tpm)["report"], 2)
            later = self.report(OTHER, tpm)
            copy = self.copy()
            self.collector.stop()
            self.change("UPDATE vms SET seen_ms = 1 WHERE uuid = ?", VM)
            self.collector.start()
            self.assertTrue(process.wait_until(lambda: self.get("/v1/vms/" + VM)[0] == 404, 30))
            last = self.report(receipt=receipt)["receipt"]
            self.assertEqual(self.get("/readyz"), (200, {"status": "ok"}))
            self.assertEqual(self.events(), [])
            self.assertEqual(later["enrolment"], "pending")
            self.put_back(copy)
            self.collector.stop()
            self.change("DELETE FROM vms WHERE uuid = ?", VM)
            self.collector.start()
            self.report(receipt=last)
            self.assertEqual(self.get("/readyz")[1]["status"], "behind-agents")

    def change(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.execute(statement, values)
            database.commit()

    def test_receipts_of_others_tell_nothing(self):
        first = self.report()
        broken = first["receipt"][:-8] + "AAAA" + first["receipt"][-4:]
        with Collector() as other, Swtpm(vm_uuid=OTHER) as tpm:
            here, self.collector = self.collector, other
            for _ in range(3):
                foreign = self.report(OTHER, tpm)["receipt"]
            self.report(OTHER, tpm, first["receipt"])
            self.assertEqual(self.get("/readyz")[1], {"status": "ok"})
            self.collector = here
        for receipt in (foreign, broken):
            self.report(receipt=receipt)
        self.assertEqual(self.get("/readyz")[1], {"status": "ok"})
        self.assertNotIn("behind its agents", self.collector.lines())

    def test_export(self):
        self.report()
        copy = self.copy()
        last = self.report()["report"]
        self.assertEqual(self.export("--after", str(last))[:2], (0, ""))
        self.put_back(copy)
        for words, number in ((("--after", str(last)), last), (("--audit", "--after", "1000"), 1000),
                              (("--claims", "--after", "1"), 1)):
            status, out, err = self.export(*words)
            self.assertEqual((status, out), (3, ""), err)
            self.assertIn(f"the collector's history ends before number {number}: was an older copy of the database "
                          "put back?", err)
        self.assertEqual(self.export("--after", "1")[:2], (0, ""))
        self.assertEqual(self.get(f"/v1/export?after={last}")[0], 409)

    def export(self, *words):
        done = subprocess.run([PROGRAM, "export", *words, "--url", self.collector.url(), "--state",
                               self.collector.state], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def test_the_service_shows_its_receipt(self):
        """vtpm-agent run, also after it was restarted."""
        state = process.temporary_directory("agent")
        self.addCleanup(process.remove_directory, state)

        def run():
            result = agent.run("run", "--once", "--state", state, "--uuid", VM, "--url", self.collector.url(),
                               tpm=self.tpm)
            self.assertIn("reported number=", result.err, result)
            return int(result.err.split("reported number=")[1].split()[0])

        self.assertEqual(run(), 1)
        copy = self.copy()
        self.assertEqual(run(), 2)
        self.put_back(copy)
        self.assertEqual(run(), EPOCH)
        self.assertIn("behind its agents", self.collector.lines())


if __name__ == "__main__":
    unittest.main()
