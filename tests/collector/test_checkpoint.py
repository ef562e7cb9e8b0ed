#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-collector checkpoint, and verify --against: what no look at the database alone can find, made by somebody who
knows its format and makes every hash anew, is found by a line that was kept elsewhere."""

import contextlib
import hashlib
import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import forger  # noqa: E402
import history  # noqa: E402
from filled_collector import Collector, uuid  # noqa: E402
from tsa import Authority, make_ca, openssl  # noqa: E402

LINE = re.compile(r"vtpm-checkpoint-v1 (\S+Z) reports (\d+) events (\d+) ([0-9a-f]{64}) vms (\d+) ([0-9a-f]{64})\n")


def row_of(number):
    return f"(SELECT row FROM vms WHERE uuid = '{uuid(number)}')"


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.collector = cls.enterClassContext(Collector())

    def run_ok(self, *words):
        status, out, err = self.collector.run_command(*words)
        self.assertEqual((status, err), (0, ""))
        return out

    def keep(self, *texts):
        path = os.path.join(self.directory, "kept")
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(texts))
        return path

    def against(self, *texts, words=()):
        status, out, err = self.collector.run_command("verify", "--against", self.keep(*texts), *words)
        self.assertEqual(err, "")
        return status, out.splitlines()


class Found(Case):
    """VM 1: reports 1, 3, 5, then accepted. VM 2: 2, 4. VM 3: 6. Then the checkpoint; then 7 and 8 of VMs 1 and 2."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number in (1, 2, 1, 2, 1, 3):
            cls.collector.report(number, is_baseline=True, ek=f"{number:02x}" * 32)
        cls.collector.post(f"/v1/vms/{uuid(1)}/acceptance", {"report": 5, "comment": "why"}, 200)
        cls.short = cls.collector.run_command("checkpoint")[1]
        cls.full = cls.collector.run_command("checkpoint", "--full")[1]
        cls.before = cls.enterClassContext(contextlib.closing(sqlite3.connect(":memory:")))
        cls.after = cls.enterClassContext(contextlib.closing(sqlite3.connect(":memory:")))
        cls.copy_to(cls.before)
        for number in (1, 2):
            cls.collector.report(number, is_baseline=True, ek=f"{number:02x}" * 32)
        cls.copy_to(cls.after)
        cls.time = cls.full.split()[1]

    @classmethod
    def copy_to(cls, saved):
        with contextlib.closing(sqlite3.connect(cls.collector.database)) as database:
            database.backup(saved)

    def restore(self, saved, *statements):
        with contextlib.closing(sqlite3.connect(self.collector.database)) as database:
            saved.backup(database)
        self.collector.tamper(*statements)

    def test_form(self):
        """As docs/protocol.md describes it, with the hash by sha256sum."""
        time, reports, events, event_hash, vms, heads_hash = LINE.fullmatch(self.short).groups()
        self.assertEqual((reports, events, vms), ("6", "1", "3"))
        first, *lines = self.full.splitlines(keepends=True)
        self.assertEqual(first.split()[2:], self.short.split()[2:])
        self.assertEqual(hashlib.sha256("".join(lines).encode()).hexdigest(), heads_hash)
        self.assertEqual([line.split()[:2] for line in lines], [[uuid(1), "5"], [uuid(2), "4"], [uuid(3), "6"]])
        self.assertEqual(history.heads(self.collector.database, 6), lines)
        self.assertLess(len(self.short), 300)

    def test_all_is_there(self):
        self.restore(self.after)
        later = self.run_ok("checkpoint")
        self.assertEqual(later.split()[3], "8")
        status, lines = self.against("# kept\n", self.short, "\n", self.full, later)
        self.assertEqual((status, len(lines)), (0, 4), lines)
        for line, count in zip(lines, (6, 6, 8)):
            self.assertRegex(line, f"^checkpoint .*Z: 3 VMs, reports up to {count}, audit events up to 1: all there$")
        self.assertEqual(lines[-1], "VMs: 3, reports: 8, judged again: 0, audit events: 1, faults: 0")
        status, out, _ = self.collector.run_command("verify", "--json", "--against", self.keep(self.short))
        self.assertEqual((status, json.loads(out)["checkpoints"]),
                         (0, [{"time": self.short.split()[1], "is_there": True, "expired": 0, "stamped": None}]))

    def test_reports_of_the_time_after_do_not_matter(self):
        """A checkpoint is of one moment, also where reports came while it was made."""
        self.restore(self.after)
        self.assertEqual(history.heads(self.collector.database, 6), self.full.splitlines(keepends=True)[1:])

    def found(self, full, short):
        """Nothing is seen without a checkpoint; with one, this."""
        history.verify(self.collector.database)
        self.assertEqual(self.collector.run_command("verify")[0], 0)
        for text, wanted in ((self.full, full), (self.short, short)):
            status, lines = self.against(text)
            self.assertEqual(status, 2, lines)
            time = text.split()[1]
            for line in wanted:
                self.assertIn(line.format(time=time), lines)
            self.assertEqual(lines[-1].split(", faults: ")[1], str(len(wanted)))

    OTHERS = "checkpoint {time}: the reports of then are others: a checkpoint in the long form (--full) would name the VMs"

    def test_end_cut_off(self):
        """The newest report is taken away, and the record is what the one before had left."""
        self.restore(self.before)
        forger.cut(self.collector.database, uuid(2))
        self.found([f"{uuid(2)}: checkpoint {{time}}: its newest report was 4; of the reports of then the newest is now 2:"
                    " reports were cut off or put in"], [self.OTHERS])

    def test_newest_of_all_cut_off(self):
        self.restore(self.before)
        forger.remove(self.collector.database, uuid(3))
        end = ("checkpoint {time}: the newest report is 5, then it was 6: reports were cut off, or an older copy of the"
               " database was put back")
        self.found([f"{uuid(3)}: checkpoint {{time}}: its newest report was 6, and neither VM nor report are there", end],
                   ["checkpoint {time}: there were 3 VMs; of then there are now 2: a checkpoint in the long form (--full)"
                    " would name them", end])

    def test_history_rewritten(self):
        """The verdict that a report came to, with every hash made anew up to the end."""
        self.restore(self.after)
        forger.rewrite(self.collector.database, uuid(2), 2, continuity="restarted")
        self.found([f"{uuid(2)}: checkpoint {{time}}: report 4 is another one: its history was rewritten"], [self.OTHERS])

    def test_vm_put_in(self):
        """A VM with a report of then, such as one that was removed and written anew with other keys."""
        self.restore(self.after)
        forger.move(self.collector.database, uuid(3), uuid(4))
        self.found([f"{uuid(3)}: checkpoint {{time}}: its newest report was 6, and neither VM nor report are there",
                    f"{uuid(4)}: checkpoint {{time}}: it has report 6 of then, and was not there"], [self.OTHERS])

    def test_audit_log_rewritten(self):
        self.restore(self.after)
        forger.rewrite_event(self.collector.database, 1, actor="nobody")
        line = "checkpoint {time}: audit event 1 is another one: the log was rewritten"
        self.found([line], [line])

    def test_audit_log_cut_off(self):
        """A last event that changes no VM's record."""
        self.restore(self.before)
        kept = self.run_ok("checkpoint")
        forger.add_event(self.collector.database)
        self.assertEqual(self.against(kept)[0], 0)
        later = self.run_ok("checkpoint")
        forger.cut_event(self.collector.database)
        status, lines = self.against(kept, later)
        self.assertEqual(status, 2)
        self.assertIn(f"checkpoint {later.split()[1]}: the audit log ends at event 1, then it ended at 2: events were cut"
                      " off, or an older copy of the database was put back", lines)

    def test_older_copy_put_back(self):
        self.restore(self.after)
        later = self.run_ok("checkpoint", "--full")
        self.restore(self.before)
        status, lines = self.against(self.full, later)
        self.assertEqual(status, 2)
        time = later.split()[1]
        self.assertIn(f"checkpoint {time}: the newest report is 6, then it was 8: reports were cut off, or an older copy of"
                      " the database was put back", lines)
        self.assertIn(f"{uuid(2)}: checkpoint {time}: its newest report was 8; of the reports of then the newest is now 4:"
                      " reports were cut off or put in", lines)
        # And those that came since have their numbers.
        for number in (2, 1, 2):
            self.collector.report(number, ek=f"{number:02x}" * 32)
        status, lines = self.against(later)
        self.assertEqual(status, 2)
        self.assertTrue(any(line.startswith(f"{uuid(1)}: checkpoint {time}: its newest report was 7") for line in lines),
                        lines)

    def test_chain_does_not_lead_there(self):
        self.restore(self.after, "DELETE FROM reports WHERE id = 7", "UPDATE reports SET prev = 8 WHERE id = 8")
        status, lines = self.against(self.full)
        self.assertEqual(status, 2)
        for number, report in ((1, 5), (2, 4)):
            self.assertIn(f"{uuid(number)}: checkpoint {self.time}: its newest report was {report}, and its chain does not"
                          " lead there", lines)

    def test_expired(self):
        """What retention has deleted is no fault; the short form can then tell of the audit log alone."""
        self.restore(self.after)
        self.collector.report(1, ek="01" * 32)
        forger.expire(self.collector.database, uuid(1), 7)
        status, lines = self.against(self.full)
        self.assertEqual(status, 2, lines)
        self.assertIn(f"store: reports of VM {uuid(1)} up to 7 were taken away before their time: report 2, which came"
                      " before, is younger than 90 days", lines)
        # The retention was shorter when it deleted them.
        forger.add_event(self.collector.database, "retention", "90 days behind report 8")
        status, lines = self.against(self.short)
        self.assertEqual(status, 3, lines)
        self.assertIn(": nothing contradicts it; reports of 1 VMs have expired or were forgotten: of their history only a checkpoint in the"
                      " long form (--full) tells", lines[0])
        status, lines = self.against(self.full)
        self.assertEqual(status, 0, lines)
        self.assertIn(": all there; 1 VMs whose reports of then have expired", lines[0])
        # It hides no other VM's.
        forger.remove(self.collector.database, uuid(3))
        self.assertIn(f"{uuid(3)}: checkpoint {self.time}: its newest report was 6, and neither VM nor report are there",
                      self.against(self.full)[1])

    def test_waiting_vms_are_no_part_of_it(self):
        """Who was never accepted may be removed."""
        self.restore(self.before)
        self.collector.tamper(f"UPDATE vms SET enrolment = 'pending' WHERE uuid = '{uuid(3)}'")
        self.assertEqual(self.run_ok("checkpoint").split()[8], "3")
        forger.rewrite(self.collector.database, uuid(3), 6, record={"enrolment": "pending"})
        self.assertEqual(self.run_ok("checkpoint").split()[8], "2")

    def test_accepted_behind_a_report_of_before_schema_5(self):
        """It does not say that the VM waited when the checkpoint was made, and is no fault afterwards."""
        self.restore(self.before)
        self.collector.tamper(f"UPDATE vms SET enrolment = 'pending' WHERE uuid = '{uuid(3)}'",
                              "UPDATE reports SET snapshot = x'', basis = x'' WHERE id = 6")
        with forger.opened(self.collector.database) as database:
            forger.chain_reports(database, uuid(3))
        short, full = self.run_ok("checkpoint"), self.run_ok("checkpoint", "--full")
        self.assertEqual(full.split()[8], "2")
        self.collector.post(f"/v1/vms/{uuid(3)}/acceptance", {"report": 6}, 200)
        status, lines = self.against(full)
        self.assertEqual(status, 0, lines)
        self.assertEqual(self.against(short)[0], 3)
        # What it hides is its own alone.
        forger.remove(self.collector.database, uuid(2))
        self.assertEqual(self.against(full)[0], 2)

    def test_files_that_are_none(self):
        self.restore(self.after)
        head = self.full.splitlines(keepends=True)
        for text, message in (("", "has no checkpoint"), ("hello\n", 'line 1: no checkpoint: "vtpm-checkpoint-v1 TIME reports ..."'),
                              (self.short.replace("v1", "v2", 1), "line 1: no checkpoint"),
                              (self.short.replace(" vms 3", " vms -3"), "line 1: no checkpoint"),
                              (self.short + "x\n", "line 2: no VM's UUID, report and hash"),
                              ("".join(head[:-1]), "was changed: its VMs are not those that it counts and hashes"),
                              (self.full.replace(f"{uuid(1)} 5", f"{uuid(1)} 4"), "was changed"),
                              ("x" * 2000 + "\n", "line 1: too long for a checkpoint")):
            with self.subTest(text[:40]):
                status, out, err = self.collector.run_command("verify", "--against", self.keep(text))
                self.assertEqual((status, err.count("\n")), (3, 1))
                self.assertIn(message, err)
        for words in (("--against", self.keep(self.short), uuid(1)), ("--signed-by", "x"), ("--tsa-ca", "x")):
            self.assertEqual(self.collector.run_command("verify", *words)[0], 64)
        status, _, err = self.collector.run_command("verify", "--against", "/nonexistent")
        self.assertEqual((status, "/nonexistent" in err), (3, True))

    def test_unreadable_record(self):
        self.restore(self.before, f"UPDATE vms SET status = 'fine' WHERE uuid = '{uuid(2)}'")
        status, out, err = self.collector.run_command("checkpoint")
        self.assertEqual((status, out), (3, ""))
        self.assertIn(f"VM {uuid(2)} has no whole history", err)


class Kept(Case):
    def test_example(self):
        """examples/keep-checkpoint: keeps one after the other, and none behind one that does not hold."""
        example = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples",
                                                "keep-checkpoint"))
        repository = os.path.join(self.directory, "repository")
        wrapper = os.path.join(self.directory, "vtpm-collector")
        with open(wrapper, "w", encoding="ascii") as file:
            words = shlex.join(self.collector.command("$@")).replace("'$@'", '"$@"')
            file.write(f"#!/bin/sh\nexec {words}\n")
        os.chmod(wrapper, 0o700)
        environment = {**os.environ, "PATH": self.directory + ":/usr/bin:/bin", "HOME": self.directory,
                       "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
                       "GIT_COMMITTER_EMAIL": "a@example.org"}
        subprocess.run(["git", "init", "--quiet", repository], check=True, env=environment)

        def keep():
            done = subprocess.run([example, repository], capture_output=True, text=True, env=environment, timeout=60)
            with open(os.path.join(repository, "last"), encoding="ascii") as file:
                return done.returncode, done.stdout + done.stderr, file.read()

        for _ in range(2):
            self.collector.report(1, is_baseline=True)
            status, out, kept = keep()
            self.assertEqual(status, 0, out)
        self.assertTrue(kept.splitlines()[1].startswith(f"{uuid(1)} 2 "), kept)
        forger.cut(self.collector.database, uuid(1))
        status, out, same = keep()
        self.assertEqual((status, same), (2, kept))
        self.assertIn("reports were cut off", out)
        log = subprocess.run(["git", "-C", repository, "log", "--format=%s"], capture_output=True, text=True, check=True,
                             env=environment).stdout.splitlines()
        self.assertEqual(len(log), 2)
        self.assertEqual(log[0], f"checkpoint {kept.split()[1]}")


class Signed(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector.report(1, is_baseline=True)
        for name, options in (("ed25519", ["-algorithm", "ed25519"]),
                              ("p256", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
                              ("p384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"])):
            openssl(cls.directory, "genpkey", *options, "-out", name + ".key")
            openssl(cls.directory, "pkey", "-in", name + ".key", "-pubout", "-out", name + ".pub")

    def file(self, name):
        return os.path.join(self.directory, name)

    def test_by_each_kind(self):
        for name, other in (("ed25519", "p256"), ("p256", "ed25519")):
            with self.subTest(name):
                text = self.run_ok("checkpoint", "--full", "--sign-key", self.file(name + ".key"))
                self.assertEqual(self.against(text)[0], 0)
                self.assertEqual(self.against(text, words=("--signed-by", self.file(name + ".pub")))[0], 0)
                status, lines = self.against(text, words=("--signed-by", self.file(other + ".pub")))
                self.assertEqual(status, 2)
                self.assertIn(": its signature: it is not signed by that key", lines[0])
                changed = text.replace(" reports 1 ", " reports 0 ")
                self.assertIn(": its signature: it is not signed by that key",
                              "".join(self.against(changed.splitlines()[0] + "\n",
                                                   words=("--signed-by", self.file(name + ".pub")))[1]))

    def test_by_openssl(self):
        """Whoever has the public key can do without us."""
        line = self.run_ok("checkpoint", "--sign-key", self.file("ed25519.key")).rstrip("\n")
        text, signature = line.split(" signature ")
        with open(self.file("line"), "w", encoding="ascii") as file:
            file.write(text)
        openssl(self.directory, "base64", "-d", "-A", "-out", "signature", input=signature.encode())
        openssl(self.directory, "pkeyutl", "-verify", "-pubin", "-inkey", "ed25519.pub", "-rawin", "-in", "line",
                "-sigfile", "signature")

    def test_not_signed(self):
        status, lines = self.against(self.run_ok("checkpoint"), words=("--signed-by", self.file("p256.pub")))
        self.assertEqual(status, 2)
        self.assertRegex(lines[0], r"^checkpoint .*Z: it is not signed$")

    def test_wrong_keys(self):
        for name in ("p384.key", "ed25519.pub", "missing"):
            status, out, err = self.collector.run_command("checkpoint", "--sign-key", self.file(name))
            self.assertEqual((out, err.count("\n")), ("", 1))
            self.assertIn(status, (3, 78))
            self.assertIn(name, err)


class Stamped(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector.report(1, is_baseline=True)
        cls.authority = cls.enterClassContext(Authority(cls.directory))
        make_ca(cls.directory, "stranger")

    def stamp(self, *words):
        return self.run_ok("checkpoint", "--timestamp", self.authority.url, *words)

    def test_by_the_authority(self):
        for words in ((), ("--full",)):
            text = self.stamp(*words)
            status, lines = self.against(text, words=("--tsa-ca", self.authority.ca))
            self.assertEqual(status, 0, lines)
            self.assertRegex(lines[0], r": all there; stamped at 20\d\d-\d\d-\d\dT[0-9:]+Z$")
            self.assertEqual(self.against(text)[0], 0)

    def test_by_openssl(self):
        line, token = self.stamp().splitlines()
        with open(os.path.join(self.directory, "line"), "w", encoding="ascii") as file:
            file.write(line)
        openssl(self.directory, "base64", "-d", "-A", "-out", "token", input=token.removeprefix("timestamp ").encode())
        openssl(self.directory, "ts", "-verify", "-data", "line", "-in", "token", "-token_in", "-CAfile", "ca.pem")

    def test_another_line_or_authority(self):
        text = self.stamp()
        ca, stranger = self.authority.ca, os.path.join(self.directory, "stranger.pem")
        earlier = re.sub(r" 20\d\d-", " 2019-", text, count=1)
        for changed, authority in ((earlier, ca), (text, stranger), (text.replace("timestamp MI", "timestamp MJ"), ca),
                                   (text.split("timestamp")[0] + "timestamp AAAA\n", ca)):
            status, lines = self.against(changed, words=("--tsa-ca", authority))
            self.assertEqual(status, 2, lines)
            self.assertRegex(lines[0], r"^checkpoint .*Z: its time stamp: ")
        status, lines = self.against(text.splitlines()[0] + "\n", words=("--tsa-ca", ca))
        self.assertEqual((status, lines[0].split("Z: ")[1]), (2, "it has no time stamp"))

    def test_wrong_answers(self):
        first = []

        def other(query):
            first.append(self.authority.reply(query))
            return first[0]

        def refusal(query):
            return self.authority.reply(query[:-1])

        self.authority.wrong = other
        self.addCleanup(setattr, self.authority, "wrong", None)
        self.stamp()
        for wrong in (other, lambda _: b"hello", lambda _: b"", refusal, lambda query: self.authority.reply(query)[:-9]):
            self.authority.wrong = wrong
            status, out, err = self.collector.run_command("checkpoint", "--timestamp", self.authority.url)
            self.assertEqual((status, out, err.count("\n")), (3, "", 1), err)
            self.assertIn(self.authority.url, err)

    def test_no_authority(self):
        for url, status in (("http://127.0.0.1:1/", 3), ("ftp://127.0.0.1/", 64), ("127.0.0.1", 64)):
            got, out, err = self.collector.run_command("checkpoint", "--timestamp", url)
            self.assertEqual((got, out, err.count("\n")), (status, "", 1), err)


if __name__ == "__main__":
    unittest.main()
