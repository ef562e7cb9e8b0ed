#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The TPM does what it was told, and the guest reads its own command in the place of the answer: QEMU's
tpm-crb, when a live migration switches over just then."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import luks  # noqa: E402
import oracle  # noqa: E402
import pcr_signer  # noqa: E402
from swtpm import Swtpm  # noqa: E402

READING = {"GetCapability": 0x17A, "GetTestResult": 0x17C, "GetRandom": 0x17B, "ReadClock": 0x181,
           "ReadPublic": 0x173, "NV_ReadPublic": 0x169, "NV_Read": 0x14E, "PCR_Read": 0x17E,
           "Quote": 0x158}
CREATE_PRIMARY, FLUSH_CONTEXT, NV_INCREMENT = 0x131, 0x165, 0x134
LOAD, TEST_PARMS = 0x157, 0x18A
SRK = 0x81000001
LOST = ("its answer was lost: the command itself came back, as when a live migration switches over just "
        "then")


class Echo(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm())

    def ask(self, options):
        return agent.status(tcti=agent.mangled(f"mangle=echo,{options}", self.tpm))

    def assert_healthy(self, result):
        self.assertEqual((result.code, result.err), (0, ""), result)
        self.assertEqual(oracle.handles(self.tpm, "transient"), [])

    def test_reading_commands_are_asked_again(self):
        usual = agent.status(tpm=self.tpm)
        for name, code in READING.items():
            for nth in (1, 2):
                with self.subTest(name, nth=nth):
                    result = self.ask(f"code={code:#x},nth={nth}")
                    self.assert_healthy(result)
                    self.assertEqual(result.results, usual.results)
        result = agent.status("--verbose", tcti=agent.mangled("mangle=echo,code=0x181,nth=1", self.tpm))
        self.assertIn("TPM2_ReadClock: its answer was lost; asked again", result.err)

    def test_only_once(self):
        for name, code in READING.items():
            with self.subTest(name):
                result = self.ask(f"code={code:#x}")
                self.assertEqual((result.code, result.json["reason"]), (1, "responsive"))
                self.assertIn(f"TPM2_{name}: {LOST}", result.out)
                self.assertIn('"answer-lost"', result.out)
                self.assertEqual(oracle.handles(self.tpm, "transient"), [])

    def test_a_key_is_made_again_and_none_is_left(self):
        names = agent.status(tpm=self.tpm).evidence
        for nth in (1, 2):
            result = self.ask(f"code={CREATE_PRIMARY:#x},nth={nth}")
            self.assert_healthy(result)
            for part in ("srk", "ak"):
                self.assertEqual(result.evidence[part], names[part])
        result = self.ask(f"code={CREATE_PRIMARY:#x}")
        self.assertEqual(result.evidence["srk"]["error"]["message"], f"TPM2_CreatePrimary: {LOST}")
        self.assertEqual(oracle.handles(self.tpm, "transient"), [])

    def test_a_flush(self):
        for options in ("nth=1", "nth=2", "nth=0"):
            self.assert_healthy(self.ask(f"code={FLUSH_CONTEXT:#x},{options}"))

    def test_a_counter_is_never_counted_twice(self):
        self.assertEqual(agent.run("beacon", "enable", tpm=self.tpm).code, 0)
        baseline = os.path.join(self.tpm.directory, "baseline.json")
        self.assertEqual(agent.run("baseline", "save", "--force", baseline, tpm=self.tpm).code, 0)
        tcti = agent.mangled(f"mangle=echo,code={NV_INCREMENT:#x}", self.tpm)
        result = agent.run("compare", baseline, "--json", tcti=tcti)
        self.assertEqual(result.json["continuity"], "continuous", result)
        self.assertIn("stands at 2.", agent.run("beacon", "status", tpm=self.tpm).out)

    def test_an_unlocking(self):
        """One object sealed to PCR 7, one to the key of a signer, under the same parent."""
        signer = pcr_signer.Signer(bits=3072)
        with luks.Volume() as volume:
            volume.enrol(self.tpm, "--tpm2-pcrs=7")
            volume.enrol(self.tpm, "--tpm2-pcrs=", "--tpm2-public-key=" + volume.file("public", signer.public))
            # systemd keeps the parent in the TPM since 255: it is read, and not made again.
            is_kept = SRK in oracle.handles(self.tpm, "persistent")
            parent = ("ReadPublic", READING["ReadPublic"]) if is_kept else ("CreatePrimary", CREATE_PRIMARY)

            def ask(options):
                result = agent.run("unlock", "--volume", volume.path, "--json", "--verbose",
                                   tcti=agent.mangled(f"mangle=echo,{options}", self.tpm))
                self.assertEqual(oracle.handles(self.tpm, "transient"), [])
                return [slot["result"] for slot in result.json["volumes"][0]["slots"]], result

            usual = ["opens", "signed-policy"]
            for name, code in (parent, ("Load", LOAD), ("FlushContext", FLUSH_CONTEXT), ("TestParms", TEST_PARMS)):
                with self.subTest(name):
                    results, result = ask(f"code={code:#x},nth=1")
                    self.assertEqual(results, usual)
                    if name != "FlushContext":
                        self.assertIn(f"TPM2_{name}: its answer was lost", result.err)
            with self.subTest("the second object's"):
                self.assertEqual(ask(f"code={LOAD:#x},nth=2")[0], usual)
            for name, code in parent, ("Load", LOAD):
                with self.subTest(f"every TPM2_{name}"):
                    results, result = ask(f"code={code:#x}")
                    self.assertEqual(results, ["unknown", "unknown"])
                    self.assertIn(f"TPM2_{name}: {LOST}", result.out)


if __name__ == "__main__":
    unittest.main()
