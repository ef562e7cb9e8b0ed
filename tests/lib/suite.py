# SPDX-License-Identifier: BSD-2-Clause
"""What the Debian that this machine runs has no package of, as scripts/bootstrap found."""

import os
import unittest

import by_hand  # noqa: F401


def need(package):
    """Ends the test as skipped where it could not be installed."""
    if package in os.environ.get("VTPM_UNAVAILABLE", "").split():
        raise unittest.SkipTest(f"this suite has no package {package}")
