#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes docs/soak.md from what both runs of test_soak.py printed; refuses where a verdict was wrong.

usage: page.py INTACT_OUTPUT FAULTS_OUTPUT"""

import collections
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib")]
os.environ.setdefault("VTPM_BUILD_DIR", "build/asan")
import faults  # noqa: E402
import intact  # noqa: E402
from machine import NEW, OLD  # noqa: E402

PAGE = os.path.join(HERE, "..", "..", "docs", "soak.md")
RELEASES = {(OLD,): "0.7.1", (NEW,): "0.10.2", (OLD, NEW): "both"}
HEAD = """<!-- Written by tests/soak/page.py from a run of every seed. Do not edit. -->
# The soak

A false alarm costs as much as a miss: after one, nobody believes the next. So what may happen to a VM was made to
happen {events} times in random order, and each fault {faults} times altogether, with swtpm 0.7.1 and 0.10.2, in VMs
with a beacon and without. The collector's verdict was wrong **{wrong}** times: its continuity, its status and every
reason are compared for events, and for faults continuity, status and the decisive reason.

swtpm, agent and collector are real, and so is all that is between them. The guest is played: the test sends what
firmware, loader and system send to a TPM, and runs the agent in namespaces with that guest's boot id, uptime, SMBIOS
and event log. The clocks of the hosts are the test's, so that days pass in milliseconds, and a host's wall clock is
an hour off or is set by a day. A live migration carries the TPM's state as QEMU does. The same in real guests, each
once: [the detection matrix](detection-matrix.md).

    scripts/test endurance        # soak/intact_all, soak/faults_all: every seed
    scripts/test collector        # soak/intact, soak/faults: a tenth of it

`tests/soak/test_soak.py intact --seeds 7 7` plays the VM of one seed again.
"""
EVENTS = """
## What may happen

{seeds} VMs, 25 events each. `rollback-not-excluded` is said where no beacon is left only, `objects-changed` of a clear
only where there was something to lose. A look follows each event. Where two verdicts are given, the second is for a
TPM whose clock lost what the look before had seen of it.

| what happens | swtpm | announced as | continuity | unannounced | announced | reasons | times |
|---|---|---|---|---|---|---|---|
"""
FAULTS = """
## What must not

A VM of its own for each, in which up to two of the events above came first.

| what happens | beacon | announced as | continuity | decisive reason | times |
|---|---|---|---|---|---|
"""
BEACON = {None: "any", True: "with", False: "without"}


def read(path):
    """How often each name was told rightly, for each swtpm of the VM's beginning."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    wrong = [line for line in lines if line.startswith("WRONG")]
    if wrong:
        sys.exit(f"{path}: wrong verdicts:\n" + "\n".join(wrong))
    return collections.Counter(
        re.sub(r" \([a-z-]+\)$", "", line.split(" ", 3)[3]) for line in lines if line.startswith("ok "))


def event_row(row, times):
    told = [row] + ([intact.dataclasses.replace(row, **row.if_behind)] if row.if_behind else [])
    reasons = []
    for each in told:
        both = intact.reasons_of(each, None, False, True), intact.reasons_of(each, "any", False, True)
        reasons.append(", ".join(f"`{name}`" if name in both[1] else f"(`{name}`)" for name in both[0]))
    cells = (row.name, RELEASES[row.on], row.event or "",
             " or ".join(dict.fromkeys(f"**{each.continuity}**" for each in told)),
             "" if row.event in intact.ANNOUNCED_ALWAYS else
             " or ".join(dict.fromkeys(each.unannounced for each in told)),
             " or ".join(dict.fromkeys(each.announced for each in told)) if row.event else "",
             " or ".join(dict.fromkeys(reasons)), str(times))
    return "| " + " | ".join(cells) + " |\n"


def main():
    events, of_faults = read(sys.argv[1]), read(sys.argv[2])
    text = HEAD.format(events=f"{sum(events.values()):,}", faults=sum(of_faults.values()), wrong=0)
    text += EVENTS.format(seeds=sum(events.values()) // 25)
    for name in dict.fromkeys(row.name for row in intact.ROWS):
        for number, row in enumerate(row for row in intact.ROWS if row.name == name):
            text += event_row(row, events.pop(name) if not number else "")
    text += FAULTS
    for fault in faults.FAULTS:
        announced = ", ".join(event or "nothing" for event in fault.events)
        text += (f"| {fault.name} | {BEACON[fault.beacon]} | {announced} | **{fault.continuity}** | "
                 f"`{fault.reason}` | {of_faults.pop(fault.name)} |\n")
    assert not events and not of_faults, (events, of_faults)
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
