#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The commands of docs/evidence.md verify a real quote, as they stand there."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from swtpm import Swtpm  # noqa: E402

with open(os.path.join(HERE, "..", "..", "docs", "evidence.md"), encoding="utf-8") as _file:
    BLOCKS = re.findall(r"^```sh\n(.*?)^```", _file.read().split("## Verifying a quote")[1],
                        re.M | re.S)


class Verify(unittest.TestCase):
    def run_blocks(self, tpm, directory, *blocks, damage=""):
        agent = f'vtpm-agent() {{ "$VTPM_AGENT" --tcti {tpm.tcti} "$@"; }}\n'
        result = subprocess.run(["bash", "-euo", "pipefail", "-c", agent + damage + "".join(blocks)],
                                cwd=directory, capture_output=True, text=True)
        return result.returncode, result.stdout, result.stderr

    def test_as_written(self):
        self.assertEqual(len(BLOCKS), 3)
        with Swtpm(banks="sha1,sha256") as tpm, tempfile.TemporaryDirectory() as directory:
            status, out, err = self.run_blocks(tpm, directory, BLOCKS[0])
            self.assertEqual(status, 0, err)
            status, out, err = self.run_blocks(tpm, directory, BLOCKS[1])
            self.assertEqual((status, out), (0, "Verified OK\n"), err)
            status, out, err = self.run_blocks(tpm, directory, BLOCKS[2])
            self.assertEqual(status, 0, err)
            lines = out.split()
            self.assertEqual((lines[0], lines[2]), (lines[1], lines[3]))

            # And they see a forged one.
            status, out, _ = self.run_blocks(tpm, directory, BLOCKS[1],
                                             damage="printf x | dd of=attest bs=1 seek=70 "
                                                    "conv=notrunc status=none\n")
            self.assertNotEqual((status, out), (0, "Verified OK\n"))


if __name__ == "__main__":
    unittest.main()
