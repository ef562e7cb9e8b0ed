#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent unlock, of volumes that systemd 261 or later enrolled, under the SRK that it keeps in the TPM; and signed
policies. The truth is systemd's own unlocking."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import agent  # noqa: E402
import debian  # noqa: E402
import luks  # noqa: E402
import pcr_signer  # noqa: E402
import process  # noqa: E402
import uki  # noqa: E402
from hanging_mount import HangingMount  # noqa: E402
from swtpm import Swtpm  # noqa: E402

PIN = "0815"
SRK = "0x81000001"
OPEN = {"opens": True, "needs-pin": True, "pcr-differs": False, "other-vtpm": False, "signed-policy": False,
        "policy-fails": False, "unknown": False}


class UnlockNew(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = cls.enterClassContext(debian.Root(uki.TAR))

    def setUp(self):
        self.tpm = self.enterContext(Swtpm(banks="sha1,sha256"))
        luks.extend(self.tpm, 4, 7, 11)

    def volume(self, *words, pin=None):
        volume = self.enterContext(luks.Volume(root=self.root))
        volume.enrol(self.tpm, *words, pin=pin)
        return volume

    def file(self, content):
        """As the one who enrols sees it."""
        self.root.write("tmp/pub", content.decode())
        return "/tmp/pub"

    def result(self, volume, tpm=None, runner=agent.run):
        """What the agent says of its only token: the truth."""
        run = runner("unlock", "--volume", volume.path, "--json", tpm=tpm or self.tpm)
        [slot] = run.json["volumes"][0]["slots"]
        self.assertEqual(volume.unlocks(tpm or self.tpm, PIN), OPEN[slot["result"]], slot)
        return slot["result"]

    def test_matrix(self):
        volumes = [self.volume("--tpm2-pcrs=7"), self.volume("--tpm2-pcrs=4+7"), self.volume("--tpm2-pcrs=7", pin=PIN)]

        def results(tpm=None):
            return [self.result(volume, tpm) for volume in volumes]

        self.assertEqual(results(), ["opens", "opens", "needs-pin"])
        luks.extend(self.tpm, 4)
        self.assertEqual(results(), ["opens", "pcr-differs", "needs-pin"])
        with self.subTest("the SRK is gone"):
            luks.tpm2(self.tpm, "evictcontrol", "-C", "o", "-c", SRK)
            self.assertEqual(results(), ["unknown"] * 3)
        with self.subTest("cleared, without an SRK"):
            luks.tpm2(self.tpm, "clear", "-c", "l")
            self.assertEqual(results(), ["other-vtpm"] * 3)
        with self.subTest("replaced, with an SRK of its own"), Swtpm(name="other") as other:
            self.enterContext(luks.Volume(root=self.root)).enrol(other, "--tpm2-pcrs=7")
            self.assertIn(SRK.encode(), luks.tpm2(other, "getcap", "handles-persistent").stdout)
            self.assertEqual(results(other), ["other-vtpm"] * 3)

    def run_with_signatures(self, text):
        """The agent where systemd finds these signatures: in a mount namespace of its own."""
        self.root.write(pcr_signer.PATH, text)

        def run(*words, tpm):
            script = 'mount --bind "$0" /run && exec "$@"'
            argv = ["unshare", "--mount", "sh", "-c", script, self.root.path("run"), *agent.arguments(*words, tpm=tpm)]
            result = subprocess.run(argv, capture_output=True, text=True, env=agent.environment(), timeout=60)
            agent.check_sanitizers()
            return agent.Result(result.returncode, result.stdout, result.stderr, 0, 0)
        return run

    def test_signed_policy(self):
        signer, other = pcr_signer.Signer(), pcr_signer.Signer()
        with luks.Volume(root=self.root) as volume, luks.Volume(root=self.root) as literal:
            for each, pcrs in ((volume, ""), (literal, "7")):
                each.enrol(self.tpm, f"--tpm2-pcrs={pcrs}", "--tpm2-public-key=" + each.file("pub", signer.public),
                           "--tpm2-public-key-pcrs=11")
            pcrs = agent.run("evidence", tpm=self.tpm).json["pcrs"]["banks"]["sha256"]
            value = bytes.fromhex(pcrs["11"])

            def results(text):
                run = self.run_with_signatures(text)
                return [self.result(volume, runner=run), self.result(literal, runner=run)]

            self.assertEqual(results("{}"), ["signed-policy"] * 2)
            self.assertEqual(results("no JSON"), ["signed-policy"] * 2)
            self.assertEqual(results(other.allow(value)), ["signed-policy"] * 2)
            self.assertEqual(results(signer.allow(bytes(32))), ["signed-policy"] * 2)
            allowed = signer.allow(value)
            self.assertEqual(results(allowed), ["opens"] * 2)
            luks.extend(self.tpm, 7)
            self.assertEqual(results(allowed), ["opens", "pcr-differs"])
            luks.extend(self.tpm, 11)
            self.assertEqual(results(allowed), ["signed-policy", "pcr-differs"])

    def test_keys_that_nothing_checks(self):
        """systemd seals to them without a word, and the signatures are right; but it tells the TPM that all are of RSA,
        and this TPM knows no RSA of 4096 bits."""
        for signer, result, detail in ((pcr_signer.Signer(bits=3072), "opens", ""),
                                       (pcr_signer.Signer(bits=4096), "policy-fails", "as large as"),
                                       (pcr_signer.EllipticSigner(), "signed-policy", "RSA key")):
            volume = self.volume("--tpm2-pcrs=", "--tpm2-public-key=" + self.file(signer.public),
                                 "--tpm2-public-key-pcrs=11")
            pcrs = agent.run("evidence", tpm=self.tpm).json["pcrs"]["banks"]["sha256"]
            run = self.run_with_signatures(signer.allow(bytes.fromhex(pcrs["11"])))
            with self.subTest(result):
                self.assertEqual(self.result(volume, runner=run), result)
                self.assertIn(detail, run("unlock", "--volume", volume.path, "--json", tpm=self.tpm).out)


class Hangs(unittest.TestCase):
    def test_a_disk_that_does_not_answer(self):
        """A quarter of the time is its; then the rest goes on, and nobody waits for who reads it."""
        with Swtpm() as tpm, HangingMount(os.path.join(process.temporary_directory("hang"), "dead")) as dead:
            disk = os.path.join(dead.path, "disk")
            result = agent.run("unlock", "--volume", disk, "--timeout", "8", tpm=tpm)
        self.assertEqual((result.code, result.out, result.err),
                         (3, "", f"vtpm-agent: {disk} does not answer\n"))
        self.assertLess(result.seconds, 30)


if __name__ == "__main__":
    unittest.main()
