# SPDX-License-Identifier: BSD-2-Clause
"""Programs of another architecture, run by qemu's user emulation: the kernel starts it (binfmt_misc)."""

import os

import process

CPUS = {"arm64": "aarch64"}


def start(architecture):
    """Has the kernel start such programs; what undoes that. The test must be in a mount namespace of its
    own, but what the kernel is told here counts for the whole machine."""
    name = f"qemu-{CPUS[architecture]}"
    place = process.temporary_directory("binfmt")
    process.run(["mount", "-t", "binfmt_misc", "binfmt_misc", place])
    entry = os.path.join(place, name)

    def stop():
        if is_ours:
            write(entry, "-1")
        process.run(["umount", place])
        process.remove_directory(place)

    is_ours = not os.path.exists(entry)
    if is_ours:
        with open(f"/usr/lib/binfmt.d/{name}.conf", encoding="ascii") as file:
            write(os.path.join(place, "register"), file.read())
    return stop


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
