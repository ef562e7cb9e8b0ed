#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Photographs vtpm-status.exe under Wine, before a TPM as a firmware that measures leaves it.

Usage: docs/photograph.py docs/vtpm-status.png   (after scripts/test wine)
"""

import os
import re
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
LOG = os.path.join(ROOT, "tests", "data", "eventlog", "ovmf-sha256.bin")
os.environ.setdefault("VTPM_BUILD_DIR", os.path.join(ROOT, "build", "release"))
os.environ.setdefault("VTPM_WINDOWS_DIR", os.path.join(ROOT, "build", "windows"))
os.environ.setdefault("VTPM_WINE", "/usr/lib/wine/wine64")
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import oracle  # noqa: E402
from display import Display  # noqa: E402
from status_window import StatusWindow  # noqa: E402
from wine import WINE, Wine  # noqa: E402

FONTS = r"HKCU\Software\Wine\Fonts\Replacements"


def is_dark(pixel):
    return max(pixel[:3]) == 0


def frame(display):
    """The window stands alone on a black screen."""
    width, height, rows = display.pixels()
    lit = [[not is_dark(row[4 * x:4 * x + 4]) for x in range(width)] for row in rows]
    top = next(y for y in range(height) if sum(lit[y]) > width // 2)
    bottom = next(y for y in reversed(range(height)) if sum(lit[y]) > width // 2)
    columns = [x for x in range(width) if lit[top][x]]
    return columns[0], top, columns[-1] + 1, bottom + 1


def boot(tpm):
    """Extends what the log says was measured."""
    log = oracle.command("tpm2_eventlog", LOG).decode()
    events = re.findall(r"PCRIndex: (\d+)\n *EventType: (\w+)\n.*?Digest: \"(\w+)\"", log, re.DOTALL)
    for pcr, kind, digest in events:
        if kind != "EV_NO_ACTION":
            oracle.tpm2(tpm, "pcrextend", f"{pcr}:sha256={digest}")


def main(path):
    with Display(1100, 900) as display, Wine(display) as wine, wine.tpm() as tpm:
        for font in ("Segoe UI", "Tahoma", "MS Shell Dlg", "MS Shell Dlg 2"):
            wine.run([WINE, "reg", "add", FONTS, "/v", font, "/d", "Open Sans", "/f"])
        boot(tpm)
        with StatusWindow(wine, tpm=tpm, TBS_LOG="Z:" + LOG) as window:
            window.wait(lambda seen: seen.verdict == "Healthy")
            display.photograph(path, frame(display))


if __name__ == "__main__":
    main(sys.argv[1])
