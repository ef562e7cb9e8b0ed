# SPDX-License-Identifier: BSD-2-Clause
"""The matrix as a table: for a terminal, and as docs/detection-matrix.md."""

import os
import subprocess

import guest
import manufacture
from elsewhere import ELSEWHERE
from rows import SECTIONS

PATH = os.path.join(guest.ROOT, "docs", "detection-matrix.md")
HEADINGS = ("row", "model", "swtpm", "announced", "continuity", "status", "reasons", "seconds")
INTRODUCTION = """<!-- Written by tests/guest/test_matrix.py --write from a run of every row. Do not edit. -->
# The detection matrix

What the agent said, in real guests (QEMU, a Linux kernel, swtpm {versions}), of everything that
may happen to a vTPM. In each row a baseline was taken out of the running guest, something happened, and
`vtpm-agent compare` was run in the guest twice: with nothing announced, and with the event of the sixth
column. The test fails where continuity, either status or any reason is another than here.

    tests/guest/test_matrix.py --write

The first reason is the decisive one; `docs/verdicts.md` explains each. What is in brackets was said
without, or with, the announcement only.
"""
CONCLUSION = """
## Shown elsewhere

Reasons that no row above has, and the test that shows each. Those in `tests/unit` are shown by documents that
were made so; all others by real TPMs, collectors or hosts. What several looks at once may say is
`tests/guest/test_at_once.py`'s: everybody looks at one vTPM, in a guest that is reset, migrated, rebooted and
crashes meanwhile.

| reason | test |
|---|---|
"""
COLUMNS = ("what happens", "model", "swtpm", "continuity", "unannounced", "announced as", "announced",
           "reasons")


def lines(results):
    """Two lines of each row: unannounced and announced."""
    for seen in results:
        for event, verdict in (("–", seen.unannounced), (seen.row.event, seen.announced)):
            continuity, status, reasons = verdict or ("?", "?", ("?",))
            yield (seen.row.name, seen.model, seen.release, event, continuity, status,
                   ", ".join(reasons), f"{seen.seconds:.1f}")


def plain(results):
    table = [HEADINGS, *lines(results)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in table)


def version(release):
    """"0.7.1"."""
    output = subprocess.check_output([manufacture.tool("swtpm", release), "--version"], text=True)
    return output.split("version ")[1].split(",")[0]


def reasons(seen):
    (_, _, quiet), (_, _, told) = seen.unannounced, seen.announced
    everything = list(quiet) + [reason for reason in told if reason not in quiet]
    return ", ".join(f"`{reason}`" if reason in quiet and reason in told else f"(`{reason}`)"
                     for reason in everything)


def write(results):
    versions = {release: version(release) for release in manufacture.RELEASES}
    text = INTRODUCTION.format(versions=" and ".join(versions.values()))
    for title, explanation, rows in SECTIONS:
        text += f"\n## {title}\n{explanation}\n| {' | '.join(COLUMNS)} |\n"
        text += "|---" * len(COLUMNS) + "|\n"
        for seen in (seen for seen in results if seen.row in rows):
            text += "| " + " | ".join((
                seen.row.name, seen.model, versions[seen.release], f"**{seen.unannounced[0]}**",
                seen.unannounced[1], seen.row.event, seen.announced[1], reasons(seen))) + " |\n"
    text += CONCLUSION + "".join(f"| `{reason}` | `tests/{path}` |\n" for reason, path in ELSEWHERE.items())
    with open(PATH, "w") as file:
        file.write(text)
