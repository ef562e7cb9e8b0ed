# SPDX-License-Identifier: BSD-2-Clause
"""Machines for the recipes: this one's own file system, with what is written to it kept apart.

All of it is in namespaces of the test's process: mounts and a loopback network that go with it.
"""

import ctypes
import os
import subprocess

import by_hand  # noqa: F401
import process

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
PROJECT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
# Where it stands in the test's namespace: not every such tool takes a path with a blank.
HERE = "/mnt"


def here(path):
    """A path of the project as the tools are told it."""
    return os.path.join(HERE, os.path.relpath(path, PROJECT))


TOOLS = here(os.environ["VTPM_IMAGE_TOOLS_DIR"])


def enter_namespaces():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS | CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "namespaces")
    process.run(["mount", "--make-rprivate", "/"])
    process.run(["mount", "--bind", PROJECT, HERE])
    process.run(["ip", "link", "set", "lo", "up"])


class Machine:
    """A copy of this machine that costs nothing; `root` is its file system, seen from outside."""

    def __init__(self):
        self.directory = process.temporary_directory("machine")
        # Not on this file system: overlayfs refuses to write into what it shows
        process.run(["mount", "-t", "tmpfs", "machine", self.directory])
        self.root = self._make("root")
        process.run(["mount", "-t", "overlay", "machine", "-o",
                     f"lowerdir=/,upperdir={self._make('upper')},workdir={self._make('work')}", self.root])
        process.run(["mount", "-t", "proc", "proc", self.path("proc")])
        process.run(["mount", "--rbind", "/dev", self.path("dev")])
        process.run(["mount", "-t", "tmpfs", "run", self.path("run")])
        process.run(["mount", "-t", "tmpfs", "tmp", self.path("tmp")])

    def _make(self, name):
        path = os.path.join(self.directory, name)
        os.mkdir(path)
        return path

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def run(self, *argv, **options):
        """Inside of it; what it printed."""
        # There is no systemd in it to ask, nor the temporary directory of these tests.
        inside = {**os.environ, "SYSTEMD_OFFLINE": "1", "TMPDIR": "/tmp"}
        return process.run(["chroot", self.root, *argv], env=inside, **options).decode()

    def close(self):
        subprocess.run(["umount", "-R", self.root], check=True)
        subprocess.run(["umount", self.directory], check=True)
        process.remove_directory(self.directory)


def environment(**changes):
    """One in which the unpacked tools find themselves."""
    return {**os.environ,
            "PATH": f"{TOOLS}/usr/bin:{TOOLS}/usr/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
            "PYTHONPATH": f"{TOOLS}/usr/lib/python3/dist-packages", **changes}
