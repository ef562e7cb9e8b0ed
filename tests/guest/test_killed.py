#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""SIGKILL to the agent in the middle of a run, at commands where something is loaded, leaves nothing
in the TPM. The tap holds the command back, so that the middle is where the test says."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import in_guest  # noqa: E402
from guest import Guest  # noqa: E402
from swtpm import Swtpm  # noqa: E402

MOMENTS = {"creating a key": in_guest.CC_CREATE_PRIMARY, "quoting": in_guest.CC_QUOTE,
           "flushing": in_guest.CC_FLUSH_CONTEXT}
# Both processes are the same program; only the broker has the device open.
KILL_AGENT = "for p in /proc/[0-9]*; do [ \"$(cat $p/comm)\" = vtpm-agent ] && kill -9 ${p#/proc/}; done"
KILL_BOTH = "killall -9 vtpm-agent"
WAIT_GONE = "while pidof vtpm-agent; do usleep 10000; done"


class Killed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.image = in_guest.image()

    def kill_at(self, guest, tap, node, command, kill):
        tap.hold(command)
        job = guest.spawn(["vtpm-agent", "evidence", "--tcti", f"device:{node}"])
        tap.wait_held()
        guest.run(["sh", "-c", kill])
        tap.release()
        self.assertEqual(job.wait(20)[:2], (137, b""))
        guest.run(["sh", "-c", WAIT_GONE], timeout=10)

    def scenario(self, model):
        with Swtpm(qemu=True, tap=True) as tpm, Guest(self.image, tpm, model=model) as guest:
            for node in ("/dev/tpmrm0", "/dev/tpm0"):
                for moment, command in MOMENTS.items():
                    with self.subTest(node=node, killed="the agent", while_it_is=moment):
                        self.kill_at(guest, tpm.tap, node, command, KILL_AGENT)
                        self.assertEqual(in_guest.loaded(guest), [])
            with self.subTest(node="/dev/tpmrm0", killed="both"):
                self.kill_at(guest, tpm.tap, "/dev/tpmrm0", in_guest.CC_QUOTE, KILL_BOTH)
                self.assertEqual(in_guest.loaded(guest), [])

            # Nobody is left to clean up: the next run does, and leaves what is another's alone.
            self.kill_at(guest, tpm.tap, "/dev/tpm0", in_guest.CC_QUOTE, KILL_BOTH)
            self.assertEqual(in_guest.loaded(guest), [0x80000000])
            other = in_guest.create_object(guest)
            self.assertEqual(in_guest.loaded(guest), [0x80000000, other])
            run = in_guest.status(guest, "--tcti", "device:/dev/tpm0")
            self.assertEqual(run.results["attestation"], "pass", run)
            self.assertEqual(in_guest.loaded(guest), [other])

    def test_crb(self):
        self.scenario("tpm-crb")

    def test_tis(self):
        self.scenario("tpm-tis")


if __name__ == "__main__":
    unittest.main()
