# SPDX-License-Identifier: BSD-2-Clause
"""A minimal system of a suite of Debian, which scripts/suites made, in which packages find what they
depend on by the suite's own apt.

    with Suite("trixie") as root:
        root.satisfy("libssl3 | libssl3t64", "systemd")
        root.install(packages.deb("vtpm-agent", suite="trixie"))
"""

import os

import by_hand  # noqa: F401
import debian
import process

DIRECTORY = os.environ["VTPM_SUITES_DIR"]
# Mounts that go with the command, so that removing the directory never reaches this machine's own.
ENTER = """
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount --bind "$2" "$1/var/cache/apt/archives"
directory=$1
shift 2
exec chroot "$directory" "$@"
"""
APT = ("apt-get", "-q", "-y", "--no-install-recommends", "-o", "Debug::NoLocking=true")


class Suite(debian.Root):
    """`tar`: one that write_tar() made."""

    def __init__(self, name, tar=None):
        super().__init__(tar or os.path.join(DIRECTORY, name, "base.tar"))

    def enter(self):
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", ENTER, "sh",
                self.directory, os.path.join(DIRECTORY, "archives")]

    def write_tar(self, path):
        process.run(["tar", "-C", self.directory, "--numeric-owner", "-cf", path, "."])

    def satisfy(self, *dependencies):
        """Installs what a package's field Depends asks for."""
        self.check(*APT, "satisfy", ", ".join(dependencies), timeout=300)
