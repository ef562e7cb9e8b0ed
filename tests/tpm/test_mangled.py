#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whatever a TPM answers, the agent ends in time with one of its exit codes and a whole document, and no
sanitizer has anything to say."""

import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
from swtpm import Swtpm  # noqa: E402

COMMANDS = {"GetCapability": 0x17A, "GetTestResult": 0x17C, "GetRandom": 0x17B,
            "ReadClock": 0x181, "ReadPublic": 0x173, "NV_ReadPublic": 0x169, "NV_Read": 0x14E,
            "CreatePrimary": 0x131, "FlushContext": 0x165, "PCR_Read": 0x17E, "Quote": 0x158}
EK_POLICY = "837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa"
CAPABILITIES = 8  # TPM2_GetCapability commands of a run, each with another content


def matters(answer):
    """Whether a part depends on it: the first list is for leftovers, a flush answers nothing."""
    return "code=0x165" not in answer and answer != "code=0x17a,nth=1"


class Mangled(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm(banks="sha1,sha256"))

    def tearDown(self):
        """Whatever was made of handles on the way: a last, undamaged run finds and clears it."""
        result = agent.status(tpm=self.tpm)
        self.assertEqual((result.code, oracle.handles(self.tpm, "transient")), (0, []), result)

    def ask(self, options):
        with self.subTest(options=options):
            result = agent.status("--timeout", "20", tcti=agent.mangled(options, self.tpm))
            self.assertIn(result.code, (0, 1, 2, 3), result)
            self.assertEqual((result.err, result.json["exit_code"]), ("", result.code))
            self.assertEqual(result.json["evidence"]["format"], "vtpm-evidence")
            self.assertTrue(result.out.endswith("}\n"))
            self.assertLess(result.seconds, 10)
            return result
        return None

    def answers(self):
        """Every kind of answer of a run, as options of the mangling TCTI."""
        for name, code in COMMANDS.items():
            for nth in range(1, CAPABILITIES + 1 if name == "GetCapability" else 2):
                yield f"code={code:#x},nth={nth}"

    def test_cut_short(self):
        for answer in self.answers():
            for at in (0, 9, 11):
                result = self.ask(f"mangle=truncate,at={at},{answer}")
                if matters(answer):
                    self.assertEqual(result.code, 2, (answer, at))

    def test_cut_short_and_consistent(self):
        for answer in self.answers():
            for at in (10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 22, 24, 28, 33, 40, 50, 70, 100,
                       140, 300):
                result = self.ask(f"mangle=truncate,at={at},fix=1,{answer}")
                if at < 16 and matters(answer):
                    self.assertEqual(result.code, 2, (answer, at))

    def test_too_long(self):
        for code in COMMANDS.values():
            for at, fix in ((1, 0), (1, 1), (3000, 1), (4090, 1), (60000, 0)):
                self.ask(f"mangle=oversize,at={at},fix={fix},code={code:#x}")

    def test_false_sizes(self):
        for code in COMMANDS.values():
            for size in (0, 10, 0xFFFFFFFF):
                self.ask(f"mangle=claim,at={size},code={code:#x}")

    def test_flipped_bits_in_one_command(self):
        seeds = random.Random(3)
        for answer in self.answers():
            for bits in (1, 1, 1, 2, 4, 8, 16, 64, 200):
                self.ask(f"mangle=flip,bits={bits},from={seeds.choice((0, 6, 10, 10, 10))},"
                         f"seed={seeds.randrange(1 << 32)},{answer}")

    def flush_eks(self):
        """They have no marker: with the list of handles damaged too, nobody can tell them from another
        program's."""
        for handle in map(hex, oracle.handles(self.tpm, "transient")):
            if EK_POLICY in oracle.tpm2(self.tpm, "readpublic", "-c", handle):
                oracle.tpm2(self.tpm, "flushcontext", handle)

    def test_flipped_bits_everywhere(self):
        for seed in range(60):
            self.ask(f"mangle=flip,bits={1 + seed % 5},from=10,seed={seed}")
        self.flush_eks()

    def test_any_response_code(self):
        codes = random.Random(4)
        for code in COMMANDS.values():
            for rc in (1, 0x120, 0x922, 0x908, codes.randrange(0x1000), codes.randrange(1 << 32)):
                result = self.ask(f"mangle=rc,rc={rc:#x},code={code:#x}")
                self.assertIsNotNone(result)


if __name__ == "__main__":
    unittest.main()
