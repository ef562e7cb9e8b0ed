#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The agent where it belongs: in a virtual machine, at the machine's own TPM devices."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import in_guest  # noqa: E402
from guest import Guest  # noqa: E402
from swtpm import Swtpm  # noqa: E402

VM_UUID = "5d0c9b52-3b8e-4f8e-a3a4-0b1f6f2c9d10"
OTHER = {"tpm-crb": "tpm-tis", "tpm-tis": "tpm-crb"}
EVERY_CHECK = {"device", "model", "version", "responsive", "failure-mode", "self-test", "random",
               "lockout", "hierarchies", "slots", "pcr-banks", "boot-pcrs", "tpm-time", "ek",
               "ek-certificate", "certificate-uuid", "attestation"}


class Agent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.image = in_guest.image()
        cls.tpm = Swtpm(qemu=True, name="web1", vm_uuid=VM_UUID)

    @classmethod
    def tearDownClass(cls):
        cls.tpm.close()

    def boot(self, model, **options):
        """A guest with the state of cls.tpm; both end with the test."""
        tpm = self.enterContext(Swtpm(qemu=True, copy_of=self.tpm.state))
        return self.enterContext(Guest(self.image, tpm, model=model, uuid=VM_UUID,
                                       smbios=["type=0,vendor=Example Firmware,version=7.1"], **options))

    def assert_healthy(self, run):
        self.assertEqual(set(run.results.values()), {"pass"}, run)
        self.assertLessEqual(EVERY_CHECK, set(run.results), run)
        self.assertEqual((run.code, run.json["status"]), (0, "affirming"), run)

    def assert_exact(self, guest, evidence, model):
        """The evidence agrees with what the kernel and this side of the machine know."""
        self.assertEqual(evidence["smbios"]["uuid"], VM_UUID)
        self.assertEqual(evidence["smbios"]["firmware_vendor"], "Example Firmware")
        self.assertEqual(evidence["smbios"]["firmware_version"], "7.1")
        self.assertEqual(evidence["guest"]["boot_id"], guest.boot_id())
        self.assertEqual(evidence["guest"]["hostname"], "guest")
        self.assertEqual(evidence["guest"]["os"], "vTPM test guest")
        self.assertEqual(evidence["guest"]["kernel"].split()[1], guest.shell("uname -r").strip())
        self.assertEqual(evidence["device"]["model"], model)
        driver = os.path.basename(guest.shell("readlink /sys/class/tpm/tpm0/device/driver").strip())
        self.assertEqual(evidence["device"]["driver"], driver)
        self.assertEqual(evidence["device"]["version_major"], 2)

        pcrs = evidence["pcrs"]["banks"]["sha256"]
        self.assertEqual([pcrs[str(index)] for index in range(8)], guest.pcrs())
        replay = evidence["event_log"]["replay"]["sha256"]
        self.assertLessEqual({str(index) for index in range(8)}, set(replay))
        self.assertEqual({index: pcrs[index] for index in replay if int(index) < 8},
                         {index: value for index, value in replay.items() if int(index) < 8})
        log = guest.get("/sys/kernel/security/tpm0/binary_bios_measurements")
        self.assertEqual(evidence["event_log"]["bytes"], len(log))

        self.assertEqual([key["handle"] for key in evidence["eks"]["keys"]],
                         ["0x81010001", "0x81010016"])
        self.assertEqual({certificate["subject"]
                          for certificate in evidence["certificates"]["certificates"]},
                         {f"CN=web1:{VM_UUID}"})
        counters, _ = in_guest.counters(guest)
        clock = evidence["clock"]
        self.assertEqual((clock["reset_count"], clock["restart_count"]), counters)

    def check_root(self, guest, model):
        run = in_guest.status(guest, "--expect-model", model)
        self.assert_healthy(run)
        self.assertEqual(run.evidence["device"]["path"], "/dev/tpmrm0")
        self.assert_exact(guest, run.evidence, model)

        run = in_guest.status(guest, "--expect-model", OTHER[model])
        self.assertEqual((run.code, run.reason), (2, "model"), run)
        self.assertIn(f"{model}, but {OTHER[model]} was expected", run.checks["model"]["sentence"])

        run = in_guest.status(guest, "--tcti", "device:/dev/tpm0")
        self.assert_healthy(run)
        self.assertEqual(run.evidence["device"]["path"], "/dev/tpm0")
        self.assertEqual(in_guest.loaded(guest), [])

        run = in_guest.evidence(guest, "--nonce", "00112233445566778899aabbccddeeff")
        self.assertEqual(run.code, 0, run)
        self.assertEqual(run.json["quote"]["eat_nonce"], "00112233445566778899aabbccddeeff")
        self.assert_exact(guest, run.evidence, model)
        self.assertEqual(in_guest.loaded(guest), [])

    def check_user(self, guest):
        run = in_guest.status(guest, user="guest")
        self.assertEqual((run.code, run.reason, run.results["device"]), (3, "device", "unknown"), run)
        self.assertIn("/dev/tpmrm0: permission denied; add the user to group tss",
                      run.checks["device"]["sentence"])

        guest.shell("chgrp tss /dev/tpmrm0; chmod 660 /dev/tpmrm0; "
                    "sed -i '/^tss:/s/$/guest/' /etc/group")
        run = in_guest.status(guest, user="guest")
        self.assertEqual(run.code, 0, run)
        unknown = run.sentences("unknown")
        self.assertEqual(set(unknown), {"boot-pcrs", "certificate-uuid"}, run)
        for sentence in unknown.values():
            self.assertIn("ermission denied", sentence)
        self.assertEqual(set(run.results.values()), {"pass", "unknown"}, run)
        self.assertEqual(run.evidence["device"]["raw"]["access"], "denied")
        page = in_guest.agent(guest, user="guest")
        self.assertEqual(page.code, 0, page)
        self.assertIn("2 could not be decided; an administrator also sees",
                      " ".join(page.out.split()))

    def test_crb(self):
        guest = self.boot("tpm-crb")
        self.check_root(guest, "tpm-crb")
        self.check_user(guest)

    def test_tis(self):
        self.check_root(self.boot("tpm-tis"), "tpm-tis")

    def test_ovmf(self):
        guest = self.boot("tpm-crb", ovmf=True)
        run = in_guest.status(guest)
        self.assert_healthy(run)
        self.assert_exact(guest, run.evidence, "tpm-crb")
        self.assertEqual(run.evidence["event_log"]["format"], "crypto-agile")


if __name__ == "__main__":
    unittest.main()
