#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A person takes another vTPM over as the service's baseline, and the service goes on with it; and what is known
of baselines is neither lost nor hidden."""

import json
import os
import pty
import re
import stat
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import agent  # noqa: E402
import own_service  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402

ACCEPTED = "Accepted: this vTPM is the service's baseline from now on."
SETTLED = "Nothing to accept: this is the service's baseline already."


class Case(own_service.Case):
    def expect(self, code, *words, **options):
        result = self.agent(*words, **options)
        self.assertEqual(result.code, code, result)
        return result

    def read(self, path):
        with open(os.path.join(self.state, path)) as file:
            return json.load(file)

    def ek(self, tpm):
        """What two people would compare: the EK as the status shows it."""
        return re.search(r"EK +RSA 2048 +([0-9a-f]{24})", agent.run("status", tpm=tpm, env=self.env).out).group(1)


class Accept(Case):
    def test_takes_the_present_one_over(self):
        self.expect(0, "run", "--once")
        self.expect(2, "run", "--once", tpm=self.other)
        before = self.read("baseline.json")

        with self.subTest("not unasked"):
            result = self.expect(64, "accept", tpm=self.other)
            self.assertIn("--yes", result.err)
            self.assertIn("REPLACED", result.out)
            self.assertEqual(self.read("baseline.json"), before)

        result = self.expect(0, "accept", "--yes", tpm=self.other)
        self.assertIn(ACCEPTED, result.out)
        self.assertIn(self.ek(self.tpm), result.out)
        self.assertIn(self.ek(self.other), result.out)
        self.assertNotEqual(self.read("baseline.json")["ak"], before["ak"])
        verdict = self.read("verdict.json")
        self.assertEqual((verdict["continuity"], verdict["reasons"][0]["code"]), ("first-seen", "accepted"))
        self.assertEqual(self.read(self.public)["reason"], "accepted")
        self.expect(0, "status", tpm=self.other)
        self.expect(0, "run", "--once", tpm=self.other)
        self.assertEqual(self.read("verdict.json")["continuity"], "continuous")

        with self.subTest("once"):
            before = self.read("baseline.json")
            result = self.expect(0, "accept", tpm=self.other)
            self.assertIn(SETTLED, result.out)
            self.assertEqual(self.read("baseline.json"), before)

        with self.subTest("the old one comes back"):
            self.expect(2, "run", "--once")

    def test_without_a_service_yet(self):
        self.expect(0, "accept", "--yes")
        self.assertIn(SETTLED, self.expect(0, "accept").out)
        self.expect(0, "run", "--once")
        self.assertEqual(self.read("verdict.json")["continuity"], "continuous")

    def test_what_cannot_be_read_or_is_no_baseline(self):
        self.expect(0, "run", "--once")
        for name in ("baseline.json", "verdict.json"):
            with self.subTest(name):
                with open(os.path.join(self.state, name), "w") as file:
                    file.write("{")
                self.expect(3, "run", "--once")
                self.expect(0, "accept", "--yes")
                self.expect(0, "run", "--once")
        with self.subTest("no TPM"):
            before = self.read("baseline.json")
            result = agent.run("accept", "--yes", "--state", self.state, tcti="device:/nowhere/tpm", env=self.env)
            self.assertEqual(result.code, 3, result)
            self.assertIn("no baseline saved", result.err)
            self.assertEqual(self.read("baseline.json"), before)

    def change(self, name, **members):
        document = self.read(name)
        document.update(members)
        with open(os.path.join(self.state, name), "w") as file:
            json.dump(document, file)

    def reset(self):
        result = agent.run("reset-state", "--state", self.state, env=self.env)
        self.assertEqual(result.code, 0, result)

    def roll_back(self):
        """What the service has against a TPM that looks right by now."""
        self.change("verdict.json", **{"ear.status": "contraindicated", "continuity": "rolled-back", "reasons": [
            {"code": "clock-behind", "sentence": "the clock was set back"}]})

    def test_shows_what_it_dismisses(self):
        self.expect(0, "run", "--once")
        before = self.read("baseline.json")
        self.roll_back()
        result = self.expect(64, "accept")
        self.assertTrue(result.out.startswith("ROLLED-BACK "), result.out)
        self.assertIn("the clock was set back", result.out)
        self.assertEqual(self.read("verdict.json")["continuity"], "rolled-back")
        result = self.expect(0, "accept", "--yes")
        self.assertTrue(result.out.startswith("ROLLED-BACK "), result.out)
        self.assertIn(ACCEPTED, result.out)
        self.assertEqual(self.read("verdict.json")["reasons"][0]["code"], "accepted")
        self.assertEqual(self.read("baseline.json.old"), before)
        self.assertEqual(self.expect(0, "accept").out.count(SETTLED), 1)
        self.reset()
        self.assertEqual(os.listdir(self.state), [])

    def test_what_changed_meanwhile(self):
        self.expect(0, "run", "--once")
        other = self.read("baseline.json")
        self.expect(2, "run", "--once", tpm=self.other)
        for what, change in (("the verdict", self.roll_back),
                             ("the baseline", lambda: self.change("baseline.json", iat=other["iat"] - 1))):
            with self.subTest(what):
                code, shown = self.ask(b"y\n", change)
                self.assertEqual(code, 3, shown)
                self.assertIn("nothing was accepted: it changed meanwhile", shown)
                self.assertNotIn("baseline.json.old", os.listdir(self.state))
                self.assertEqual(self.read("baseline.json")["ak"], other["ak"])

        with self.subTest("not so where the service found the same again"):
            code, shown = self.ask(b"y\n", lambda: self.expect(2, "run", "--once", tpm=self.other))
            self.assertEqual(code, 0, shown)

    def test_a_tpm_that_was_reset_meanwhile(self):
        with Swtpm(name="reset") as tpm:
            code, shown = self.ask(b"y\n", tpm.restart, tpm=tpm)
            self.assertEqual(code, 3, shown)
            self.assertIn("nothing was accepted: it changed meanwhile", shown)
        self.assertFalse(os.path.exists(os.path.join(self.state, "baseline.json")))

    def test_another_machine_s_tpm(self):
        """The service's own baseline is none of a TPM that is named by hand."""
        result = agent.run("accept", "--yes", tpm=self.tpm, env=self.env)
        self.assertEqual(result.code, 64, result)
        self.assertIn("--state", result.err)
        self.assertFalse(os.path.exists(self.public))

    def test_what_the_service_s_account_put_there(self):
        """Root neither writes through it nor waits for it, nor gives it away."""
        precious = os.path.join(self.directory, "precious")
        with open(precious, "w") as file:
            file.write("precious")
        os.chmod(precious, 0o600)
        before = os.stat(precious)
        for name in ("verdict.json", "service.json", "baseline.json"):
            path = os.path.join(self.state, name)
            for what, put in (("a pipe", os.mkfifo), ("a link", lambda path: os.symlink(precious, path)),
                              ("a device", lambda path: os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3)))):
                with self.subTest(f"{name}: {what}"):
                    self.reset()
                    self.expect(0, "run", "--once")
                    os.chown(self.state, 4321, 4321)
                    os.remove(path)
                    put(path)
                    result = self.agent("accept", "--yes", tpm=self.other, timeout=60)
                    self.assertIn("something else than a regular file is in its place", result.err, result)
                    self.assertFalse(stat.S_ISREG(os.lstat(path).st_mode))
        with self.subTest("a second name of a file"):
            self.reset()
            self.expect(0, "run", "--once")
            os.remove(os.path.join(self.state, "service.json"))
            os.link(precious, os.path.join(self.state, "service.json"))
            self.expect(0, "accept", "--yes", tpm=self.other)
        with self.subTest("what is published"):
            os.remove(self.public)
            os.mkfifo(self.public)
            self.env["JOURNAL_STREAM"] = "8:1"
            result = self.expect(0, "run", "--once", tpm=self.other)
            self.assertIn("<4>vtpm-agent: the verdict is not published", result.err)
            os.remove(self.public)
            self.expect(0, "run", "--once", tpm=self.other)
            self.assertEqual(self.read(self.public)["continuity"], "continuous")
        after = os.stat(precious)
        self.assertEqual((after.st_uid, after.st_mode, after.st_size), (before.st_uid, before.st_mode, 8))

    def ask(self, answer, meanwhile=lambda: None, tpm=None):
        """Runs it on a terminal, where a person answers."""
        mine, its = pty.openpty()
        child = agent.start("accept", "--state", self.state, tpm=tpm or self.other, env=self.env, stdin=its, stdout=its,
                            stderr=subprocess.STDOUT)
        self.addCleanup(process.kill, child)
        os.close(its)
        shown = b""
        try:
            while b"[y/N]" not in shown:
                shown += os.read(mine, 4096)
            meanwhile()
            os.write(mine, answer)
            while True:
                shown += os.read(mine, 4096)
        except OSError:  # Linux: the other side is closed
            pass
        os.close(mine)
        code = child.wait(60)
        process.reap(child)
        agent.check_sanitizers()
        return code, shown.decode()

    def test_asks_a_person(self):
        self.expect(0, "run", "--once")
        for answer in (b"n\n", b"\n", b"\x04"):
            code, shown = self.ask(answer)
            self.assertEqual(code, 3, shown)
            self.assertIn("nothing was accepted", shown)
            self.expect(2, "compare", tpm=self.other)
        code, shown = self.ask(b"y\n")
        self.assertEqual(code, 0, shown)
        self.assertIn(ACCEPTED, shown)
        self.expect(0, "compare", tpm=self.other)

    def test_the_service_adopts_it_at_once(self):
        self.expect(0, "run", "--once")
        log = os.path.join(self.directory, "log")
        with open(log, "w") as file:
            child = agent.start("run", "--interval", "86400", "--state", self.state, tpm=self.other, env=self.env,
                                stderr=file)
        self.addCleanup(process.kill, child)

        def wait(text, path=log):
            end = time.monotonic() + 60
            while True:
                with open(path) as file:
                    lines = file.read()
                if text in lines:
                    return
                self.assertLess(time.monotonic(), end, lines)
                time.sleep(0.05)

        wait("continuity=replaced reason=ek-changed cause=start")
        self.expect(0, "accept", "--yes", tpm=self.other)
        accepted = self.read("baseline.json")
        wait("continuity=continuous reason=same-tpm cause=accept")
        self.assertEqual(self.read("baseline.json")["ak"], accepted["ak"])
        wait('"continuity":"continuous"', self.public)
        self.assertNotIn("called", os.listdir(self.state))
        child.terminate()
        self.assertEqual(child.wait(30), 0)
        process.reap(child)
        agent.check_sanitizers()

    def test_root_reads_more_than_the_service(self):
        """What the service's account cannot read is not in its baseline either: each comparison would warn."""
        config = os.path.join(self.directory, "conf")
        with open(config, "w") as file:
            file.write("[collector]\nuuid = 5f3c2f6e-0d2b-4f47-8a39-5b1f6f4f7a01\n")
        self.expect(0, "run", "--once")
        refused = {"error": {"code": "permission", "message": "open product_uuid: denied"}}
        self.change("baseline.json", smbios=refused)
        self.expect(0, "accept", "--yes", "--config", config, tpm=self.other)
        self.assertEqual(self.read("baseline.json")["smbios"], refused)
        self.assertIn("certificates", self.read("baseline.json"))
        with self.subTest("nothing is left out where no service was"):
            self.reset()
            self.expect(0, "accept", "--yes", "--config", config, tpm=self.other)
            self.assertIn("uuid", self.read("baseline.json")["smbios"])

    def test_stays_the_service_s(self):
        """Root accepts, and the service, which has an account of its own, must read it."""
        self.expect(0, "run", "--once")
        for name in ("", "verdict.json", "service.json"):
            os.chown(os.path.join(self.state, name), 4321, 4321)
        # As somebody left it who wrote over it by hand.
        os.chmod(os.path.join(self.state, "baseline.json"), 0o400)
        self.expect(0, "accept", "--yes", tpm=self.other)
        for name in ("baseline.json", "verdict.json", "service.json"):
            of = os.stat(os.path.join(self.state, name))
            self.assertEqual((of.st_uid, of.st_gid), (4321, 4321), name)
            self.assertEqual(stat.S_IMODE(of.st_mode) & 0o600, 0o600, name)


class Baselines(Case):
    def test_save_spares_what_is_there(self):
        path = os.path.join(self.directory, "b.json")
        self.expect_save(0, path)
        with open(path) as file:
            before = file.read()
        result = self.expect_save(3, path, tpm=self.other)
        self.assertIn("--force", result.err)
        self.assertIn("the baseline of 20", result.err)
        with open(path) as file:
            self.assertEqual(file.read(), before)
        self.expect_save(0, path, "--force", tpm=self.other)
        self.expect(0, "compare", path, tpm=self.other)
        self.expect(2, "compare", path)
        with self.subTest("no baseline"):
            with open(path, "w") as file:
                file.write("notes")
            self.assertIn("no baseline", self.expect_save(3, path).err)
        with self.subTest("empty, as mktemp makes it"):
            open(path, "w").close()
            self.expect_save(0, path)

    def expect_save(self, code, path, *words, tpm=None):
        result = agent.run("baseline", "save", path, *words, tpm=tpm or self.tpm)
        self.assertEqual(result.code, code, result)
        return result

    def test_the_service_s_is_found(self):
        self.assertIn("no baseline", self.expect(3, "compare").err)
        self.assertIn("baseline.json", self.expect(3, "baseline", "show").err)
        self.expect(0, "run", "--once")
        self.assertIn("CONTINUOUS", self.expect(0, "compare").out)
        self.assertIn("REPLACED", self.expect(2, "compare", tpm=self.other).out)
        self.assertIn(self.ek(self.tpm), self.expect(0, "baseline", "show", tpm=self.other).out)

    def test_show(self):
        path = os.path.join(self.directory, "b.json")
        self.expect_save(0, path)
        result = agent.run("baseline", "show", path)
        self.assertEqual(result.code, 0, result)
        self.assertIn("BASELINE  the vTPM as it was at 20", result.out)
        self.assertIn(self.ek(self.tpm), result.out)
        with open(path) as file:
            document = json.load(file)
        document["quote"]["signature"] = document["quote"]["signature"][:-8] + "AAAAAAA="
        with open(path, "w") as file:
            json.dump(document, file)
        result = agent.run("baseline", "show", path)
        self.assertEqual(result.code, 3, result)
        self.assertIn("UNPROVEN", result.out)
        self.assertEqual(agent.run("baseline", "show", path, "--force").code, 64)
        self.assertEqual(agent.run("baseline", "save", path + "x", "--state", self.state, tpm=self.tpm).code, 64)


if __name__ == "__main__":
    unittest.main()
