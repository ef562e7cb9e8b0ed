# SPDX-License-Identifier: BSD-2-Clause
"""The packages that the test package/make made, and those of an earlier version."""

import glob
import os
import platform
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lib"))
import by_hand  # noqa: E402, F401

DIRECTORIES = {"new": os.environ["VTPM_PACKAGES_DIR"], "old": os.environ["VTPM_OLD_PACKAGES_DIR"]}
NAMES = ("vtpm-agent", "vtpm-collector", "vtpm-host")
RELEASES = {"bookworm": 12, "trixie": 13, "forky": 14}
OWN_SUITE = platform.freedesktop_os_release().get("VERSION_CODENAME")


def _find(pattern, version="new"):
    path, = glob.glob(os.path.join(DIRECTORIES[version], pattern))
    return path


def deb(name, version="new", suite=OWN_SUITE):
    """A package for this machine's suite, or another's."""
    return _find(f"{name}_*~deb{RELEASES[suite]}u1_*.deb", version)


def all_debs():
    return sorted(glob.glob(os.path.join(DIRECTORIES["new"], "*.deb")))


def dependencies(path):
    return subprocess.check_output(["dpkg-deb", "-f", path, "Depends"], text=True).strip()


def rpm(name, version="new"):
    return _find(f"{name}-[0-9]*.rpm", version)


def archive():
    """The static agent's."""
    return _find("*.tar.gz")
