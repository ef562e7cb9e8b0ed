# SPDX-License-Identifier: BSD-2-Clause
"""Prometheus' text format."""

import os
import subprocess

import by_hand  # noqa: F401


def parse(text):
    """Values by name and labels, as they are written; the form is promtool's to judge."""
    subprocess.run([os.environ["VTPM_PROMTOOL"], "check", "metrics"], input=text.encode(), check=True)
    return {name: float(value) for name, _, value in
            (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))}
