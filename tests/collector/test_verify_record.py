#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-collector verify beside what everybody looks at: a VM's record, its keys and claims are changed behind the
collector's back, and the command says which value is not what the history leads to."""

import contextlib
import os
import re
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import history  # noqa: E402
from filled_collector import Collector, Tampered, uuid  # noqa: E402

EKS = {vm: f"{vm:02x}" * 32 for vm in (1, 2, 3)}


def vm(number, values):
    return f"UPDATE vms SET {values} WHERE uuid = '{uuid(number)}'"


def shown(number, name, value, wanted, by):
    return f'{uuid(number)}: what is shown as {name} is "{value}"; by {by} it is "{wanted}"'


# One line of reports, of which no more is known than that there is one.
LINES = 9 * "00" + 86 * "00"

# What somebody does to the file, and the line that tells: one column of the record after the other.
COLUMNS = (
    (vm(2, "status = 'warning'"), shown(2, "status", "warning", "affirming", "report 5")),
    (vm(2, "continuity = 'replaced'"), shown(2, "continuity", "replaced", "continuous", "report 5")),
    (vm(2, "reason = 'ek-changed'"), shown(2, "reason", "ek-changed", "same-tpm", "report 5")),
    (vm(2, "enrolment = 'pending'"), shown(2, "enrolment", "pending", "accepted", "report 5")),
    (vm(2, "hostname = 'mallory'"), shown(2, "hostname", "mallory", "web-2", "report 5")),
    (vm(2, "received_ms = received_ms + 1"), r"received_ms is \"[0-9]+\"; by report 5"),
    (vm(2, "reset_count = reset_count + 1"), r"reset_count is \"[0-9]+\"; by report 5"),
    (vm(2, "restart_count = restart_count + 1"), r"restart_count is \"[0-9]+\"; by report 5"),
    (vm(2, "clock_ms = clock_ms + 1"), r"clock_ms is \"[0-9]+\"; by report 5"),
    (vm(2, "is_safe = NOT is_safe"), r"is_safe is \"[01]\"; by report 5"),
    (vm(2, f"eks = x'{EKS[3]}'"), rf"eks is \"{EKS[3]}\"; by report 5 it is \"\""),
    (vm(2, f"ak_name = x'000b{EKS[3]}'"), rf"ak_name is \"000b{EKS[3]}\"; by report 5"),
    (vm(2, "announced = 'hard-reboot'"), shown(2, "announced", "hard-reboot", "none", "report 5")),
    (vm(2, "announced_until_ms = 7"), shown(2, "announced_until_ms", "7", "0", "report 5")),
    (vm(2, "asked_ms = 7"), shown(2, "asked_ms", "7", "0", "report 5")),
    (vm(2, "claimed_ms = 7"), r"written 2 times; by report 5 it was 2"),
    (vm(2, "disks_sealed = 7"), shown(2, "disks_sealed", "7", "0", "report 5")),
    (vm(2, "disks_failing = 7"), shown(2, "disks_failing", "7", "0", "report 5")),
    (vm(2, "interval_s = 7"), shown(2, "interval_s", "7", "0", "report 5")),
    (vm(2, "awaited_s = 7"), shown(2, "awaited_s", "7", "0", "report 5")),
    (vm(2, "silent_ms = 7"), shown(2, "silent_ms", "7", "0", "report 5")),
    (vm(2, "revision = 1"), r"the record was written 1 times; by report 5 it was 2"),
    (vm(2, "baseline = 5, baseline_hash = (SELECT hash FROM reports WHERE id = 5)"),
     r"baseline is \"5 [0-9a-f]{64}\"; by report 5 it is \"4 [0-9a-f]{64}\""),
    (vm(2, f"lines = x'{LINES}'"), rf"lines is \"00[0-9a-f]+\"; by report 5 it is \"\""),
    # What an operator did comes after the reports: the audit event says what the record is.
    (vm(1, "announced = 'clear'"), shown(1, "announced", "clear", "hard-reboot", "audit event 2")),
    (vm(1, "announced = 'none', announced_until_ms = 0"), shown(1, "announced", "none", "hard-reboot", "audit event 2")),
    (vm(1, "status = 'affirming'"), shown(1, "status", "affirming", "none", "audit event 2")),
)

# Words that no collector writes: the record is named, and the others are verified.
UNREADABLE = (vm(2, "status = 'fine'"), vm(2, "eks = x'00'"), vm(2, "head_hash = x'00'"), vm(2, "announced = 'party'"),
              vm(2, "lines = x'00'"))


class Record(Tampered):
    """VM 1: reports 1, 2, 3, then accepted and announced. VM 2: 4 (its baseline), 5. VM 3: 6."""

    @classmethod
    def fill(cls):
        for number, count in ((1, 3), (2, 2), (3, 1)):
            for i in range(count):
                cls.collector.report(number, is_baseline=not i, quote_verified=True, ek=EKS[number])
        cls.collector.post(f"/v1/vms/{uuid(1)}/acceptance", {"report": 2, "comment": "why"}, 200)
        cls.collector.post(f"/v1/vms/{uuid(1)}/announcements", {"event": "hard-reboot"}, 201)

    def assert_told(self, statements, *wanted, words=()):
        with self.subTest(statements):
            self.tamper(*statements)
            status, lines = self.verify(*words)
            self.assertEqual(status, 2, lines)
            for one in wanted:
                self.assertTrue(any(one == line or re.search(one, line) for line in lines), (one, lines))
            return lines

    def test_nothing_is_wrong(self):
        self.tamper()
        self.assertEqual(self.verify(), (0, ["VMs: 3, reports: 6, judged again: 0, audit events: 2, faults: 0"]))
        history.verify(self.collector.database)

    def test_each_column(self):
        for statement, line in COLUMNS:
            lines = self.assert_told([statement], line)
            number = 1 if uuid(1) in statement else 2
            self.assertTrue(all(line.startswith(uuid(number)) for line in lines[:-1]), lines)
        tested = {name for statement, _ in COLUMNS for name in re.findall(r"(\w+) = ", statement.split(" WHERE ")[0])}
        with contextlib.closing(sqlite3.connect(self.collector.database)) as database:
            columns = {row[1] for row in database.execute("PRAGMA table_info(vms)")}
        # The chain itself says what head and tail are: test_verify.py. The others are budgets, of which no verdict depends,
        # which log the newest report names, which its evidence says, and what reports are packed with.
        self.assertEqual(columns - tested, {"row", "uuid", "head", "head_hash", "tail", "tail_hash", "seen_ms", "hour_ms",
                                            "hour_reports", "hour_bytes", "pending_ek", "pending_bytes", "check_ms", "event_log",
                                            "keyframe", "keyframe_uses"})

    def test_unreadable(self):
        for statement in UNREADABLE:
            lines = self.assert_told([statement], f"^{uuid(2)}: the record cannot be read: ")
            self.assertEqual(lines[-1], "VMs: 3, reports: 4, judged again: 0, audit events: 2, faults: 1")

    def test_all_faults_are_told(self):
        lines = self.assert_told([vm(2, "status = 'warning', hostname = 'x'"), "DELETE FROM reports WHERE id = 2",
                                  "UPDATE reports SET nonce = x'00' WHERE id = 1", vm(3, "is_safe = NOT is_safe")],
                                 f"{uuid(1)}: report 2: the report is missing",
                                 f"{uuid(1)}: report 1: the report was changed",
                                 f"^{uuid(2)}: what is shown as status", f"^{uuid(2)}: what is shown as hostname",
                                 f"^{uuid(3)}: what is shown as is_safe")
        # The baseline that was accepted is report 2.
        self.assertEqual(lines[-1], "VMs: 3, reports: 4, judged again: 0, audit events: 2, faults: 6")

    def test_the_newest_is_cut_off(self):
        link = "(SELECT prev, prev_hash FROM reports WHERE id = 5)"
        self.assert_told([vm(2, f"(head, head_hash) = {link}"), "DELETE FROM reports WHERE id = 5"],
                         "the record was written 2 times; by report 4 it was 1: the newest report or audit event is "
                         "missing")
        event = "(SELECT prev, prev_hash FROM audit WHERE id = 2)"
        self.assert_told([f"UPDATE audit_head SET (id, hash) = {event}", "DELETE FROM audit WHERE id = 2"],
                         f"^{uuid(1)}: the record was written 5 times; by audit event 1 it was 4",
                         shown(1, "announced", "hard-reboot", "none", "audit event 1"))

    def test_a_vm_is_removed(self):
        self.assert_told([f"DELETE FROM vms WHERE uuid = '{uuid(1)}'"],
                         "store: report 1: the report is of a VM that is not there",
                         "store: report 3: the report is of a VM that is not there",
                         f"audit log: event 1: the event is about VM {uuid(1)}, which was accepted and is not there",
                         rf"store: key {EKS[1]} is of a VM that is not there")
        # With its reports, the keys are left; with these, too, the audit log.
        row = f"(SELECT row FROM vms WHERE uuid = '{uuid(1)}')"
        both = [f"DELETE FROM reports WHERE vm = {row}", f"DELETE FROM keys WHERE vm = {row}",
                f"DELETE FROM vms WHERE uuid = '{uuid(1)}'"]
        self.assert_told([both[0], both[2]], rf"store: key {EKS[1]} is of a VM that is not there")
        self.assert_told(both, f"audit log: event 2: the event is about VM {uuid(1)}, which was accepted")
        # Nothing in the database names a VM that no operator ever touched: only a checkpoint does.
        row = f"(SELECT row FROM vms WHERE uuid = '{uuid(3)}')"
        self.tamper(f"DELETE FROM reports WHERE vm = {row}", f"DELETE FROM keys WHERE vm = {row}",
                    f"DELETE FROM vms WHERE uuid = '{uuid(3)}'")
        self.assertEqual(self.verify()[0], 0)

    COPY = ("INSERT INTO reports SELECT %d, vm, hash, prev, prev_hash, received_ms, event, 'contraindicated', continuity,"
            " reason, attest, signature, nonce, secret, verdict, evidence, ek, sender_role, sender_name, sender_address,"
            " challenged_ms, basis, snapshot, packed_len, keyframe FROM reports WHERE id = %d")

    def test_no_history(self):
        """Without a newest report there would be nothing to look at; the reports are there."""
        none = vm(2, "head = 0, head_hash = zeroblob(32), baseline = 0, baseline_hash = zeroblob(32),"
                  " status = 'affirming'")
        told = f"{uuid(2)}: report 5: the report is there, and the record has none"
        self.assert_told([none], told, "store: report 4: the report is in no history: the newest one of VM "
                         f"{uuid(2)} is 0")
        self.assert_told([none], told, words=[uuid(2)])
        self.assert_told([vm(2, "tail = head, tail_hash = head_hash"), "DELETE FROM reports WHERE id = 4"],
                         f"{uuid(2)}: report 5: what expired reaches the newest report, which is kept")

    def test_reports_in_no_history(self):
        self.assert_told([self.COPY % (900, 3)],
                         f"store: report 900: the report is in no history: the newest one of VM {uuid(1)} is 3")
        # VM 1 goes on behind a report that was put between.
        self.assert_told(["UPDATE reports SET id = 2000 WHERE id = 3", vm(1, "head = 2000"), self.COPY % (900, 2)],
                         f"store: report 900: the report is in no history: report 2000 of VM {uuid(1)} follows 2")

    def test_history_of_minutes_ago_is_called_expired(self):
        self.assert_told([vm(2, "(tail, tail_hash) = (SELECT id, hash FROM reports WHERE id = 4)")],
                         f"store: reports of VM {uuid(2)} up to 4 were taken away before their time: report 1, which came"
                         " before, is younger than 90 days")

    def test_two_vms_are_swapped(self):
        self.assert_told([vm(2, "uuid = 'x'"), vm(3, f"uuid = '{uuid(2)}'"),
                          f"UPDATE vms SET uuid = '{uuid(3)}' WHERE uuid = 'x'"],
                         f"{uuid(2)}: report 6: the report was changed",
                         f"{uuid(3)}: report 5: the report was changed")

    def test_keys(self):
        def key(number):
            return f"x'{EKS[number]}'"

        # In the record alone, in both records, in the table of keys alone.
        self.assert_told([vm(1, f"eks = {key(2)}")], shown(1, "eks", EKS[2], EKS[1], "audit event 2"),
                         f"store: key {EKS[1]} is with VM {uuid(1)}, whose record does not have it")
        self.assert_told([f"UPDATE keys SET vm = (SELECT row FROM vms WHERE uuid = '{uuid(3)}') WHERE key = {key(1)}"],
                         f"store: key {EKS[1]} is with VM {uuid(3)}, whose record does not have it")
        self.assert_told([f"DELETE FROM keys WHERE key = {key(1)}"],
                         f"{uuid(1)}: its key {EKS[1]} is nobody's: another VM could show it")

    CLAIM = ("INSERT INTO claims (vm, sender_role, sender_name, sender_address, received_ms, challenged_ms, continuity,"
             " reason, hostname, ek, ak_name) VALUES ((SELECT row FROM vms WHERE uuid = '%s'), '', '', '192.0.2.9',"
             " 4102444800000, 1, 'replaced', 'ek-changed', '', zeroblob(32), x'000b')" % uuid(2))

    def test_claims(self):
        self.assert_told([self.CLAIM], f"{uuid(2)}: a claim came at 4102444800000; what is shown as claimed_ms is 0")
        # As the collector would have written it.
        self.tamper(self.CLAIM, vm(2, "claimed_ms = 4102444800000, revision = revision + 1"))
        self.assertEqual(self.verify()[0], 0)
        self.assert_told([self.CLAIM, vm(2, "claimed_ms = 4102444800001, revision = revision + 1")],
                         "claimed_ms is 4102444800001; the newest claim came at 4102444800000")
        # A claim never changes what is shown of the VM.
        self.assert_told([self.CLAIM, vm(2, "claimed_ms = 4102444800000, revision = revision + 1, status = 'none'")],
                         shown(2, "status", "none", "affirming", "report 5"))


class Retention(unittest.TestCase):
    def test_changed(self):
        """What went under the setting of before is nobody's fault; what goes since is."""
        with Collector() as collector:
            for _ in range(3):
                collector.report(1, is_baseline=True)
            self.set_retention(collector, 0)
            for _ in range(3):
                collector.report(1, is_baseline=True)
            self.expire(collector, 2)
            self.assertEqual(collector.run_command("verify")[0], 0)
            self.expire(collector, 4)
            status, out, _ = collector.run_command("verify")
            self.assertEqual(status, 2)
            self.assertIn(f"store: reports of VM {uuid(1)} up to 4 were taken away, and the retention deletes none\n",
                          out)
            self.set_retention(collector, 7)
            self.assertEqual(collector.run_command("verify")[0], 0)
            self.set_retention(collector, 7)
            self.assertEqual([event["detail"] for event in collector.get("/v1/audit")["events"]],
                             ["0 days behind report 3", "7 days behind report 6"])

    def set_retention(self, collector, days):
        collector.stop()
        path = os.path.join(collector.state, "collector.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"[store]\nretention = {days}\n")
        if "--config" not in collector.argv:
            collector.argv += ["--config", path]
        collector.start()

    def expire(self, collector, report):
        collector.tamper(f"UPDATE vms SET (tail, tail_hash) = (SELECT id, hash FROM reports WHERE id = {report})",
                         f"DELETE FROM reports WHERE id <= {report}")


if __name__ == "__main__":
    unittest.main()
