#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""scripts/run on a system that nobody has prepared: test_run.py SUITE [ARCHITECTURE]."""

import os
import re
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
import emulation  # noqa: E402
import system  # noqa: E402

SUITE = sys.argv[1]
ARCHITECTURE = sys.argv[2] if len(sys.argv) > 2 else None
TIMEOUT = 3000 if ARCHITECTURE else 900

# The page of a private TPM, then a comparison, a report, and its confirmation.
STORY = [
    r"==> no TPM in this machine: manufacturing a private software TPM",
    r"==> vtpm-agent status\nHEALTHY  the vTPM is present and working",
    r"==> vtpm-agent compare\nCONTINUOUS  the same vTPM, not reset since the baseline",
    r"ENROLLED  this vTPM is now the baseline",
    r"==> vtpm-agent report\nCONTINUOUS ",
    r"==> vtpm-collector confirm\nCONTINUOUS  the same vTPM, not reset since the baseline",
    r"==> the collector's web page: .+\n\n +http://127\.0\.0\.1:\d+/#code=[0-9a-f]{64}\n",
]


def setUpModule():
    if ARCHITECTURE:
        unittest.addModuleCleanup(emulation.start(ARCHITECTURE))


class Run(unittest.TestCase):
    def prepare(self, fresh):
        """qemu's user emulation has no seccomp, without which swtpm does not start by itself."""
        if ARCHITECTURE:
            fresh.write("usr/local/bin/swtpm", '#!/bin/sh\nmode=$1\nshift\n'
                        'exec /usr/bin/swtpm "$mode" --seccomp action=none "$@"\n', 0o755)

    def check_story(self, output):
        at = 0
        for pattern in STORY:
            found = re.compile(pattern).search(output, at)
            self.assertIsNotNone(found, f"no {pattern!r} in what follows:\n{output[at:]}")
            at = found.end()

    def run_in(self, fresh, directory, user):
        begin = time.monotonic()
        output = fresh.run(f"{directory}/scripts/run", user=user, timeout=TIMEOUT)
        print(f"{SUITE} {ARCHITECTURE or ''}: scripts/run as {user}: {time.monotonic() - begin:.0f} s", flush=True)
        self.check_story(output)
        self.assertEqual([name for name in os.listdir(fresh.path("tmp")) if name.startswith("vtpm")], [])
        self.assertTrue(os.path.exists(fresh.path(f"{directory}/build/evidence.json")))
        return output

    def test_as_root(self):
        with system.System(SUITE, ARCHITECTURE) as fresh:
            self.prepare(fresh)
            fresh.add_clone("/root/vtpm-agent")
            self.assertIn("==> installing ", self.run_in(fresh, "/root/vtpm-agent", "root"))

    def test_as_a_user_with_sudo(self):
        directory = f"/home/{system.USER}/my vtpm-agent"
        with system.System(SUITE, ARCHITECTURE) as fresh:
            self.prepare(fresh)
            fresh.add_user()
            fresh.add_clone(directory, system.USER)
            self.assertIn("==> installing ", self.run_in(fresh, directory, system.USER))
            # Again, with nothing to install, and so without the network
            os.unlink(fresh.path("etc/resolv.conf"))
            output = self.run_in(fresh, directory, system.USER)
            self.assertNotIn("==> installing ", output)
            self.assertNotIn("package lists", output)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
