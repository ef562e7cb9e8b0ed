# SPDX-License-Identifier: BSD-2-Clause
"""Disks for guests that start a kernel themselves, or sleep on their disk. Each is made for an Image."""

import os
import shutil

import process

ROOM = 16 << 20  # for the file system itself
SWAP_BYTES = 512 << 20  # a file with a hole


def with_kernel(path, image):
    """Writes a disk with the image's kernel and initrd, for Guest.kexec()."""
    files = process.temporary_directory("kernel")
    try:
        for file, name in ((image.kernel, "vmlinuz"), (image.initrd, "initrd")):
            shutil.copy(file, os.path.join(files, name))
        size = sum(entry.stat().st_size for entry in os.scandir(files)) + ROOM
        with open(path, "wb") as file:
            file.truncate(size)
        process.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-d", files, path])
    finally:
        process.remove_directory(files)
    return path


def for_swap(path, _image=None):
    """Writes a disk with room for the guest's memory, for Guest.hibernate()."""
    with open(path, "wb") as file:
        file.truncate(SWAP_BYTES)
    process.run(["/sbin/mkswap", "-q", path])
    return path
