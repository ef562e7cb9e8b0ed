#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A UEFI guest with keys of its own: what the agent says of Secure Boot, and of what changed between two boots."""

import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import boots  # noqa: E402
import by_hand  # noqa: E402, F401
import debian  # noqa: E402
import guest  # noqa: E402
import in_guest  # noqa: E402
import process  # noqa: E402
import secure_boot  # noqa: E402
import uki  # noqa: E402
from swtpm import Swtpm  # noqa: E402


class Image:
    """What UkiGuest boots: the test's own initrd behind systemd's stub."""

    def __init__(self, path, stub, initrd, words=""):
        self.path = path
        uki.write_image(path, stub, initrd, f"{guest.KERNEL_OPTIONS} {words}".strip())


class Machine(uki.FromImage, guest.Guest):
    def __init__(self, image, tpm, boots):
        self.uki = boots
        super().__init__(image, tpm, ovmf=True, memory=512)


class SecureBoot(boots.Boots, unittest.TestCase):
    def setUp(self):
        self.directory = process.temporary_directory("secure-boot")
        self.addCleanup(process.remove_directory, self.directory)
        self.keys = secure_boot.Keys(self.directory)
        image = in_guest.image(programs=["chattr"], files={
            "lib-modules/99-efivarfs.ko": os.path.join(guest.kernel_directory(), "efivarfs.ko")})
        with debian.Root(uki.find_archive()) as root:
            self.first, self.other = (
                Image(os.path.join(self.directory, name), root.path(uki.STUB), image.initrd, words)
                for name, words in (("first", ""), ("other", "audit=0")))
        for each in (self.first, self.other):
            self.keys.sign(each.path)
        tpm = self.enterContext(Swtpm(qemu=True, banks="sha1,sha256"))
        self.guest = self.enterContext(Machine(image, tpm, self.first))

    def check_setup_mode(self):
        boot, results = self.read_boot()
        self.assertEqual((boot["secure_boot"], boot["certificates"]), ("setup", []))
        self.assertEqual(results, {"secure-boot": "pass"})

    def check_own_keys(self):
        """Each certificate by its digest as OpenSSL wrote it, and the one that let the image pass."""
        boot, results = self.read_boot()
        self.assertEqual(boot["secure_boot"], "on")
        self.assertEqual(
            {each["variable"]: each["sha256"] for each in boot["certificates"]},
            {name: hashlib.sha256(self.keys.certificate(name)).hexdigest() for name in ("PK", "KEK", "db")})
        self.assertEqual([(each["variable"], each["subject"]) for each in boot["authorities"]],
                         [("db", "CN=Test db of the owner,O=vTPM test")])
        programs = [each["digest"] for each in boot["measurements"] if each["what"] == "application"]
        self.assertEqual(programs, [secure_boot.digest(self.first.path)])
        self.assertEqual(results, {"secure-boot": "pass", "secure-boot-certificates": "pass"})

    def test_from_setup_mode_to_another_kernel(self):
        self.check_setup_mode()
        changes = self.changes(lambda: self.keys.enrol(self.guest), self.guest.reboot)
        self.assertIn((7, "Secure Boot: setup mode -> on"), changes)
        self.check_own_keys()
        self.assertEqual(
            self.changes(lambda: self.keys.append(self.guest, "dbx", secure_boot.hashes(["11" * 32, "22" * 32])),
                         self.guest.reboot),
            [(7, "Secure Boot: another dbx, 0 -> 2 hashes")])
        self.keys.make("new", "Windows UEFI CA 2023")
        self.assertEqual(
            self.changes(lambda: self.keys.append(self.guest, "db", self.keys.certificates("new")),
                         self.guest.reboot),
            [(7, "Secure Boot: another db, new Windows UEFI CA 2023")])
        self.assertEqual(self.read_boot()[1], {"secure-boot": "pass", "secure-boot-certificates": "pass"})
        changes = self.changes(lambda: setattr(self.guest, "uki", self.other), self.guest.hard_reboot)
        self.assertIn((4, "boot loader or kernel: another BOOTX64.EFI"), changes)
        self.assertNotIn(7, [pcr for pcr, _ in changes])


if __name__ == "__main__":
    unittest.main()
