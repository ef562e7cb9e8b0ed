#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boot loaders as they are installed: Debian's shim and GRUB behind Microsoft's keys, GRUB alone, systemd-boot; what
the agent says of them, and of what changed from one boot to the next."""

import hashlib
import os
import re
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import boots  # noqa: E402
import by_hand  # noqa: E402, F401
import debian  # noqa: E402
import esp  # noqa: E402
import guest  # noqa: E402
import in_guest  # noqa: E402
import process  # noqa: E402
import secure_boot  # noqa: E402
import uki  # noqa: E402
from swtpm import Swtpm  # noqa: E402

SYSTEMD_BOOT = "usr/lib/systemd/boot/efi/systemd-bootx64.efi"


class Machine(esp.FromPartition, guest.Guest):
    def __init__(self, image, tpm, partition, ovmf):
        self.partition = partition
        super().__init__(image, tpm, ovmf=ovmf, memory=512)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class BootLoaders(boots.Boots, unittest.TestCase):
    def setUp(self):
        self.directory = process.temporary_directory("boot-loaders")
        self.addCleanup(process.remove_directory, self.directory)
        self.image = in_guest.image()

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def grub_config(self, name, options=guest.KERNEL_OPTIONS):
        return self.write(name, f"linux /vmlinuz {options}\ninitrd /initrd\nboot\n")

    def longer(self, name, path):
        """Another file that is as good."""
        copy = os.path.join(self.directory, name)
        shutil.copy(path, copy)
        with open(copy, "ab") as file:
            file.write(bytes(512))
        return copy

    def start(self, partition, ovmf):
        partition = {"vmlinuz": self.image.kernel, "initrd": self.image.initrd, **partition}
        self.guest = self.enterContext(
            Machine(self.image, self.enterContext(Swtpm(qemu=True, banks="sha256")), partition, ovmf))

    def changes_with(self, **files):
        """What the next boot changes with other files in the place of some, by the last part of their names."""
        names = {os.path.basename(name): name for name in self.guest.partition}
        new = {names[name.replace("_", ".")]: path for name, path in files.items()}
        return self.changes(lambda: self.guest.partition.update(new), self.guest.hard_reboot)

    def check_microsofts_keys(self, shim, grub, config):
        """Digests and signers as sbsigntool and a hash say them of the files."""
        boot, results = self.read_boot()
        self.assertEqual(boot["secure_boot"], "on")
        self.assertEqual(results, {"secure-boot": "pass", "secure-boot-certificates": "pass"})
        measured = {each["name"]: each["digest"] for each in boot["measurements"] if "name" in each}
        self.assertEqual((measured["BOOTX64.EFI"], measured["grubx64.efi"]),
                         (secure_boot.digest(shim), secure_boot.digest(grub)))
        self.assertEqual((measured["grub.cfg"], measured["vmlinuz"], measured["initrd"]),
                         (sha256(config), sha256(self.image.kernel), sha256(self.image.initrd)))
        by_shim = {each["variable"]: each["subject"].split(",")[0].removeprefix("CN=")
                   for each in boot["authorities"] if "subject" in each}
        self.assertEqual(set(by_shim), {"db", "MokListRT"})
        self.assertIn(by_shim["db"], secure_boot.issuers(shim))
        self.assertEqual([by_shim["MokListRT"]], secure_boot.issuers(grub))
        kernel = secure_boot.digest(self.image.kernel)
        events = in_guest.agent(self.guest, "boot", "--json", "--events").json["events"]
        self.assertIn((4, kernel), [(each["pcr"], each["digests"].get("sha256")) for each in events])

    def test_shim_and_grub_behind_microsofts_keys(self):
        shim, grub, config = esp.loader("shimx64.efi"), esp.loader("grubx64.efi"), self.grub_config("grub.cfg")
        self.start({esp.REMOVABLE: shim, "EFI/BOOT/grubx64.efi": grub, "EFI/debian/grub.cfg": config},
                   guest.MICROSOFT_KEYS)
        self.check_microsofts_keys(shim, grub, config)
        self.assertEqual(
            self.changes_with(grub_cfg=self.grub_config("other", guest.KERNEL_OPTIONS + " audit=0")),
            [(8, "the boot loader's commands: changed"), (8, "command line: changed"),
             (9, "file of the boot loader: another grub.cfg")])
        self.assertEqual(self.changes_with(initrd=self.longer("initrd", self.image.initrd)),
                         [(9, "file of the boot loader: another initrd")])

    def check_grub_alone(self):
        """GRUB before 2.12 lets the kernel's EFI stub get the log only where Secure Boot is on."""
        with open(esp.loader("grubx64.efi"), "rb") as file:
            version = re.search(rb"grub,\d+,Free Software Foundation,grub,(\d+)\.(\d+)", file.read())  # SBAT
        run = in_guest.agent(self.guest, "boot")
        if tuple(map(int, version.groups())) < (2, 12):
            self.assertEqual(run.code, 3, run)
            self.assertIn("GRUB before 2.12, without Secure Boot, kept it from the kernel", run.err)
        else:
            self.assertEqual(run.code, 0, run)
        self.guest.partition["EFI/debian/grub.cfg"] = self.write(
            "chain", f"chainloader /vmlinuz initrd=\\initrd {guest.KERNEL_OPTIONS}\nboot\n")
        self.guest.hard_reboot()

    def programs(self):
        boot, results = self.read_boot()
        self.assertEqual((boot["secure_boot"], results), ("setup", {"secure-boot": "pass"}))
        return [(each["name"], each["digest"]) for each in boot["measurements"] if each["what"] == "application"]

    def test_from_grub_to_systemd_boot_and_another_kernel(self):
        with debian.Root(uki.find_archive()) as root:
            systemd_boot = shutil.copy(root.path(SYSTEMD_BOOT), self.directory)
        entry = self.write("entry", f"linux /vmlinuz\ninitrd /initrd\noptions {guest.KERNEL_OPTIONS}\n")
        self.start({esp.REMOVABLE: esp.loader("grubx64.efi"), "EFI/debian/grub.cfg": self.grub_config("grub.cfg"),
                    "loader/entries/linux.conf": entry}, guest.OVMF_VARIABLES)
        self.check_grub_alone()
        kernel = ("vmlinuz", secure_boot.digest(self.image.kernel))
        self.assertEqual(self.programs(), [("BOOTX64.EFI", secure_boot.digest(esp.loader("grubx64.efi"))), kernel])
        self.assertEqual(self.changes_with(vmlinuz=self.longer("kernel", self.image.kernel)),
                         [(4, "boot loader or kernel: another vmlinuz"),
                          (9, "file of the boot loader: another vmlinuz")])
        changes = self.changes_with(BOOTX64_EFI=systemd_boot)
        self.assertEqual([sentence for pcr, sentence in changes if pcr == 4],
                         ["boot loader or kernel: another BOOTX64.EFI"])
        self.assertIn((9, "file of the boot loader: gone grub.cfg"), changes)
        self.assertEqual(self.changes_with(vmlinuz=self.image.kernel), [(4, "boot loader or kernel: another vmlinuz")])
        self.assertEqual(self.programs()[1:], [kernel])


if __name__ == "__main__":
    unittest.main()
