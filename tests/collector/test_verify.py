#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-collector verify: what stands in the store is changed behind the collector's back, and the command
says what was changed."""

import contextlib
import http.server
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import history  # noqa: E402
from filled_collector import COLLECTOR, Tampered, uuid  # noqa: E402

STEP = 64   # reports that one request looks at
PAGE = 200  # VMs of one page of the list
VMS = PAGE + 3
LONG = 2 * STEP + 10  # reports of VM 1


def swap(table, one, other):
    """Each in the place of the other."""
    return (f"UPDATE {table} SET id = 0 WHERE id = {one}", f"UPDATE {table} SET id = {one} WHERE id = {other}",
            f"UPDATE {table} SET id = {other} WHERE id = 0")


class Verify(Tampered):
    @classmethod
    def fill(cls):
        cls.first = [cls.collector.report(1, is_baseline=not i) for i in range(LONG)]
        cls.single = [cls.collector.report(i, is_baseline=True) for i in range(2, VMS + 1)]
        for comment in ("one", "two", "three"):
            cls.collector.post(f"/v1/vms/{uuid(1)}/acceptance",
                               {"report": cls.first[0], "comment": comment}, 200)

    def test_everything_is_right(self):
        self.tamper()
        self.assertEqual(len(history.verify(self.collector.database)[0]), LONG + VMS - 1)
        counts = {"vms": VMS, "reports": LONG + VMS - 1, "judged": 0, "event_logs": 0, "events": 3,
                  "faults": []}
        self.assertEqual(self.verify(), (0, [f"VMs: {VMS}, reports: {LONG + VMS - 1}, judged again: 0, audit events: 3, faults: 0"]))
        status, out = self.verify("--json")
        self.assertEqual((status, json.loads(out[0])), (0, counts))
        self.assertEqual(self.verify(uuid(1).upper()), (0, [f"VMs: 1, reports: {LONG}, judged again: 0, faults: 0"]))
        status, out = self.verify(uuid(2), "--json")
        self.assertEqual((status, json.loads(out[0])), (0, {"vms": 1, "reports": 1, "judged": 0, "faults": []}))

    def test_faults_are_named(self):
        head, old = self.first[-1], self.first[5]
        for what, statements, report in (
                ("was changed",
                 ["UPDATE reports SET evidence = CAST(substr(evidence, 1, 99) || x'20' ||"
                  f" substr(evidence, 101) AS BLOB) WHERE id = {old}"], old),
                ("was changed", [f"UPDATE reports SET status = 'warning' WHERE id = {head}"], head),
                ("is missing", [f"DELETE FROM reports WHERE id = {old}"], old),
                ("is missing", [f"DELETE FROM reports WHERE id = {head}"], head),
                ("is not the one that was linked", swap("reports", old, old + 1), old + 1),
                ("cannot be read", [f"UPDATE reports SET status = 'fine' WHERE id = {old}"], old)):
            with self.subTest(what, report=report):
                self.tamper(*statements)
                with self.assertRaises(history.Broken):
                    history.verify(self.collector.database)
                for words in ((), (uuid(1),)):
                    status, lines = self.verify(*words)
                    self.assertEqual((status, lines[0]), (2, f"{uuid(1)}: report {report}: the report {what}"))
                    self.assertTrue(lines[-1].endswith(f", faults: {len(lines) - 1}"), lines)
                self.assertEqual(self.verify(uuid(2))[0], 0)

    def test_baseline(self):
        self.tamper(f"UPDATE vms SET baseline = 999999 WHERE uuid = '{uuid(1)}'")
        self.assertEqual(self.verify(uuid(1)),
                         (2, [f"{uuid(1)}: report 999999: the baseline is missing",
                              f'{uuid(1)}: what is shown as baseline is "999999 {self.hash(1)}"; by audit event 3 it is'
                              f' "1 {self.hash(1)}"',
                              f"VMs: 1, reports: {LONG}, judged again: 0, faults: 2"]))

    def hash(self, report):
        with contextlib.closing(sqlite3.connect(self.collector.database)) as database:
            return database.execute("SELECT hash FROM reports WHERE id = ?", (report,)).fetchone()[0].hex()

    def test_audit_log(self):
        for statements, event, what in (
                (["UPDATE audit SET actor = 'nobody' WHERE id = 2"], 2, "was changed"),
                (["DELETE FROM audit WHERE id = 2"], 3, "before this one is missing or another one"),
                (swap("audit", 1, 2), 1, "before this one is missing or another one"),
                (["DELETE FROM audit WHERE id = 3"], 3, "newest audit events are missing")):
            with self.subTest(event=event, what=what):
                self.tamper(*statements)
                status, lines = self.verify()
                self.assertEqual(status, 2)
                self.assertTrue(any(re.search(f"^audit log: event {event}: the .*{what}$", line) for line in lines),
                                lines)
                self.assertEqual(self.verify(uuid(2))[0], 0)

    def test_each_vm_has_its_fault(self):
        """One VM's fault hides no other's: not on the next page of the list, and not the audit log's."""
        last = self.single[-1]
        self.tamper(f"DELETE FROM reports WHERE id IN ({self.first[0]}, {last})",
                    "UPDATE audit SET detail = '' WHERE id = 1")
        status, out = self.verify("--json")
        self.assertEqual(status, 2)
        self.assertEqual(json.loads(out[0])["faults"],
                         [{"uuid": vm, "report": report, "what": f"the {what} is missing"}
                          for vm, report in ((uuid(1), self.first[0]), (uuid(VMS), last))
                          for what in ("report", "baseline")] + [
                             {"event": 1, "what": "the audit event was changed"}])

    def test_a_request_looks_at_few(self):
        self.tamper()
        path, counts, after = f"/v1/vms/{uuid(1)}/verification", [], ""
        while after is not None:
            answer = self.collector.get(f"{path}?after={after}")
            self.assertEqual(answer["faults"], [])
            counts.append(answer["reports"])
            after = answer.get("next")
        self.assertEqual(counts, [STEP, STEP, LONG - 2 * STEP])
        # A cursor that was tampered with leads to a fault, not round it.
        after = self.collector.get(path)["next"]
        after = ("1" if after[0] == "0" else "0") + after[1:]
        self.assertEqual(self.collector.get(f"{path}?after={after}")["faults"][0]["what"],
                         "the report is not the one that was linked")

    def test_malformed_requests(self):
        vm = f"/v1/vms/{uuid(1)}/verification"
        digits = "0" * 64
        for path in (vm, "/v1/audit/verification", "/v1/verification/owners", "/v1/verification"):
            for after in ("x", "1", digits, digits + "-", digits + "-0", digits + "-x", digits + "1",
                          digits[1:] + "g-1", digits + "-" + "9" * 19):
                self.assertEqual(self.collector.get(f"{path}?after={after}", 400)["code"], "malformed", after)
        self.assertEqual(self.collector.get("/v1/vms/x/verification", 400)["code"], "malformed")
        self.assertEqual(self.collector.get(f"/v1/vms/{uuid(999)}/verification", 404)["code"], "not-found")

    def test_progress_on_a_terminal(self):
        self.tamper()
        status, seen = self.collector.run_on_terminal("verify")
        self.assertEqual(status, 0)
        self.assertRegex(seen, rf"\r\d+ of {VMS} VMs, \d+ reports, \d+ audit events ")
        self.assertTrue(seen.rstrip().endswith("faults: 0"), seen)

    def test_cannot_tell(self):
        status, out, err = self.collector.run_command("verify", uuid(999))
        self.assertEqual((status, out, err.count("\n")), (3, "", 1))
        self.assertIn("no such VM", err)
        for words in (("verify", "x"), ("verify", uuid(1), uuid(2)), ("verify", "--audit")):
            self.assertEqual(self.collector.run_command(*words)[:2], (64, ""))
        result = subprocess.run([COLLECTOR, "verify", "--url", "http://127.0.0.1:1"], capture_output=True,
                                text=True, timeout=60)
        self.assertEqual((result.returncode, result.stdout), (3, ""))
        self.assertIn("127.0.0.1", result.stderr)


class Stranger(http.server.BaseHTTPRequestHandler):
    """Answers everything, and says nothing of what was looked at."""

    def do_GET(self):
        body = json.dumps({"vms": [{"uuid": uuid(1)}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class NoCollector(unittest.TestCase):
    def test_is_not_believed(self):
        with http.server.HTTPServer(("127.0.0.1", 0), Stranger) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            for words in ((), (uuid(1),)):
                result = subprocess.run(
                    [COLLECTOR, "verify", *words, "--url", f"http://127.0.0.1:{server.server_port}"],
                    capture_output=True, text=True, timeout=60)
                self.assertEqual((result.returncode, result.stdout), (3, ""))
                self.assertIn("does not say what it looked at", result.stderr)
            server.shutdown()


if __name__ == "__main__":
    unittest.main()
