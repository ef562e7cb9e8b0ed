#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The operators' requests, asked of the real service."""

import base64
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401

import process  # noqa: E402
from filled_collector import DATA, EVIDENCE, Collector, uuid  # noqa: E402

CAS = [os.path.join(DATA, "ek-chain", name) for name in ("root.pem", "issuer.pem")]


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Vms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = cls.enterClassContext(Collector())
        cls.first = [cls.collector.report(i, is_baseline=True, status="none",
                                          continuity="first-seen", reason="first-seen")
                     for i in range(1, 8)]
        cls.last = [cls.collector.report(i, status="contraindicated" if i % 3 == 0 else "affirming",
                                         continuity="replaced" if i % 3 == 0 else "continuous")
                    for i in range(1, 8)]

    def test_list_goes_through_all_pages_once(self):
        seen, path = [], "/v1/vms?limit=3"
        while path:
            page = self.collector.get(path)
            self.assertLessEqual(len(page["vms"]), 3)
            seen += [vm["uuid"] for vm in page["vms"]]
            path = f"/v1/vms?limit=3&after={page['next']}" if "next" in page else None
        self.assertEqual(seen, [uuid(i) for i in range(1, 8)])
        self.assertEqual(page["counts"],
                         {"affirming": 5, "warning": 0, "contraindicated": 2, "none": 0})

    def test_list_filters_and_searches(self):
        def found(query):
            return [vm["uuid"] for vm in self.collector.get(f"/v1/vms?{query}")["vms"]]
        self.assertEqual(found("status=contraindicated"), [uuid(3), uuid(6)])
        self.assertEqual(found("status=contraindicated&limit=1"), [uuid(3)])
        self.assertEqual(found("search=WEB-4"), [uuid(4)])
        self.assertEqual(found(f"search={uuid(5)}"), [uuid(5)])
        self.assertEqual(found("search=web&status=contraindicated"), [uuid(3), uuid(6)])
        self.assertEqual(found("search=%25"), [])

    def test_vm(self):
        vm = self.collector.get(f"/v1/vms/{uuid(3)}")
        self.assertEqual((vm["uuid"], vm["hostname"], vm["status"], vm["continuity"]),
                         (uuid(3), "web-3", "contraindicated", "replaced"))
        self.assertEqual((vm["baseline"], vm["head"]), (self.first[2], self.last[2]))
        self.assertIsNone(vm["announced"])
        clock = json.loads(read(EVIDENCE))["clock"]
        self.assertEqual((vm["reset_count"], vm["restart_count"]),
                         (clock["reset_count"], clock["restart_count"]))
        self.assertIs(vm["is_safe"], True)

    def test_timeline(self):
        answer = self.collector.get(f"/v1/vms/{uuid(2)}/reports")
        self.assertEqual([report["id"] for report in answer["reports"]],
                         [self.last[1], self.first[1]])
        self.assertNotIn("next", answer)
        newest, oldest = answer["reports"]
        self.assertEqual(newest["previous"], oldest["id"])
        self.assertIsNone(oldest["previous"])
        self.assertEqual(newest["boot_id"], json.loads(read(EVIDENCE))["guest"]["boot_id"])
        self.assertTrue(newest["is_signed"])
        page = self.collector.get(f"/v1/vms/{uuid(2)}/reports?limit=1")
        self.assertEqual(page["next"], oldest["id"])
        page = self.collector.get(f"/v1/vms/{uuid(2)}/reports?limit=1&from={page['next']}")
        self.assertEqual([report["id"] for report in page["reports"]], [oldest["id"]])
        self.assertNotIn("next", page)

    def test_report_and_evidence(self):
        report = self.collector.get(f"/v1/reports/{self.last[2]}")
        self.assertEqual(report["verdict"]["continuity"], "replaced")
        self.assertEqual(report["uuid"], uuid(3))
        status, headers, body = self.collector.request(
            "GET", f"/v1/reports/{self.last[2]}/evidence", token=self.collector.token)
        self.assertEqual((status, body), (200, read(EVIDENCE)))
        self.assertIn(f"evidence-{self.last[2]}.json", headers["Content-Disposition"])

    def test_errors(self):
        for path, status, code in (
                (f"/v1/vms/{uuid(99)}", 404, "not-found"),
                (f"/v1/vms/{uuid(99)}/reports", 404, "not-found"),
                ("/v1/vms/nonsense", 400, "malformed"),
                ("/v1/vms?limit=0", 400, "malformed"),
                ("/v1/vms?limit=201", 400, "malformed"),
                ("/v1/vms?status=fine", 400, "malformed"),
                ("/v1/vms?after=x", 400, "malformed"),
                ("/v1/vms?disks=open", 400, "malformed"),
                ("/v1/vms?search=" + "x" * 64, 400, "malformed"),
                (f"/v1/vms/{uuid(1)}/reports?newer=-1", 400, "malformed"),
                (f"/v1/vms/{uuid(1)}/reports?newer=1&wait=61", 400, "malformed"),
                ("/v1/reports/99999", 404, "not-found"),
                ("/v1/reports/x", 400, "malformed"),
                ("/v1/reports/99999/evidence", 404, "not-found"),
                ("/v1/export?after=x", 400, "malformed"),
                ("/v1/audit?limit=x", 400, "malformed")):
            with self.subTest(path=path):
                problem = self.collector.get(path, status)
                self.assertEqual((problem["status"], problem["code"]), (status, code))

    def test_export(self):
        status, headers, body = self.collector.request("GET", "/v1/export",
                                                       token=self.collector.token)
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("application/x-ndjson"))
        lines = [json.loads(line) for line in body.splitlines()]
        self.assertEqual([line["vtpm"]["report"] for line in lines], self.first + self.last)
        line = lines[self.last[2] - 1]
        self.assertEqual(line["host"], {"id": uuid(3), "name": "guest-1"})
        self.assertEqual((line["event"]["kind"], line["event"]["outcome"]), ("alert", "failure"))
        self.assertEqual(line["vtpm"]["previous_hash"], lines[2]["vtpm"]["hash"])
        self.assertEqual(line["ecs"]["version"], "8.11.0")
        self.assertRegex(line["@timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        _, _, body = self.collector.request("GET", f"/v1/export?after={self.last[5]}",
                                            token=self.collector.token)
        self.assertEqual([json.loads(line)["vtpm"]["report"] for line in body.splitlines()],
                         self.last[6:])

    def test_status(self):
        status = self.collector.get("/v1/status")
        self.assertEqual(status["store"], "sqlite")
        self.assertIn("admin", status["roles"])

    def test_metrics(self):
        _, headers, body = self.collector.request("GET", "/metrics", token=self.collector.token)
        self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        subprocess.run([os.environ["VTPM_PROMTOOL"], "check", "metrics"], input=body, check=True)
        text = body.decode()
        self.assertIn('vtpm_collector_vms{status="contraindicated",continuity="replaced"} 2', text)
        self.assertNotIn(uuid(1), text)

    def test_only_an_administrator_changes(self):
        for path in (f"/v1/vms/{uuid(1)}/announcements", f"/v1/vms/{uuid(1)}/acceptance",
                     f"/v1/vms/{uuid(1)}/removal", "/v1/trust-cas"):
            with self.subTest(path=path):
                self.assertIn(self.collector.request("POST", path, {"event": "none"})[0],
                              (401, 403))


class Disks(unittest.TestCase):
    def test_of_one_and_of_all(self):
        collector = self.enterContext(Collector())
        collector.report(1)
        number = collector.disks(8, "opens", "other-vtpm", "pcr-differs", "not-tpm")
        vm = collector.get(f"/v1/vms/{uuid(8)}")
        self.assertEqual((vm["head"], vm["disks"]), (number, {"sealed": 3, "will_not_open": 2}))
        collector.disks(9, "unreadable")
        # At most a second old.
        self.assertTrue(process.wait_until(
            lambda: collector.get("/v1/vms")["disks"] == {"will_not_open": 3, "vms": 2}, 30))
        page = collector.get("/v1/vms?disks=will-not-open&limit=1")
        self.assertEqual(([vm["uuid"] for vm in page["vms"]], page["next"]), ([uuid(8)], uuid(8)))
        page = collector.get("/v1/vms?disks=will-not-open&search=web-9")
        self.assertEqual([vm["uuid"] for vm in page["vms"]], [uuid(9)])
        self.assertIsNone(collector.get(f"/v1/vms/{uuid(1)}")["disks"])


class Operations(unittest.TestCase):
    def setUp(self):
        self.collector = self.enterContext(Collector())

    def audit(self):
        return self.collector.get("/v1/audit")["events"]

    def test_announcement(self):
        self.collector.post(f"/v1/vms/{uuid(1)}/announcements", {"event": "clear"}, 404)
        self.collector.report(1)
        for body in ({}, {"event": "party"}, {"event": "clear", "timeout": 0},
                     {"event": "clear", "timeout": 86401}, {"event": 7}):
            self.collector.post(f"/v1/vms/{uuid(1)}/announcements", body, 400)
        answer = self.collector.post(f"/v1/vms/{uuid(1)}/announcements",
                                     {"event": "live-migration", "timeout": 60}, 201)
        vm = self.collector.get(f"/v1/vms/{uuid(1)}")
        self.assertEqual(vm["announced"],
                         {"event": "live-migration", "until": answer["until"]})
        event, = self.audit()
        self.assertEqual((event["action"], event["uuid"], event["actor"]),
                         ("announce", uuid(1), "admin-token"))

    def test_acceptance(self):
        self.collector.post(f"/v1/vms/{uuid(1)}/acceptance", {}, 404)
        first = self.collector.report(1, is_baseline=True)
        proven = hashlib.sha256(base64.b64decode(
            json.loads(read(EVIDENCE))["eks"]["keys"][1]["public"])).hexdigest()
        replaced = self.collector.report(1, continuity="replaced", status="contraindicated", ek=proven)
        bad = self.collector.report(1, continuity="unverified", status="none",
                                    quote_verified=False)
        other = self.collector.report(2)
        path = f"/v1/vms/{uuid(1)}/acceptance"
        self.assertEqual(self.collector.get(f"/v1/vms/{uuid(1)}")["baseline"], first)
        self.assertEqual(self.collector.post(path, {"report": bad}, 409)["code"],
                         "unusable-report")
        self.collector.post(path, {"report": other}, 404)
        self.collector.post(path, {"report": 9999}, 404)
        self.collector.post(path, {"report": -1}, 400)
        self.collector.post(path, {"comment": "x" * 200}, 400)
        self.assertEqual(self.audit(), [])
        answer = self.collector.post(path, {"comment": "new TPM, ticket 7"}, 200)
        self.assertEqual(answer["baseline"], replaced)
        vm = self.collector.get(f"/v1/vms/{uuid(1)}")
        self.assertEqual((vm["baseline"], vm["enrolment"]), (replaced, "accepted"))
        evidence = json.loads(read(EVIDENCE))
        self.assertEqual(vm["ak_name"], evidence["ak"]["key"]["name"])
        # Of the three that the evidence shows, the one that was proven.
        self.assertEqual((len(evidence["eks"]["keys"]), vm["eks"]), (3, [proven]))
        event, = self.audit()
        self.assertEqual((event["action"], event["detail"]),
                         ("accept", f"report {replaced} by web-1 from 192.0.2.1: new TPM, ticket 7"))
        # Nothing proves one of this report.
        self.collector.post(path, {"report": first}, 200)
        self.assertEqual(self.collector.get(f"/v1/vms/{uuid(1)}")["eks"], [])

    def test_trust_cas_survive_a_restart(self):
        self.assertEqual(self.collector.get("/v1/trust-cas"), {"cas": []})
        for path in CAS:
            self.assertEqual(self.collector.post("/v1/trust-cas", read(path), 201), {"added": 1})
        self.assertEqual(self.collector.post("/v1/trust-cas", read(CAS[0]), 201), {"added": 0})
        for body in (b"nonsense", b""):
            self.assertEqual(self.collector.post("/v1/trust-cas", body, 400)["code"], "malformed")
        before = self.collector.get("/v1/trust-cas")["cas"]
        self.assertEqual(len(before), 2)
        self.assertEqual(self.collector.stop(), 0)
        self.collector.start()
        self.assertCountEqual([ca["sha256"] for ca in self.collector.get("/v1/trust-cas")["cas"]],
                              [ca["sha256"] for ca in before])
        self.assertEqual([event["action"] for event in self.audit()], ["trust-ca"] * 3)
        digest = hashlib.sha256(b"".join(sorted(bytes.fromhex(ca["sha256"]) for ca in before))).hexdigest()
        self.assertEqual(self.audit()[-1]["detail"], f"0 added; 2 trusted, SHA-256 {digest}")

    def test_a_ca_past_the_audit_log(self):
        path = os.path.join(self.collector.state, "trust-cas.pem")
        for imported, added, told in ((None, CAS[0], "1 CAs are trusted, and no audit event added one"),
                                      (CAS[1], CAS[0], "the 2 trusted CAs are not those that audit event 1 left")):
            with self.subTest(told):
                if imported:
                    self.collector.stop()
                    os.unlink(path)
                    self.collector.start()
                    self.collector.post("/v1/trust-cas", read(imported), 201)
                self.assertEqual(self.collector.run_command("verify")[0], 0)
                self.collector.stop()
                with open(path, "ab") as file:
                    file.write(read(added))
                self.collector.start()
                status, out, _ = self.collector.run_command("verify")
                self.assertEqual(status, 2)
                self.assertIn(f"store: {told}\n", out)
        # Somebody looked, and imports what there is.
        self.collector.post("/v1/trust-cas", read(CAS[0]), 201)
        self.assertEqual(self.collector.run_command("verify")[0], 0)


class LongPoll(unittest.TestCase):
    def test_answers_when_a_report_comes(self):
        with Collector() as collector, concurrent.futures.ThreadPoolExecutor(8) as pool:
            first = collector.report(1)
            path = f"/v1/vms/{uuid(1)}/reports?newer={first}&wait=30"
            waiting = [pool.submit(collector.get, path) for _ in range(6)]
            collector.report(2)
            time.sleep(1.5)
            self.assertFalse(any(one.done() for one in waiting))
            began = time.monotonic()
            second = collector.report(1)
            for one in waiting:
                self.assertEqual([report["id"] for report in one.result()["reports"]], [second])
            self.assertLess(time.monotonic() - began, 10)

    def test_answers_at_once_or_empty_in_the_end(self):
        with Collector() as collector:
            first = collector.report(1)
            path = f"/v1/vms/{uuid(1)}/reports?wait=30&newer="
            self.assertEqual(len(collector.get(path + "0")["reports"]), 1)
            began = time.monotonic()
            self.assertEqual(collector.get(f"/v1/vms/{uuid(1)}/reports?newer={first}&wait=1"),
                             {"reports": []})
            self.assertGreaterEqual(time.monotonic() - began, 1)
            collector.get(f"/v1/vms/{uuid(9)}/reports?newer=0&wait=1", 404)


if __name__ == "__main__":
    unittest.main()
