#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Faults of the device as the guest sees it: none there, open elsewhere, without a driver, or another
machine's. Each has its own message, and its own exit status."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import in_guest  # noqa: E402
from guest import Guest  # noqa: E402
from swtpm import Swtpm  # noqa: E402

VM_UUID = "5d0c9b52-3b8e-4f8e-a3a4-0b1f6f2c9d10"
OTHER_UUID = "11f6ce0e-3c4e-4a0c-9a0e-55d9f1d9c7aa"
MODULE = {"tpm-crb": "tpm_crb", "tpm-tis": "tpm_tis"}


class DeviceFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.image = in_guest.image()
        cls.tpm = Swtpm(qemu=True, name="web1", vm_uuid=VM_UUID)

    @classmethod
    def tearDownClass(cls):
        cls.tpm.close()

    def boot(self, model, uuid=VM_UUID):
        tpm = self.enterContext(Swtpm(qemu=True, copy_of=self.tpm.state))
        return self.enterContext(Guest(self.image, tpm, model=model, uuid=uuid))

    def assert_device(self, run, code, result, sentence):
        self.assertEqual((run.code, run.reason), (code, "device"), run)
        self.assertEqual(run.results["device"], result, run)
        self.assertEqual(run.checks["device"]["sentence"], sentence)

    def check_busy(self, guest):
        """EBUSY: no fault of the TPM, and nothing to those who use the resource manager."""
        guest.shell("mkfifo /tmp/end")
        job = guest.spawn(["sh", "-c", "exec 3<>/dev/tpm0; : >/tmp/open; read -r _ </tmp/end"])
        guest.shell("until [ -e /tmp/open ]; do usleep 10000; done")
        run = in_guest.status(guest, "--tcti", "device:/dev/tpm0")
        self.assert_device(run, 3, "unknown",
                           "open /dev/tpm0: open in another program; /dev/tpmrm0 can be shared")
        self.assertEqual(in_guest.status(guest).code, 0)
        guest.shell("echo >/tmp/end")
        job.wait()
        self.assertEqual(in_guest.status(guest, "--tcti", "device:/dev/tpm0").code, 0)

    def check_unbound(self, guest, model):
        """The driver lets go of the device; nodes that something else made stay behind."""
        device, driver = (guest.shell(f"readlink -f /sys/class/tpm/tpm0/device{link}").strip() for link in ("", "/driver"))
        device = os.path.basename(device)
        guest.shell(f"cp -a /dev/tpm0 /tmp/tpm0; cp -a /dev/tpmrm0 /tmp/tpmrm0; "
                    f"echo {device} >{driver}/unbind; [ ! -e /dev/tpm0 ]")
        self.assert_device(in_guest.status(guest), 2, "fail", "no driver serves the TPM device: open "
                           "/dev/tpm0: no such device node, but ACPI shows MSFT0101:00; "
                           f"{MODULE[model]} is there, but does not serve it")
        run = in_guest.status(guest, user="guest")
        self.assertIn("load tpm_crb or tpm_tis", run.checks["device"]["sentence"])
        for node in ("tpm0", "tpmrm0"):
            guest.shell(f"cp -a /tmp/{node} /dev/{node}")
            self.assert_device(in_guest.status(guest), 2, "fail", "no driver serves the TPM device:"
                               f" open /dev/{node}: no driver behind the node")
        guest.shell(f"rm /dev/tpm0 /dev/tpmrm0; echo {device} >{driver}/bind")
        run = in_guest.status(guest)
        self.assertEqual(run.results["device"], "pass", run)

    def test_crb(self):
        guest = self.boot("tpm-crb")
        self.check_busy(guest)
        self.check_unbound(guest, "tpm-crb")

    def test_tis(self):
        guest = self.boot("tpm-tis")
        self.check_busy(guest)
        self.check_unbound(guest, "tpm-tis")

    def test_no_tpm_in_the_domain(self):
        with Guest(self.image, uuid=VM_UUID) as guest:
            sentence = "no TPM device: open /dev/tpm0: no such device node"
            self.assert_device(in_guest.status(guest), 2, "fail", sentence)
            self.assert_device(in_guest.status(guest, user="guest"), 2, "fail", sentence)
            run = in_guest.status(guest, "--tcti", "device:/dev/tpmrm0")
            self.assert_device(run, 2, "fail", sentence.replace("tpm0", "tpmrm0"))
            self.assertIn("<tpm> element", run.checks["device"]["remedy"])

    def test_certificate_of_another_vm(self):
        guest = self.boot("tpm-crb", uuid=OTHER_UUID)
        run = in_guest.status(guest)
        self.assertEqual((run.code, run.reason), (2, "certificate-uuid"), run)
        self.assertEqual(set(run.sentences("fail")), {"certificate-uuid"}, run)
        self.assertIn(f"names VM {VM_UUID}, but this is VM {OTHER_UUID}",
                      run.checks["certificate-uuid"]["sentence"])


if __name__ == "__main__":
    unittest.main()
