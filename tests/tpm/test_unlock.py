#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent unlock, of volumes that the real systemd-cryptenroll enrolled: what it says before is held against
what the real unlocking comes to."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import by_hand  # noqa: E402, F401
import agent  # noqa: E402
import luks  # noqa: E402
import process  # noqa: E402
import schemas  # noqa: E402
from swtpm import Swtpm  # noqa: E402

PIN = "0815"
OPEN = {"opens": True, "needs-pin": True, "pcr-differs": False, "other-vtpm": False,
        "unreadable": False}


@unittest.skipIf(luks.system_version() >= 255, "by hand only as systemd sealed before 255; see test_unlock_new.py")
class Unlock(unittest.TestCase):
    def setUp(self):
        self.volume = self.enterContext(luks.Volume())
        self.tpm = self.enterContext(Swtpm(banks="sha1,sha256"))
        luks.extend(self.tpm, 4, 7)

    def unlock(self, *words, tpm=None):
        result = agent.run("unlock", "--volume", self.volume.path, "--json", *words, tpm=tpm or self.tpm)
        self.assertEqual(result.err, "", result)
        self.assertEqual(schemas.complaints("unlock.schema.json", result.json), [])
        self.assertEqual(result.code, result.json["exit_code"])
        return result

    def results(self, tpm=None):
        """{token: result}, each the truth."""
        tpm = tpm or self.tpm
        [volume] = self.unlock(tpm=tpm).json["volumes"]
        self.assertEqual(volume["uuid"], self.volume.uuid)
        for slot in volume["slots"]:
            if slot["type"] == "systemd-tpm2":
                self.assertEqual(self.volume.opens(tpm, slot["token"], pin=PIN), OPEN[slot["result"]], slot)
        self.assertEqual(luks.tpm2(tpm, "getcap", "handles-transient").stdout, b"")
        return {slot["token"]: slot["result"] for slot in volume["slots"]}

    def enrol_all(self):
        """Tokens 0 to 4."""
        self.volume.enrol(self.tpm, "--tpm2-pcrs=7")
        self.volume.enrol(self.tpm, "--tpm2-pcrs=4+7")
        self.volume.enrol(self.tpm, "--tpm2-pcrs=7", pin=PIN)
        self.volume.enrol(self.tpm, "--tpm2-pcrs=")
        self.volume.enrol(None, "--recovery-key")

    def test_matrix(self):
        self.enrol_all()
        intact = {0: "opens", 1: "opens", 2: "needs-pin", 3: "opens", 4: "not-tpm"}
        with self.subTest("the same TPM"):
            self.assertEqual(self.results(), intact)
        with self.subTest("restarted, with the same PCRs"):
            self.tpm.restart()
            luks.extend(self.tpm, 4, 7)
            self.assertEqual(self.results(), intact)
        with self.subTest("one more extension of PCR 4"):
            luks.extend(self.tpm, 4)
            self.assertEqual(self.results(), {**intact, 1: "pcr-differs"})
        with self.subTest("and of PCR 7"):
            luks.extend(self.tpm, 7)
            self.assertEqual(self.results(), {0: "pcr-differs", 1: "pcr-differs", 2: "pcr-differs", 3: "opens",
                                              4: "not-tpm"})
        lost = {token: "other-vtpm" for token in range(4)} | {4: "not-tpm"}
        with self.subTest("replaced"), Swtpm(name="other") as other:
            luks.extend(other, 4, 7)
            self.assertEqual(self.results(tpm=other), lost)
        with self.subTest("cleared"):
            luks.tpm2(self.tpm, "clear", "-c", "l")
            self.assertEqual(self.results(), lost)

    def test_clevis(self):
        """The TPM's pin, alone and as a share."""
        with Swtpm(banks="sha1,sha256") as tpm:
            luks.extend(tpm, 4, 7)
            bindings = [("tpm2", "{}"), ("tpm2", '{"pcr_bank": "sha256", "pcr_ids": "4,7"}'),
                        ("tpm2", '{"key": "rsa", "pcr_ids": "7"}'),
                        ("tpm2", '{"hash": "sha1"}'), ("tpm2", '{"hash": "sha1", "pcr_ids": "7"}'),
                        ("sss", '{"t": 1, "pins": {"tpm2": {"pcr_bank": "sha256", "pcr_ids": "7"}}}'),
                        ("sss", '{"t": 2, "pins": {"tpm2": [{"pcr_bank": "sha256", "pcr_ids": "7"}, {}]}}')]
            for binding in bindings:
                self.volume.bind(tpm, *binding)

            def results(tpm):
                slots = self.unlock(tpm=tpm).json["volumes"][0]["slots"]
                for slot in slots[:-1]:
                    self.assertEqual(self.volume.opens_by_clevis(tpm, slot["token"]), OPEN[slot["result"]], slot)
                self.assertEqual({slot["type"] for slot in slots}, {"clevis"})
                return [slot["result"] for slot in slots]

            rest = ["opens", "unreadable"]
            self.assertEqual(results(tpm), ["opens", "opens", "opens", *rest, "opens", "unknown"])
            luks.extend(tpm, 7)
            self.assertEqual(results(tpm), ["opens", "pcr-differs", "opens", *rest, "pcr-differs", "pcr-differs"])
            luks.extend(tpm, 7, bank="sha1")
            self.assertEqual(results(tpm), ["opens", "pcr-differs", "pcr-differs", *rest] + ["pcr-differs"] * 2)
            luks.tpm2(tpm, "clear", "-c", "l")
            lost = ["other-vtpm"]
            self.assertEqual(results(tpm), lost * 4 + ["unreadable"] + lost * 2)

    def test_rolled_back(self):
        """An older state of the same TPM has the same seeds."""
        self.tpm.stop()
        older = self.tpm.snapshot()
        self.tpm.start()
        luks.extend(self.tpm, 4, 7)
        self.volume.enrol(self.tpm, "--tpm2-pcrs=7")
        self.tpm.stop()
        self.tpm.restore(older)
        self.tpm.start()
        luks.extend(self.tpm, 7)
        self.assertEqual(self.results(), {0: "opens"})

    def test_exit_codes(self):
        self.assertEqual(self.unlock().code, 0)     # nothing is sealed
        self.volume.enrol(self.tpm, "--tpm2-pcrs=7", pin=PIN)
        self.assertEqual(self.unlock().code, 0)
        self.assertEqual(self.unlock("--before-reboot").code, 1)
        self.volume.enrol(self.tpm, "--tpm2-pcrs=4")
        self.assertEqual(self.unlock("--before-reboot").code, 0)
        luks.extend(self.tpm, 4)
        self.assertEqual(self.unlock("--before-reboot").code, 1)
        luks.extend(self.tpm, 7)
        self.assertEqual(self.unlock().code, 2)
        self.assertEqual(self.unlock("--before-reboot").code, 2)
        self.tpm.suspend()
        self.assertEqual(self.unlock("--timeout", "1").code, 3)

    def test_baseline(self):
        """One that is named must be there; one that knows no boot says nothing of it."""
        self.volume.enrol(self.tpm, "--tpm2-pcrs=4")
        path = os.path.join(self.tpm.directory, "baseline.json")
        result = agent.run("unlock", "--volume", self.volume.path, "--baseline", path, tpm=self.tpm)
        self.assertEqual((result.code, result.out), (3, ""))
        self.assertIn("baseline.json", result.err)
        self.assertEqual(agent.run("baseline", "save", "--force", path, tpm=self.tpm).code, 0)
        luks.extend(self.tpm, 4)
        self.assertNotIn("boot_changes", self.unlock("--baseline", path).json)

    def test_example(self):
        """A restart only where all disks open by themselves."""
        example = os.path.join(HERE, "..", "..", "examples", "reboot-if-disks-open")
        words = agent.arguments(tpm=self.tpm)
        wrapper = os.path.join(self.volume.directory, "agent")
        with open(wrapper, "w") as file:
            os.fchmod(file.fileno(), 0o755)
            file.write(f'#!/bin/sh\nexec {words[0]} "$@" --volume {self.volume.path} {" ".join(words[1:])}\n')

        def restart():
            return subprocess.run(["sh", example, "echo", "restarted"], capture_output=True, text=True,
                                  env=agent.environment(VTPM_AGENT=wrapper))

        self.volume.enrol(self.tpm, "--tpm2-pcrs=7")
        result = restart()
        self.assertEqual((result.returncode, result.stdout.splitlines()[-1]), (0, "restarted"), result)
        luks.extend(self.tpm, 7)
        result = restart()
        self.assertEqual(result.returncode, 2, result)
        self.assertNotIn("restarted", result.stdout)
        self.assertIn("not restarted", result.stderr)

    def test_pcrs_are_named(self):
        self.volume.enrol(self.tpm, "--tpm2-pcrs=4+7")
        luks.extend(self.tpm, 7)
        [volume] = self.unlock().json["volumes"]
        [slot] = volume["slots"]
        self.assertEqual((slot["pcrs"], slot["differ"], slot["bank"]), ([4, 7], [4, 7], "sha256"))
        page = agent.run("unlock", "--volume", self.volume.path, tpm=self.tpm)
        self.assertEqual(page.code, 2)
        self.assertIn(self.volume.uuid, page.out)
        self.assertIn("will not", page.out)
        self.assertIn("recovery key", page.out)

    def test_lockout(self):
        """Nothing that is asked counts, and what the TPM refuses then is not called lost."""
        self.volume.enrol(self.tpm, "--tpm2-pcrs=7", pin=PIN)
        for _ in range(10):
            self.unlock()
        variable = luks.tpm2(self.tpm, "getcap", "properties-variable").stdout.decode()
        self.assertIn("TPM2_PT_LOCKOUT_COUNTER: 0x0", variable)
        luks.tpm2(self.tpm, "dictionarylockout", "-s", "-n", "1", "-t", "1000", "-l", "1000")
        self.assertFalse(self.volume.opens(self.tpm, 0, pin="wrong"))
        self.assertFalse(self.volume.opens(self.tpm, 0, pin=PIN))
        result = self.unlock()
        self.assertEqual([slot["result"] for slot in result.json["volumes"][0]["slots"]], ["lockout"])
        self.assertEqual(result.code, 1)
        luks.tpm2(self.tpm, "dictionarylockout", "-c")
        self.assertEqual(self.results(), {0: "needs-pin"})

    def test_what_the_manual_says_of_a_crash(self):
        """A key of systemd's before 254 is protected: once it was used, a crash counts as one failed try."""
        self.volume.enrol(self.tpm, "--tpm2-pcrs=7")
        for _ in range(2):
            self.unlock()
        self.tpm.kill()
        self.tpm.start()
        variable = luks.tpm2(self.tpm, "getcap", "properties-variable").stdout.decode()
        self.assertIn("TPM2_PT_LOCKOUT_COUNTER: 0x1", variable)

    def test_room_for_what_is_sealed(self):
        for _ in range(9):
            self.volume.enrol(None, "--recovery-key")
        self.volume.enrol(self.tpm, "--tpm2-pcrs=7")
        result = self.unlock("--before-reboot")
        slots = result.json["volumes"][0]["slots"]
        self.assertEqual((slots[-1]["type"], slots[-1]["result"]), ("systemd-tpm2", "opens"))
        self.assertEqual((result.code, result.json["left_out"]), (0, 0))

    def test_damaged(self):
        self.volume.enrol(self.tpm, "--tpm2-pcrs=7")
        with open(self.volume.path, "r+b") as file:     # the first copy: libcryptsetup takes the second
            file.seek(5000)
            file.write(b"x")
        self.assertEqual([slot["result"] for slot in self.unlock().json["volumes"][0]["slots"]], ["opens"])
        with open(self.volume.path, "r+b") as file:
            file.seek(0x4000 + 5000)
            file.write(b"x")
        result = self.unlock()
        self.assertEqual([slot["result"] for slot in result.json["volumes"][0]["slots"]], ["unreadable"])
        self.assertEqual(result.code, 2)

    def test_wiped_slot(self):
        self.volume.enrol(self.tpm, "--tpm2-pcrs=7")
        self.volume.cryptsetup("luksKillSlot", "--batch-mode", "--key-file", self.volume.passphrase, self.volume.path,
                               self.volume.tokens[0]["keyslots"][0])
        [slot] = self.unlock().json["volumes"][0]["slots"]
        self.assertEqual((slot["result"], slot["detail"]),
                         ("unreadable", "its key slot was removed from the volume"))

    def test_no_volume(self):
        older = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "luks1")
        with open(older, "wb") as file:
            file.write(b"LUKS\xba\xbe\0\1" + bytes(8192))
        for path, message in {os.devnull: "no LUKS2 volume", older: "a volume of LUKS1", "/nonexistent": "No such file or directory"}.items():
            result = agent.run("unlock", "--volume", path, tpm=self.tpm)
            self.assertEqual((result.code, result.out), (3, ""))
            self.assertIn(message, result.err)
            self.assertEqual(result.err.count("\n"), 1)

    def test_killed(self):
        """The broker flushes what the agent had loaded."""
        self.enrol_all()
        for _ in range(5):
            with agent.start("unlock", "--volume", self.volume.path, tpm=self.tpm,
                             env=agent.environment(will_be_killed=True)) as child:
                process.wait_until(lambda: False, 0.05)
                child.kill()
        self.assertTrue(process.wait_until(
            lambda: luks.tpm2(self.tpm, "getcap", "handles-transient").stdout == b""))


if __name__ == "__main__":
    unittest.main()
