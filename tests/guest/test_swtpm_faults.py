#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Faults of swtpm under a running guest: it is killed, it hangs, it cannot write its state, it is
started anew. The agent tells them apart, in time."""

import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import in_guest  # noqa: E402
from channel import GuestTimeout  # noqa: E402
from guest import Guest  # noqa: E402
from manufacture import TEMPLATE_UUID  # noqa: E402
from swtpm import Swtpm  # noqa: E402

# What is on the way through a pipe ends when the last process that could write to it has.
HANG = ["sh", "-c", "(vtpm-agent status --json --timeout 3; echo $? >/tmp/status) | cat; "
        "exit $(cat /tmp/status)"]
# Well below the kernel's own patience, which is 120 s and more for the commands held back here.
HANG_SECONDS = 3 + 4
FAILURE = "TPM_RC_FAILURE (0x101)"


class SwtpmFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.image = in_guest.image()

    def boot(self, model):
        tpm = self.enterContext(Swtpm(qemu=True, tap=True))
        guest = self.enterContext(Guest(self.image, tpm, model=model, uuid=TEMPLATE_UUID))
        run = in_guest.status(guest)
        self.assertEqual(set(run.results.values()), {"pass"}, run)
        return guest, tpm

    def assert_reason(self, run, reason, sentence):
        self.assertEqual((run.code, run.reason, run.results[reason]), (2, reason, "fail"), run)
        self.assertIn(sentence, run.checks[reason]["sentence"])
        self.assertNotIn("\n", run.err)

    # Nothing comes back, for one command or for all. ------------------------------------------

    def assert_unresponsive(self, run, command):
        self.assert_reason(run, "responsive", f"unresponsive: {command}: the TPM did not answer")
        self.assertLess(run.seconds, HANG_SECONDS)

    def hang(self, guest):
        begin = time.monotonic()
        return in_guest.Run(*guest.run(HANG, timeout=60), time.monotonic() - begin)

    def check_command_hangs(self, guest, tpm):
        """A command for which the kernel waits for minutes."""
        tpm.tap.hold(in_guest.CC_QUOTE)
        self.assert_unresponsive(self.hang(guest), "TPM2_Quote")
        tpm.tap.release()

    def check_stopped_at_work(self, guest, tpm):
        """SIGSTOP to swtpm while it has such a command."""
        tpm.tap.hold(in_guest.CC_CREATE_PRIMARY)
        job = guest.spawn(HANG)
        begin = time.monotonic()
        tpm.tap.wait_held()
        tpm.suspend()
        tpm.tap.release()
        run = in_guest.Run(*job.wait(), time.monotonic() - begin)
        self.assert_unresponsive(run, "TPM2_CreatePrimary")
        # The broker is still inside the kernel; it ends, and cleans up, as soon as it can.
        guest.shell("pidof vtpm-agent")
        tpm.resume()
        guest.shell("while pidof vtpm-agent; do usleep 10000; done")
        self.assertEqual(in_guest.loaded(guest), [])

    def check_kernel_gives_up(self, guest, tpm):
        """TPM2_GetCapability may take 750 ms, then the driver cancels it: ETIME."""
        tpm.tap.hold(in_guest.CC_GET_CAPABILITY)
        run = in_guest.status(guest, "--timeout", "20")
        self.assert_reason(run, "responsive", "unresponsive: TPM2_GetCapability: write /dev/tpmrm0: "
                           "the kernel gave up waiting for the TPM")
        self.assertLess(run.seconds, 10)
        tpm.tap.release()

    def check_machine_stands_still(self, guest, tpm):
        """With swtpm stopped even that cancelling never returns, and with it QEMU's whole machine: no
        program in it can keep any time. The agent says so as soon as there is time again."""
        tpm.suspend()
        job = guest.spawn(HANG)
        with self.assertRaises(GuestTimeout):
            job.wait(6)
        tpm.resume()
        begin = time.monotonic()
        run = in_guest.Run(*job.wait(), time.monotonic() - begin)
        self.assertLess(run.seconds, HANG_SECONDS)
        # Whether the agent's own time is over, the kernel's, or neither, since the answer was there
        # before either looked, is a question of who is quicker. The wait shows in any case.
        if run.results["responsive"] == "fail":
            self.assert_reason(run, "responsive", "unresponsive: TPM2_GetCapability: ")
        else:
            slowest = run.checks["responsive"]["sentence"]
            self.assertRegex(slowest, r"the slowest TPM2_GetCapability in [0-9]{3,}\.[0-9] ms", run)

    # The TPM is started anew, with the state of its disk. -----------------------------------

    def check_reset(self, guest, reset):
        """By whom and why does not matter: nobody has told the guest."""
        reset()
        run = in_guest.status(guest)
        self.assert_reason(run, "started", "TPM_RC_INITIALIZE (0x100)")
        self.assertEqual(in_guest.start_tpm(guest), 0)
        run = in_guest.status(guest)
        self.assert_reason(run, "boot-pcrs", "all zero, though the event log has 14 events: the TPM "
                           "was reset under the running system")
        self.assertEqual(run.results["tpm-time"], "warn", run)

    # It cannot write its state. -------------------------------------------------------------

    def check_blocked_storage(self, guest, tpm):
        """Nothing shows before the first write; after it not even the clock can be read."""
        tpm.block_storage()
        run = in_guest.status(guest)
        self.assertEqual(run.results["failure-mode"], "pass", run)
        self.assertEqual(in_guest.write_nv(guest), in_guest.RC_FAILURE)
        for node in ("/dev/tpmrm0", "/dev/tpm0"):
            run = in_guest.status(guest, "--tcti", f"device:{node}")
            self.assert_reason(run, "failure-mode", FAILURE)
            self.assertIn("state directory", run.checks["failure-mode"]["remedy"])
            self.assertEqual(run.results["self-test"], "fail", run)
            self.assertNotEqual(run.results["version"], "fail", run)
        tpm.unblock_storage()

    def scenario(self, model, reason, sentence):
        guest, tpm = self.boot(model)
        with self.subTest("a command hangs"):
            self.check_command_hangs(guest, tpm)
        with self.subTest("swtpm stopped at work"):
            self.check_stopped_at_work(guest, tpm)
        with self.subTest("the kernel gives up"):
            self.check_kernel_gives_up(guest, tpm)
        with self.subTest("swtpm stopped before"):
            self.check_machine_stands_still(guest, tpm)
        with self.subTest("initialised through the control channel"):
            self.check_reset(guest, tpm.tap.reinitialise)
        with self.subTest("another swtpm process"):
            self.check_reset(guest, tpm.replace_under_guest)
        with self.subTest("state directory not writable"):
            self.check_blocked_storage(guest, tpm)
        with self.subTest("swtpm killed"):
            tpm.kill()
            for node in ("/dev/tpmrm0", "/dev/tpm0"):
                run = in_guest.status(guest, "--tcti", f"device:{node}")
                self.assert_reason(run, reason, sentence.format(node=node))
            guest.shell("ls /dev/tpm0 /dev/tpmrm0")

    def test_crb(self):
        self.scenario("tpm-crb", "responsive", "write {node}: Input/output error")

    def test_tis(self):
        self.scenario("tpm-tis", "version", "answered with a TPM 1.2 tag")


if __name__ == "__main__":
    unittest.main()
