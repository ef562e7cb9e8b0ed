# SPDX-License-Identifier: BSD-2-Clause
"""The packages that the test package/make_linux made."""

import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lib"))

DIRECTORY = os.environ["VTPM_PACKAGES"]
NAMES = ("vtpm-agent", "vtpm-collector", "vtpm-host")


def _find(pattern):
    path, = glob.glob(os.path.join(DIRECTORY, pattern))
    return path


def deb(name, version="new"):
    return _find(f"{version}/{name}_*.deb")


def rpm(name, version="new"):
    return _find(f"{version}/{name}-[0-9]*.rpm")
