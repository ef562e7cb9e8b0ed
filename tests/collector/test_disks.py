#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a VM shows of its disks and its boot, as reports tell of them, and until when."""

import hashlib
import json
import os
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import forger  # noqa: E402
from collector import PROGRAM, Collector  # noqa: E402
from credentials import write, write_tokens  # noqa: E402
from metrics import parse  # noqa: E402
from process import temporary_directory, wait_until  # noqa: E402
from software_client import SoftwareClient  # noqa: E402

ADMIN, OWN, ANYBODY = "d" * 64, "a" * 64, "b" * 64
FAILED = {"error": {"code": "permission", "message": "only root reads headers"}}


def unlock(*results):
    return {"volumes": [{"uuid": str(uuid.UUID(int=number)), "slots": [{"token": 0, "result": result}]}
                        for number, result in enumerate(results)]}


def booted(digest):
    return {"bank": "sha256", "secure_boot": "off", "variables": [{"name": "db", "certificates": 1, "hashes": 0}],
            "certificates": [{"variable": "db", "subject": "CN=Somebody\\, Inc.,O=x", "not_after": "2037-10-25T11:15:37Z",
                              "sha256": "cc" * 32}],
            "authorities": [], "measurements": [
                {"pcr": 4, "what": "application", "name": "shimx64.efi", "events": 1, "digest": digest * 32},
                {"pcr": 7, "what": "variable", "name": "db", "events": 1, "digest": "dd" * 32}]}


class Guest(SoftwareClient):
    """Whose PCR 4 may be another one."""
    values = {}

    def pcrs(self):
        return {**super().pcrs(), **self.values}

    def changed_pcrs(self):
        self.values = {"4": "44" * 32}
        return {"update_counter": 0, "rereads": 0, "is_consistent": True, "banks": {"sha256": self.pcrs()}}


class Disks(unittest.TestCase):
    def setUp(self):
        self.vm = str(uuid.uuid4())
        directory = temporary_directory("disks")
        tokens = write_tokens(os.path.join(directory, "tokens"), {"admin": ADMIN, "agent": OWN}, self.vm)
        with open(tokens, "a") as file:
            file.write(f"agent anybody {hashlib.sha256(ANYBODY.encode()).hexdigest()}\n")
        self.admin = write(os.path.join(directory, "admin"), ADMIN)
        self.collector = self.enterContext(Collector(config=f"[auth]\ntokens = {tokens}\n"
                                                     "[store]\nreports-per-hour = 16\n"))
        self.guest = self.new_guest()

    def new_guest(self, token=OWN):
        guest = Guest(self.collector.url(), self.vm, token=token)
        self.addCleanup(guest.close)
        return guest

    def report(self, guest=None, boot_id=None, **parts):
        guest = guest or self.guest
        if boot_id is not None:
            parts["guest"] = {"hostname": "guest", "boot_id": str(uuid.UUID(int=boot_id)), "uptime_ms": 1000}
        answer = guest.post("/v1/reports", guest.prepare(guest.challenge().json, **parts))
        self.assertEqual(answer.status, 200, answer.json)
        return answer.json

    def ask(self, path):
        return json.loads(self.collector.ask("GET", path, token=ADMIN).text)

    def disks(self):
        shown = self.ask(f"/v1/vms/{self.vm}")["disks"]
        return shown and (shown["will_not_open"], shown["sealed"])

    def command(self, *words):
        return subprocess.run([PROGRAM, *words, "--url", self.collector.url(), "--token-file", self.admin],
                              capture_output=True, text=True, timeout=60)

    def verify(self):
        return [fault["what"] for fault in json.loads(self.command("verify", "--json").stdout)["faults"]]

    def test_until_it_was_seen_again(self):
        self.report()
        self.assertIsNone(self.disks())
        self.report(unlock=unlock("opens", "needs-pin", "not-tpm"))
        self.assertEqual(self.disks(), (0, 2))
        answer = self.report(unlock=unlock("opens", "pcr-differs"))
        self.assertEqual([answer["verdict"]["ear.status"], self.disks()], ["warning", (1, 2)])
        # Who could not look, or did not, says nothing of them.
        self.report(unlock=FAILED)
        self.assertEqual(self.disks(), (1, 2))
        self.report()
        self.assertEqual(self.disks(), (1, 2))
        self.report(unlock=unlock("opens", "opens"))
        self.assertEqual(self.disks(), (0, 2))
        self.report(unlock=unlock())
        self.assertIsNone(self.disks())
        self.assertEqual(self.verify(), [])

    def test_a_change_is_kept(self):
        """Though the verdict is the same, and half of the hour is used."""
        self.report()
        numbers = [self.report(unlock=unlock("opens"))["noted"] for _ in range(9)]
        self.assertEqual(numbers, 7 * [False] + 2 * [True])
        self.assertFalse(self.report(unlock=unlock("opens", "lockout"))["noted"])
        self.assertEqual(self.disks(), (0, 2))

    def test_those_of_a_replaced_vtpm(self):
        self.report(unlock=unlock("opens", "opens"))
        answer = self.report(self.new_guest(), unlock=unlock("other-vtpm", "opens"))
        self.assertEqual((answer["verdict"]["continuity"], self.disks()), ("replaced", (1, 2)))

    def test_a_stranger_changes_nothing(self):
        self.report(unlock=unlock("opens"))
        answer = self.report(self.new_guest(ANYBODY), unlock=unlock("other-vtpm"))
        self.assertIsNone(answer["report"])
        self.assertIsNotNone(answer["claim"])
        self.assertEqual(self.disks(), (0, 1))

    def test_whole_fleet(self):
        self.report(unlock=unlock("other-vtpm", "unreadable", "opens"))

        def counted():
            values = parse(self.collector.ask("GET", "/metrics", token=ADMIN).text)
            return [values[f"vtpm_collector_disks_will_not_open{name}"] for name in ("", "_vms")] == [2, 1]
        self.assertTrue(wait_until(counted, 30))
        answer = self.ask("/v1/vms?disks=will-not-open")
        self.assertEqual([vm["uuid"] for vm in answer["vms"]], [self.vm])

    def test_bitlocker(self):
        """What it is sealed to is not told: a report alone promises nothing, and the verdict has a baseline."""
        told = {"volumes": [{"uuid": str(uuid.UUID(int=7)), "slots": [
            {"token": 0, "type": "bitlocker-tpm", "result": "unseen", "pcrs": [4, 11]},
            {"token": 1, "type": "bitlocker-recovery-password", "result": "not-tpm"}]}]}
        answer = self.report(boot_id=1, unlock=told)
        self.assertEqual((answer["verdict"]["ear.status"], self.disks()), ("none", (0, 1)))
        answer = self.report(boot_id=2, unlock=told, pcrs=self.guest.changed_pcrs())
        self.assertIn("1 of 1 disks will not open at the next boot, for PCR 4: " + told["volumes"][0]["uuid"],
                      [reason["sentence"] for reason in answer["verdict"]["reasons"]])
        self.assertEqual(self.verify(), [])
        volume, = self.boot()[1]["disks"]["volumes"]
        self.assertEqual((volume["result"], volume["status"]), ("unseen", "none"))
        self.assertEqual([slot["sentence"] for slot in volume["slots"]],
                         ["bitlocker-tpm, PCR 4, 11: cannot be told without a baseline",
                          "bitlocker-recovery-password: needs no TPM"])
        self.assertIn("vtpm-agent unlock --baseline", volume["remedy"])
        # An agent that settled it itself names the volume as Windows does.
        told["volumes"][0]["slots"][0]["result"] = "pcr-differs"
        self.report(boot_id=2, unlock=told)
        self.assertEqual(self.disks(), (1, 1))
        volume, = self.boot()[1]["disks"]["volumes"]
        self.assertIn(rf"manage-bde -protectors -disable \\?\Volume{{{volume['uuid']}}}" + "\\", volume["remedy"])

    def boot(self, query=""):
        answer = self.collector.ask("GET", f"/v1/vms/{self.vm}/boot{query}", token=ADMIN)
        return answer.status, json.loads(answer.text)

    def test_boot_and_what_changed(self):
        self.assertEqual(self.boot()[0], 404)
        first = self.report()["report"]
        self.assertEqual(self.boot(), (200, {"boot": None, "before": None, "disks": None}))
        self.assertEqual([self.command("diff", self.vm, *more).returncode for more in ([], ["--json"])], [3, 3])
        second = self.report(boot=booted("aa"), boot_id=1, unlock=unlock("pcr-differs"))["report"]
        _, told = self.boot()
        self.assertEqual([told["boot"]["report"], told["before"], told["disks"]["report"]], [second, None, second])
        self.assertEqual((told["boot"]["secure_boot"], told["boot"]["certificates"][0]["name"]),
                         ("off", "Somebody, Inc."))
        self.assertEqual([one["name"] for one in told["boot"]["started"]], ["shimx64.efi"])
        volume, = told["disks"]["volumes"]
        self.assertIn("/dev/disk/by-uuid/" + volume["uuid"], volume["remedy"])
        # The same boot once more, and without the parts: what is known stays.
        self.report(boot=booted("aa"), boot_id=1)
        self.report(boot_id=1)
        third = self.report(boot=booted("bb"), boot_id=2, pcrs=self.guest.changed_pcrs())["report"]
        _, told = self.boot()
        self.assertEqual(told["before"]["report"], second + 1)
        self.assertEqual([(one["pcr"], one["sentence"]) for one in told["before"]["changes"]],
                         [(4, "boot loader or kernel: another shimx64.efi")])
        self.assertEqual(told["disks"]["report"], second)
        done = self.command("diff", self.vm)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, rf"^From report #{second + 1} \(.*Z\) to #{third} \(.*Z\):\n"
                                      r"PCR 4   boot loader or kernel: another shimx64\.efi\n"
                                      rf"The event log of report #{second + 1} is not kept, or was changed: vtpm-collector event-log {second + 1} says which\.\n"
                                      rf"The event log of report #{third} is not kept, or was changed: vtpm-collector event-log {third} says which\.\n$")
        # Any two of them.
        _, told = self.boot(f"?report={second}&before={third}")
        self.assertEqual([told["boot"]["report"], told["before"]["report"]], [second, third])
        self.assertEqual(len(told["before"]["changes"]), 1)
        self.assertEqual([told["before"][name] for name in ("events", "has_log", "has_later_log")], [[], False, False])
        self.assertRegex(self.command("diff", self.vm, str(second), str(second + 1)).stdout, r"\nnothing that the event logs")
        self.assertEqual(json.loads(self.command("diff", self.vm, str(second), str(third), "--json").stdout)["before"]["report"],
                         second)
        for words, code, said in (((), 64, "needs a VM's UUID"), ((self.vm, "1"), 64, "two reports' numbers"),
                                  ((self.vm, "1", "x"), 64, "two reports' numbers"), ((self.vm, str(first), str(third)), 3,
                                  f"report {first} has no event log"), ((self.vm, "999", str(third)), 3, "there is no report 999"),
                                  ((self.vm, str(third), "999"), 3, "there is no report 999")):
            done = self.command("diff", *words)
            self.assertEqual((done.returncode, done.stdout), (code, ""), words)
            self.assertIn(said, done.stderr)
        for query, status in ((f"?report={first}&before={third}", 404), (f"?report={third}&before={first}", 404),
                              (f"?report={third}&before=999", 404), ("?report=x", 400), ("?before=0", 400)):
            self.assertEqual(self.boot(query)[0], status, query)

    def test_boot_of_another_vm(self):
        report = self.report(boot=booted("aa"), boot_id=1)["report"]
        other = SoftwareClient(self.collector.url(), str(uuid.uuid4()), token=ANYBODY)
        self.addCleanup(other.close)
        foreign = self.report(other, boot=booted("bb"), boot_id=2)["report"]
        for words in ((str(foreign), str(report)), (str(report), str(foreign))):
            self.assertIn(f"report {foreign} is of VM {other.uuid}", self.command("diff", self.vm, *words).stderr)
        self.assertEqual(self.boot(f"?report={foreign}")[0], 404)
        self.assertEqual(self.boot(f"?report={report}&before={foreign}")[0], 404)

    def test_a_database_of_before(self):
        """Of schema 7, whose snapshots have nothing of disks."""
        for _ in range(2):
            self.report()
        self.collector.stop()
        path = os.path.join(self.collector.state, "collector.sqlite")
        with forger.opened(path) as database:
            for row in database.execute("SELECT id, snapshot FROM reports").fetchall():
                self.assertEqual(row["snapshot"][-25:], 5 * b"\0\0\0\1" b"0")
                database.execute("UPDATE reports SET snapshot = ? WHERE id = ?", (row["snapshot"][:-25], row["id"]))
            for statement in (*forger.UNDO_SILENCE, "DROP TABLE IF EXISTS forgotten", "DROP TABLE result_keys",
                              "DROP INDEX vms_disks",
                              "ALTER TABLE vms DROP COLUMN disks_sealed", "ALTER TABLE vms DROP COLUMN disks_failing",
                              "PRAGMA user_version = 7"):
                database.execute(statement)
            forger.chain_reports(database, self.vm)
        self.collector.start()
        self.assertEqual((self.verify(), self.disks()), ([], None))
        self.guest = self.guest.move(self.collector.url()) or self.guest
        self.report(unlock=unlock("unreadable"))
        self.assertEqual((self.verify(), self.disks()), ([], (1, 1)))

    def test_a_record_that_says_otherwise(self):
        """Made by somebody who can write the database, with all hashes anew."""
        self.report()
        number = self.report(unlock=unlock("pcr-differs"))["report"]
        path = os.path.join(self.collector.state, "collector.sqlite")
        forger.rewrite(path, self.vm, number, record={"disks_failing": "0"})
        with forger.opened(path) as database:
            database.execute("UPDATE vms SET disks_failing = 0")
        self.assertEqual(self.verify(),
                         ["its record has 0 of 1 disks that will not open; by its evidence 1 of 1"])


if __name__ == "__main__":
    unittest.main()
