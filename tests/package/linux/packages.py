# SPDX-License-Identifier: BSD-2-Clause
"""The packages that the tests package/make and package/make_old made."""

import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lib"))

DIRECTORIES = {"new": os.environ["VTPM_PACKAGES_DIR"], "old": os.environ["VTPM_OLD_PACKAGES_DIR"]}
NAMES = ("vtpm-agent", "vtpm-collector", "vtpm-host")


def _find(pattern, version="new"):
    path, = glob.glob(os.path.join(DIRECTORIES[version], pattern))
    return path


def deb(name, version="new"):
    return _find(f"{name}_*.deb", version)


def rpm(name, version="new"):
    return _find(f"{name}-[0-9]*.rpm", version)


def archive():
    """The static agent's."""
    return _find("*.tar.gz")
