#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reports as the database keeps them packed, opened by the program zstd, and what damage to them costs."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import history  # noqa: E402
import packed  # noqa: E402
from filled_collector import EVIDENCE, Collector, uuid  # noqa: E402

REPORTS = 6
DAMAGE = "UPDATE keyframes SET key_bytes = CAST(substr(key_bytes, 1, 2000) || x'00' || substr(key_bytes, 2002) AS BLOB)"


def open_by_zstd(row, keyframe):
    """Evidence, verdict, basis and snapshot of a report's row."""
    with tempfile.TemporaryDirectory() as folder:
        prefix, frame = os.path.join(folder, "prefix"), os.path.join(folder, "frame")
        with open(prefix, "wb") as file:
            file.write(subprocess.run(["zstd", "-q", "-d", "-c"], input=keyframe["key_bytes"], check=True,
                                      capture_output=True, timeout=60).stdout)
        with open(frame, "wb") as file:
            file.write(row["evidence"])
        text = subprocess.run(["zstd", "-q", "-d", "-c", f"--patch-from={prefix}", frame], check=True,
                              capture_output=True, timeout=60).stdout
    return packed.parts_of(text)


class Pack(unittest.TestCase):
    def setUp(self):
        self.collector = self.enterContext(Collector())
        for number in range(REPORTS):
            self.collector.report(1, is_baseline=not number)

    def rows(self, table):
        database = sqlite3.connect(f"file:{self.collector.database}?mode=ro", uri=True)
        try:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f"SELECT * FROM {table}")]
        finally:
            database.close()

    def verify(self):
        status, out, err = self.collector.run_command("verify", "--json")
        self.assertEqual(err, "")
        return status, json.loads(out)

    def test_zstd_opens_it(self):
        [keyframe] = self.rows("keyframes")
        with open(EVIDENCE, "rb") as file:
            evidence = file.read()
        rows = self.rows("reports")
        self.assertEqual([row["keyframe"] for row in rows], [keyframe["key"]] * REPORTS)
        for row in rows:
            self.assertLess(len(row["evidence"]), 300)
            self.assertLess(300, len(evidence))
            parts = open_by_zstd(row, keyframe)
            self.assertEqual(json.loads(parts["evidence"]), json.loads(evidence))
            self.assertEqual(history.report_hash(uuid(1), {**row, **parts}), row["hash"])
        self.assertEqual(self.verify()[0], 0)

    def test_export_has_it_as_it_came(self):
        status, out, err = self.collector.run_command("export")
        self.assertEqual((status, err), (0, ""))
        lines = [json.loads(line)["vtpm"] for line in out.splitlines()]
        self.assertEqual([line["is_intact"] for line in lines], [True] * REPORTS)

    def tamper(self, *statements):
        self.collector.end_filler()
        database = sqlite3.connect(self.collector.database, timeout=30)
        with database:
            for statement in statements:
                database.execute(statement)
        database.close()

    def test_lost_report_behind_an_event(self):
        """The event's record is not compared: it is older than the report's."""
        self.collector.post(f"/v1/vms/{uuid(1)}/announcements", {"event": "hard-reboot"}, 201)
        self.collector.report(1)
        self.tamper(DAMAGE)
        faults = self.verify()[1]["faults"]
        self.assertEqual({fault["what"] for fault in faults}, {"the report cannot be unpacked: its keyframe is damaged"})
        answer = self.collector.ask("GET", "/v1/reports/1/evidence", token=self.collector.token)
        self.assertEqual((answer.status, json.loads(answer.text)["code"]), (500, "damaged"), answer.text)
        self.assertIn("its keyframe is damaged", json.loads(answer.text)["detail"])

    def test_damaged_keyframe_is_told(self):
        """Each of its reports is a finding; export and verification go to their ends."""
        self.collector.end_filler()
        database = sqlite3.connect(self.collector.database, timeout=30)
        with database:
            self.assertEqual(database.execute(DAMAGE).rowcount, 1)
        database.close()
        status, found = self.verify()
        self.assertEqual(status, 2)
        told = {fault["report"] for fault in found["faults"]
                if fault["what"] == "the report cannot be unpacked: its keyframe is damaged"}
        self.assertEqual(told, set(range(1, REPORTS + 1)))
        status, out, err = self.collector.run_command("export")
        self.assertEqual((status, err.count("it was changed after it was written")), (2, REPORTS))
        self.assertEqual(out.count("\n"), REPORTS)
        self.assertEqual(self.collector.run_command("show", uuid(1))[0], 0)
        self.assertEqual(self.collector.report(1), REPORTS + 1)
        self.assertEqual(len(self.rows("keyframes")), 2)
        self.assertEqual(len({fault["report"] for fault in self.verify()[1]["faults"]} & {REPORTS + 1}), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
