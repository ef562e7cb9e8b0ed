#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Disks that a real initrd opens: systemd-cryptsetup of 262 with the vTPM, before the system runs. What vtpm-agent unlock
says in the running system, where PCR 11 has been extended further, is held against what the initrd of this boot and of
the next one could open."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import debian  # noqa: E402
import in_guest  # noqa: E402
import luks  # noqa: E402
import process  # noqa: E402
import secure_boot  # noqa: E402
import uki  # noqa: E402
from swtpm import Swtpm  # noqa: E402

SEEN = "/run/initrd-pcrs"
# As systemd-cryptsetup finds the PCRs: behind all that the initrd measures before it.
WITNESS = f"""[Unit]
DefaultDependencies=no
After=systemd-pcrosseparator.service systemd-pcrphase-initrd.service
Before=cryptsetup-pre.target cryptsetup.target
[Service]
Type=oneshot
ExecStart=cp -r /sys/class/tpm/tpm0/pcr-sha256 {SEEN}
[Install]
WantedBy=sysinit.target
"""
# One that does not open fails cryptsetup.target, and the others would be cut off by the end of the initrd.
NAMES = ("strict", "firmware", "late")
PATIENCE = f"""[Unit]
DefaultDependencies=no
After={" ".join(f"systemd-cryptsetup@{name}.service" for name in NAMES)}
Before=sysinit.target
[Service]
Type=oneshot
ExecStart=true
[Install]
WantedBy=sysinit.target
"""
OPEN = {"opens": True, "opens-late": False, "pcr-differs": False, "other-vtpm": False}


class InitrdUnlock(unittest.TestCase):
    def setUp(self):
        self.directory = process.temporary_directory("initrd-unlock")
        self.addCleanup(process.remove_directory, self.directory)
        self.root = self.enterContext(debian.Root(uki.TAR))
        self.volumes = [self.enterContext(luks.Volume(root=self.root)) for _ in NAMES]
        table = "".join(f"{name} UUID={volume.uuid} none tpm2-device=auto,headless=true\n"
                        for name, volume in zip(NAMES, self.volumes))
        self.image = uki.Uki(files={"etc/crypttab": table, "etc/systemd/system/witness.service": WITNESS,
                                    "etc/systemd/system/patience.service": PATIENCE})
        self.addCleanup(self.image.close)
        self.tpm = self.enterContext(Swtpm(qemu=True, banks="sha1,sha256"))
        with debian.Root() as root:
            root.install_agent(in_guest.AGENT)
            disk = root.write_disk(os.path.join(self.directory, "disk"))
        self.guest = self.enterContext(uki.UkiGuest(self.image, self.tpm, disk=disk,
                                                    volumes=[volume.path for volume in self.volumes]))

    def enrol(self):
        """To the PCRs that the initrd had, and to PCR 11 as it is when the system runs."""
        then = {pcr: self.guest.get(f"{SEEN}/{pcr}").decode().strip().lower() for pcr in (4, 7, 11)}
        [now] = self.guest.pcrs(indices=[11])
        self.assertNotEqual(then[11], now)
        self.guest.power_off()
        self.tpm.stop()
        with Swtpm(name="enrolling", copy_of=self.tpm.state) as tpm:
            for volume, values in zip(self.volumes, (then, {7: then[7]}, {11: now})):
                volume.enrol(tpm, "--tpm2-pcrs=" + "+".join(f"{pcr}:sha256={values[pcr]}" for pcr in values))
            tpm.stop()
            self.tpm.restore(tpm.snapshot())
        self.tpm.start()
        self.guest.start()

    def opened(self):
        """What the initrd of this boot opened."""
        names = self.guest.shell("cat /sys/block/dm-*/dm/name || true").split()
        return [name in names for name in NAMES]

    def predicted(self):
        run = in_guest.agent(self.guest, "unlock", "--before-reboot", "--json", timeout=120)
        slots = {volume["uuid"]: volume["slots"][0] for volume in run.json["volumes"]}
        self.assertEqual(set(slots), {volume.uuid for volume in self.volumes})
        return [slots[volume.uuid]["result"] for volume in self.volumes]

    def check(self, *expected):
        """They are this boot's truth, and so that of a next one that measures the same."""
        results = self.predicted()
        self.assertEqual(self.opened(), [OPEN[result] for result in results], results)
        self.assertEqual(results, list(expected))

    def test_boots(self):
        self.assertEqual(self.opened(), [False] * 3)
        self.enrol()
        self.check("opens", "opens", "opens-late")
        with self.subTest("the next boot"):
            self.guest.hard_reboot()
            self.check("opens", "opens", "opens-late")
        with self.subTest("another kernel"):
            self.image.other_kernel()
            self.guest.hard_reboot()
            self.check("pcr-differs", "opens", "pcr-differs")
        with self.subTest("another dbx"):
            keys = secure_boot.Keys(self.directory)
            keys.append(self.guest, "dbx", secure_boot.hashes(["11" * 32]))
            self.guest.hard_reboot()
            self.check("pcr-differs", "pcr-differs", "pcr-differs")
        with self.subTest("another TPM"):
            self.guest.power_off()
            self.guest.tpm = self.enterContext(Swtpm(qemu=True, name="other", banks="sha1,sha256"))
            self.guest.start()
            self.check(*["other-vtpm"] * 3)


if __name__ == "__main__":
    unittest.main()
