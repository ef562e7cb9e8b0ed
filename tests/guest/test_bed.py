#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The test bed itself: a guest boots, has a TPM that the firmware measured into, runs programs, and
survives a live migration."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from guest import Guest, Image  # noqa: E402
from swtpm import Swtpm  # noqa: E402

VM_UUID = "0f5c7f5e-9a7e-4b6f-8d6c-2f6a3f0f7b11"


class Bed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.image = Image()

    def assert_measured(self, guest):
        self.assertNotEqual(int(guest.pcrs(indices=[0])[0], 16), 0)

    def test_crb_and_live_migration(self):
        with Swtpm(qemu=True) as tpm, Guest(self.image, tpm, uuid=VM_UUID) as guest:
            self.assert_measured(guest)
            boot_id, pcrs = guest.boot_id(), guest.pcrs()
            job = guest.spawn(["sh", "-c", "sleep 4; echo survived"])
            with Swtpm(qemu=True, empty=True) as target_tpm, \
                    Guest(self.image, target_tpm, uuid=VM_UUID, incoming=True) as target:
                guest.migrate_to(target)
                self.assertEqual(target.boot_id(), boot_id)
                self.assertEqual(target.pcrs(), pcrs)
                self.assertEqual(job.wait(), (0, b"survived\n", b""))

    def test_tis_and_reset(self):
        with Swtpm(qemu=True) as tpm, Guest(self.image, tpm, model="tpm-tis") as guest:
            self.assert_measured(guest)
            boot_id = guest.channel.boot_id
            self.assertNotEqual(guest.system_reset(), boot_id)
            self.assert_measured(guest)

    def test_no_tpm_and_commands(self):
        with Guest(self.image, uuid=VM_UUID) as guest:
            self.assertNotEqual(guest.run(["ls", "/dev/tpm0"])[0], 0)
            self.assertEqual(guest.shell("cat /sys/class/dmi/id/product_uuid").strip(), VM_UUID)

            script = "cat; printf '\\000\\377@'; echo wrong >&2; exit 5"
            self.assertEqual(guest.run(["sh", "-c", script], stdin=b"in\n"),
                             (5, b"in\n\0\xff@", b"wrong\n"))
            self.assertEqual(guest.run(["id", "-u"], user="guest"), (0, b"1000\n", b""))
            self.assertEqual(guest.run(["sleep", "60"], timeout=1)[0], 137)

            data = bytes(range(256)) * 200
            guest.put("/tmp/data", data)
            self.assertEqual(guest.get("/tmp/data"), data)


if __name__ == "__main__":
    unittest.main()
