#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""PCRs that are extended while the agent reads them: values and quote are of one moment, or the
evidence says that they are not. swtpm serves one client at a time, so the extends of the other program
go in between the agent's commands by way of a proxy."""

import base64
import hashlib
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
from proxy import Proxy, extend  # noqa: E402
from swtpm import Swtpm  # noqa: E402

PCR_READ = 0x17E
QUOTE = 0x158
READS = 6  # TPM2_PCR_Read of 8 PCRs each, for two banks

# PCR 16 and 23 do not move the update counter: PC Client PTP, table 5 (TCB group).
COUNTED, UNCOUNTED = 10, 16


def digests(seed):
    return {"sha1": hashlib.sha1(b"%d" % seed).digest(),
            "sha256": hashlib.sha256(b"%d" % seed).digest()}


class Extends(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm(banks="sha1,sha256"))

    def run_with(self, should_extend, pcr=COUNTED, when="after"):
        """A run in which an extend follows (or precedes) the n-th command of its code, wherever
        should_extend(code, n) says so; and how many extends that were."""
        counts, extends = {}, []

        def hook(code, send):
            counts[code] = counts.get(code, 0) + 1
            if should_extend(code, counts[code]):
                extends.append(code)
                answer = send(extend(pcr, **digests(len(extends))))
                if answer[6:10] != b"\0\0\0\0":
                    raise AssertionError(f"TPM2_PCR_Extend: {answer.hex()}")

        with Proxy(self.tpm, **{when: hook}) as proxy:
            result = agent.status(tcti=proxy.tcti)
        return result, len(extends), counts

    def is_covered(self, evidence):
        """Whether the quote is over the values beside it."""
        digest = hashlib.sha256(b"".join(
            bytes.fromhex(value) for bank in evidence["pcrs"]["banks"].values()
            for _, value in sorted(bank.items(), key=lambda item: int(item[0])))).digest()
        return digest == oracle.read_quote(base64.b64decode(evidence["quote"]["attest"]))["digest"]

    def assert_consistent(self, result, rereads):
        pcrs = result.evidence["pcrs"]
        self.assertTrue(pcrs["is_consistent"])
        self.assertEqual(pcrs["rereads"], rereads)
        self.assertTrue(self.is_covered(result.evidence))
        self.assertEqual(pcrs["banks"], oracle.pcrs(self.tpm))
        self.assertEqual((result.results["pcr-banks"], result.code), ("pass", 0))

    def test_nobody_extends(self):
        result, extends, counts = self.run_with(lambda code, n: False)
        self.assertEqual((extends, counts[PCR_READ], counts[QUOTE]), (0, READS, 1))
        self.assert_consistent(result, 0)

    def test_one_extend_after_each_read(self):
        for pcr in (COUNTED, UNCOUNTED):
            for at in range(1, READS + 1):
                with self.subTest(at=at, pcr=pcr):
                    result, extends, _ = self.run_with(
                        lambda code, n: code == PCR_READ and n == at, pcr)
                    self.assertEqual(extends, 1)
                    # The third read is the first that has PCR 16: nobody has seen its old value.
                    self.assert_consistent(result, 0 if pcr == UNCOUNTED and at < 3 else 1)

    def test_one_extend_before_the_quote(self):
        for pcr in (COUNTED, UNCOUNTED):
            result, extends, counts = self.run_with(
                lambda code, n: code == QUOTE and n == 1, pcr, when="before")
            self.assertEqual((extends, counts[QUOTE]), (1, 2))
            self.assert_consistent(result, 1)

    def test_extends_before_and_after_that_harm_nobody(self):
        result, extends, _ = self.run_with(lambda code, n: code not in (PCR_READ, QUOTE))
        self.assertGreater(extends, 5)
        self.assertTrue(result.evidence["pcrs"]["is_consistent"])
        self.assertTrue(self.is_covered(result.evidence))

    def assert_inconsistent(self, result):
        pcrs = result.evidence["pcrs"]
        self.assertFalse(pcrs["is_consistent"])
        self.assertGreater(pcrs["rereads"], 2)
        self.assertEqual((result.results["pcr-banks"], result.code), ("warn", 1))
        self.assertIn("extended faster than they could be read",
                      result.checks["pcr-banks"]["sentence"])

    def test_extends_after_every_read(self):
        for pcr in (COUNTED, UNCOUNTED):
            result, extends, counts = self.run_with(lambda code, n: code == PCR_READ, pcr)
            self.assertEqual(extends, counts[PCR_READ])
            self.assertLess(counts[PCR_READ], 200)
            self.assert_inconsistent(result)

    def test_extends_before_every_quote(self):
        result, _, counts = self.run_with(lambda code, n: code == QUOTE, when="before")
        self.assertLess(counts[QUOTE], 10)
        self.assert_inconsistent(result)
        self.assertFalse(self.is_covered(result.evidence))

    def test_extends_at_random(self):
        chance = random.Random(5)
        outcomes = set()
        for _ in range(40):
            often, pcr = chance.choice((0.03, 0.15, 0.5)), chance.choice((COUNTED, UNCOUNTED))
            result, extends, _ = self.run_with(lambda code, n: chance.random() < often, pcr,
                                               chance.choice(("before", "after")))
            pcrs = result.evidence["pcrs"]
            if pcrs["is_consistent"]:
                self.assertTrue(self.is_covered(result.evidence))
            else:
                self.assert_inconsistent(result)
            self.assertTrue(pcrs["rereads"] == 0 or extends > 0)
            outcomes.add((pcrs["is_consistent"], pcrs["rereads"] > 0))
        self.assertLessEqual({(True, False), (True, True), (False, True)}, outcomes)


if __name__ == "__main__":
    unittest.main()
