# SPDX-License-Identifier: BSD-2-Clause
"""A guest whose firmware boots what is on its EFI system partition, as on a machine: boot loader, kernel, initrd.

    class Machine(esp.FromPartition, guest.Guest):
        partition = {esp.REMOVABLE: "shimx64.efi", "EFI/BOOT/grubx64.efi": "grubx64.efi"}
"""

import os
import shutil

import by_hand  # noqa: F401
import guest
import process

REMOVABLE = "EFI/BOOT/BOOTX64.EFI"  # where the firmware looks on a disk of which it knows nothing
LOADERS = os.environ.get("VTPM_BOOT_LOADERS") or os.path.join(guest.ROOT, ".cache", "boot-loaders")


def loader(name):
    """Debian's own: shimx64.efi, grubx64.efi."""
    path = os.path.join(LOADERS, name)
    if not os.path.exists(path):
        raise FileNotFoundError(f"no {path}; run scripts/bootstrap test")
    return path


class FromPartition:
    """Of a Guest: `partition` has the path of each file by its name there, from the next start on. QEMU makes a
    disk with a FAT of them."""

    partition = {}

    def _arguments(self):
        argv = super()._arguments()
        for word in ("-kernel", "-initrd", "-append"):
            at = argv.index(word)
            del argv[at:at + 2]
        directory = self._path("esp")
        process.remove_directory(directory)
        for name, path in self.partition.items():
            os.makedirs(os.path.dirname(os.path.join(directory, name)), exist_ok=True)
            shutil.copy(path, os.path.join(directory, name))
        return argv + ["-drive", f"file=fat:rw:{directory},format=raw,if=none,id=esp",
                       "-device", "virtio-blk-pci,drive=esp,bootindex=1"]
