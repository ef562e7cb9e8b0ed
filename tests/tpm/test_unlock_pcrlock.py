#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent unlock, of volumes that the real systemd-cryptenroll sealed to a policy of the real systemd-pcrlock: which
PCRs pcrlock.json allows, and what of it the TPM has in its NV index. The truth is systemd's own unlocking."""

import hashlib
import json
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
import uki  # noqa: E402
from swtpm import Swtpm  # noqa: E402

PIN = "0815"
POLICY = "/var/lib/systemd/pcrlock.json"
COMPONENTS = "/etc/of-the-test"
LOG = "/run/log/systemd/tpm2-measure.log"
OPEN = {"opens": True, "needs-pin": True, "pcr-differs": False, "policy-fails": False, "other-vtpm": False,
        "signed-policy": False, "pcrlock": False}


def digests(word):
    return [{"hashAlg": name, "digest": hashlib.new(name, word.encode()).hexdigest()} for name in ("sha1", "sha256")]


class Pcrlock(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = cls.enterClassContext(debian.Root(uki.TAR))

    def setUp(self):
        self.tpm = self.enterContext(Swtpm(banks="sha1,sha256"))
        self.root.check("rm", "-f", POLICY)
        self.log = []
        self.extend(11, "kernel")
        self.extend(13, "extension")

    def extend(self, pcr, word, tpm=None):
        """As systemd does in the system's log, which pcrlock reads."""
        luks.tpm2(tpm or self.tpm, "pcrextend", f"{pcr}:" + ",".join(f"{one['hashAlg']}={one['digest']}" for one in digests(word)))
        if not tpm:
            self.log.append({"pcr": pcr, "digests": digests(word), "content_type": "systemd",
                             "content": {"string": word, "eventType": "phase"}})

    def allow(self, kernels=("kernel", "kernel of tomorrow"), tpm=None):
        """What systemd-pcrlock makes of these components. As in a boot, each has its record in the log."""
        self.root.write(LOG, "".join(f"\x1e{json.dumps(record)}\n" for record in self.log))
        self.root.check("rm", "-rf", COMPONENTS)
        for number, word in enumerate(kernels):
            self.component(f"100-kernel.pcrlock.d/{number}.pcrlock", 11, word)
        self.component("200-extension.pcrlock", 13, "extension")
        self.pcrlock("make-policy", "--pcr=11+13", f"--components={COMPONENTS}", "--recovery-pin=hide", tpm=tpm)

    def component(self, name, pcr, word):
        self.root.write(f"{COMPONENTS}/{name}", json.dumps({"records": [{"pcr": pcr, "digests": digests(word)}]}))

    def pcrlock(self, *words, tpm=None):
        tpm = tpm or self.tpm
        self.root.check("env", f"SYSTEMD_TPM2_DEVICE={tpm.tcti}", f"SYSTEMD_MEASURE_LOG_USERSPACE={LOG}",
                        "/usr/lib/systemd/systemd-pcrlock", *words)
        luks.flush(tpm)

    def volume(self, *words, pin=None):
        volume = self.enterContext(luks.Volume(root=self.root))
        volume.enrol(self.tpm, "--tpm2-pcrlock=" + POLICY, *words, pin=pin)
        return volume

    def look(self, volume, tpm=None):
        """The slot, where systemd finds its files: in a mount namespace of its own."""
        script = 'mount --bind "$0/run" /run && mount --bind "$0/var/lib/systemd" /var/lib/systemd && exec "$@"'
        words = agent.arguments("unlock", "--volume", volume.path, "--json", tpm=tpm or self.tpm)
        result = subprocess.run(["unshare", "--mount", "sh", "-c", script, self.root.directory, *words],
                                capture_output=True, text=True, env=agent.environment(), timeout=60)
        agent.check_sanitizers()
        self.assertEqual(result.stderr, "")
        [slot] = json.loads(result.stdout)["volumes"][0]["slots"]
        return slot

    def slot(self, volume, tpm=None):
        """The same, and it is the truth."""
        slot = self.look(volume, tpm)
        self.assertEqual(volume.unlocks(tpm or self.tpm, PIN), OPEN[slot["result"]], slot)
        return slot

    def results(self, *volumes, tpm=None):
        return [self.slot(volume, tpm)["result"] for volume in volumes]

    def test_which_pcrs(self):
        self.allow()
        plain, pin, literal = self.volume("--tpm2-pcrs="), self.volume("--tpm2-pcrs=", pin=PIN), self.volume("--tpm2-pcrs=7")
        self.assertEqual(self.results(plain, pin, literal), ["opens", "needs-pin", "opens"])
        slot = self.slot(literal)
        self.assertEqual((slot["bank"], slot["pcrs"]), ("sha256", [7, 11, 13]))
        with self.subTest("the other kernel"):
            self.tpm.restart()
            self.extend(11, "kernel of tomorrow")
            self.extend(13, "extension")
            self.assertEqual(self.results(plain, pin, literal), ["opens", "needs-pin", "opens"])
        with self.subTest("a kernel that nobody allowed"):
            self.tpm.restart()
            self.extend(11, "another kernel")
            self.extend(13, "extension")
            self.assertEqual(self.results(plain, pin, literal), ["pcr-differs"] * 3)
            self.assertEqual(self.slot(plain)["differ"], [11])
        with self.subTest("and a PCR of its own"):
            self.tpm.restart()
            self.extend(11, "kernel")
            self.extend(13, "extension")
            luks.extend(self.tpm, 7)
            self.assertEqual(self.results(plain, pin, literal), ["opens", "needs-pin", "pcr-differs"])
            self.assertEqual(self.slot(literal)["differ"], [7])

    def test_index(self):
        """What the TPM has of it."""
        self.allow()
        volume = self.volume("--tpm2-pcrs=")
        older = self.root.read(POLICY)
        with self.subTest("a new policy, in file and TPM"):
            self.allow(kernels=["kernel"])
            self.assertEqual(self.results(volume), ["opens"])
        with self.subTest("an older file than the TPM has"):
            newer = self.root.read(POLICY)
            self.root.write(POLICY, older)
            self.assertEqual(self.results(volume), ["pcrlock"])
            self.assertIn("another policy", self.slot(volume)["detail"])
        for text, detail in ("no JSON", "not JSON"), ("{}", "no pcrValues"):
            with self.subTest(text):
                self.root.write(POLICY, text)
                self.assertEqual(self.results(volume), ["pcrlock"])
                self.assertIn(detail, self.slot(volume)["detail"])
        with self.subTest("no file"):
            os.unlink(self.root.path(POLICY))
            self.assertEqual(self.results(volume), ["pcrlock"])
            self.assertIn("there is no pcrlock.json", self.slot(volume)["detail"])
            self.root.write(POLICY, newer)
        with self.subTest("removed, and another one in its place"):
            index = json.loads(newer)["nvIndex"]
            luks.tpm2(self.tpm, "nvundefine", "-C", "o", hex(index))
            self.assertEqual(self.results(volume), ["policy-fails"])
            self.assertIn(f"{index:#010x}", self.slot(volume)["detail"])
            os.unlink(self.root.path(POLICY))
            self.pcrlock("make-policy", "--pcr=11+13", f"--components={COMPONENTS}", f"--nv-index={index:#x}",
                         "--recovery-pin=hide")
            self.assertEqual(self.results(volume), ["policy-fails"])
            self.assertIn("not the one", self.slot(volume)["detail"])
        with self.subTest("replaced"), Swtpm(name="other") as other:
            self.extend(11, "kernel", tpm=other)
            self.extend(13, "extension", tpm=other)
            self.assertEqual(self.results(volume, tpm=other), ["other-vtpm"])

    def test_with_a_signature(self):
        """Then each has a share of the secret, and both must be had."""
        self.allow(kernels=["kernel"])
        signer = pcr_signer.Signer()
        self.root.write("/tmp/pub", signer.public.decode())
        volume = self.volume("--tpm2-pcrs=", "--tpm2-public-key=/tmp/pub", "--tpm2-public-key-pcrs=11")
        value = bytes.fromhex(agent.run("evidence", tpm=self.tpm).json["pcrs"]["banks"]["sha256"]["11"])
        self.root.write(pcr_signer.PATH, "{}")
        self.assertEqual(self.results(volume), ["signed-policy"])
        self.root.write(pcr_signer.PATH, signer.allow(value))
        self.assertEqual(self.results(volume), ["opens"])
        self.extend(13, "another extension")
        self.assertEqual(self.results(volume), ["pcr-differs"])


if __name__ == "__main__":
    unittest.main()
