#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A guest whose measured initrd has a real systemd of 261 or later, which extends PCR 0 to 7 and writes a log: what
the agent says of it, and of the upgrade from an initrd that did not do so."""

import json
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import debian  # noqa: E402
import in_guest  # noqa: E402
import initramfs  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402
from uki import Uki, UkiGuest  # noqa: E402

SYSTEM_LOG = "/run/log/systemd/tpm2-measure.log"
SEPARATED = {0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 14}


def write_disk(path):
    """Debian with the agent of this build, and with those of its libraries that Debian has not."""
    with debian.Root() as root:
        shutil.copy(in_guest.AGENT, root.path("usr/bin"))
        for library in initramfs.needed(in_guest.AGENT):
            if not os.path.exists(root.path(library)):
                os.makedirs(os.path.dirname(root.path(library)), exist_ok=True)
                shutil.copy(library, root.path(library))
        return root.write_disk(path)


class OsSeparator(unittest.TestCase):
    def setUp(self):
        directory = process.temporary_directory("separator")
        self.addCleanup(process.remove_directory, directory)
        self.before, self.after = Uki(masked=["systemd-pcrosseparator.service"]), Uki()
        self.addCleanup(self.before.close)
        self.addCleanup(self.after.close)
        tpm = self.enterContext(Swtpm(qemu=True, banks="sha1,sha256"))
        disk = write_disk(os.path.join(directory, "disk"))
        self.guest = self.enterContext(UkiGuest(self.before, tpm, disk=disk))

    def agent(self, *words):
        return in_guest.agent(self.guest, *words)

    def records(self):
        """Which PCRs systemd says it extended with the separator."""
        log = self.guest.get(SYSTEM_LOG).split(b"\x1e")[1:]
        read = [json.loads(record) for record in log]
        return {record["pcr"] for record in read if record["content"].get("eventType") == "os-separator"}

    def check_healthy(self):
        run = in_guest.status(self.guest)
        self.assertEqual((run.results["boot-pcrs"], run.json["status"]), ("pass", "affirming"), run)
        return run.checks["boot-pcrs"]["sentence"]

    def test_upgrade(self):
        self.check_healthy()
        self.assertEqual(self.records(), set())
        self.assertEqual(self.agent("baseline", "save", "--force", "/root/baseline").code, 0)
        self.guest.check(["sync"])
        self.guest.uki = self.after
        self.guest.hard_reboot()
        self.assertEqual(self.records(), SEPARATED)
        self.assertNotIn("cannot have", self.check_healthy())
        run = self.agent("compare", "/root/baseline", "--event", "hard-reboot", "--json")
        self.assertIn(run.json["continuity"], ("crashed", "restarted"), run.json)
        self.assertEqual((run.code, run.json["ear.status"]), (0, "affirming"), run.json)
        self.assertIn("measurements-changed", [reason["code"] for reason in run.json["reasons"]])
        self.assertEqual(self.agent("baseline", "save", "--force", "/root/sealed").code, 0)
        self.assertEqual(self.agent("compare", "/root/sealed", "--json").code, 0)
        # Without systemd's log the separator is known all the same.
        self.guest.check(["mv", SYSTEM_LOG, "/root/log"])
        self.assertIn("os-separator (systemd)", self.check_healthy())


if __name__ == "__main__":
    unittest.main()
