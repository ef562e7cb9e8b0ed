#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A live migration switches over while the TPM works on a command of the agent: QEMU's tpm-crb loses the
answer, tpm-tis does not. The agent sees the same TPM in either case, and leaves nothing in it."""

import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import in_guest  # noqa: E402
from guest import Guest  # noqa: E402
from swtpm import Swtpm  # noqa: E402

CC_READ_CLOCK = 0x181
COMMANDS = {"TPM2_ReadClock": CC_READ_CLOCK, "TPM2_CreatePrimary": in_guest.CC_CREATE_PRIMARY,
            "TPM2_Quote": in_guest.CC_QUOTE, "TPM2_FlushContext": in_guest.CC_FLUSH_CONTEXT}
SAVING_S = 2  # on a busy machine, too


class LostAnswer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.image = in_guest.image()

    def migrate_within(self, guest, tpm, model, command, node):
        """The agent's run over the migration; and the guest and TPM that it ends in."""
        target = self.enterContext(Swtpm(qemu=True, tap=True, empty=True))
        destination = Guest(self.image, target, model=model, incoming=True)
        self.enterContext(destination)
        tpm.tap.hold(command)
        job = guest.spawn(["vtpm-agent", "status", "--json", "--verbose", "--tcti", f"device:{node}"], timeout=60)
        tpm.tap.wait_held()
        # QEMU waits for the TPM before it saves it.
        guest.migrate_to(destination, stopped=lambda: (time.sleep(SAVING_S), tpm.tap.release()))
        run = in_guest.Run(*job.wait(), 0)
        guest.close()
        tpm.stop()
        return run, destination, target

    def scenario(self, model, node, commands):
        """Which answers the agent missed."""
        tpm = self.enterContext(Swtpm(qemu=True, tap=True))
        guest = self.enterContext(Guest(self.image, tpm, model=model))
        lost = []
        for name in commands:
            run, guest, tpm = self.migrate_within(guest, tpm, model, COMMANDS[name], node)
            self.assertEqual(run.code, 0, run)
            self.assertEqual(run.checks["attestation"]["result"], "pass", run)
            if f"{name}: its answer was lost" in run.err:
                lost.append(name)
        return lost, guest

    def test_crb(self):
        lost, guest = self.scenario("tpm-crb", "/dev/tpm0", COMMANDS)
        self.assertEqual(lost, ["TPM2_ReadClock", "TPM2_CreatePrimary", "TPM2_Quote"])
        self.assertEqual(in_guest.loaded(guest), [])

    def test_crb_behind_the_resource_manager(self):
        lost, guest = self.scenario("tpm-crb", "/dev/tpmrm0", ["TPM2_CreatePrimary", "TPM2_ReadClock"])
        self.assertEqual(lost, ["TPM2_CreatePrimary", "TPM2_ReadClock"])
        self.assertEqual(in_guest.loaded(guest), [])

    def test_tis(self):
        self.assertEqual(self.scenario("tpm-tis", "/dev/tpm0", ["TPM2_ReadClock"])[0], [])


if __name__ == "__main__":
    unittest.main()
