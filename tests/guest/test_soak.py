#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""False alarms count as much as misses: what is allowed to happen to a VM, again and again in random
order, is told exactly as what it is. The baseline goes along, as that of `vtpm-agent run` does.

usage: test_soak.py [--seed N] [--events N] [crb | new]
"""

import argparse
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "matrix")]
import in_guest  # noqa: E402
import vm as machine  # noqa: E402
from rows import CRB, NEW, ROWS, expected  # noqa: E402

NAMES = ("live migration", "soft reboot", "hard reset", "hard reboot", "hard reboot, SIGKILL")
RESETS = {"soft reboot": 1, "hard reset": 1}  # that QEMU is asked for
BEDS = {"crb": CRB, "new": NEW}
EVIDENCE = "/tmp/evidence.json"


def was_reset_again(vm, row, seen):
    """SeaBIOS resets a machine that was reset, by one way after the other. QEMU takes them one at a time: where it
    is slow the last one comes when the TPM was started already, and that counts."""
    resets = vm.guest.qmp.take_events("RESET")
    return len(resets) > RESETS.get(row.name, 0) and any("several-resets" in reasons for _, _, reasons in seen)


def step(vm, row):
    """One event; raises where the verdict is not what the matrix says. False: it was another one."""
    vm.guest.qmp.take_events("RESET")
    row.fault(vm)
    vm.agent("evidence", "--output", EVIDENCE)
    seen = (machine.verdict(vm.compare(evidence=EVIDENCE)),
            machine.verdict(vm.compare(row.event, evidence=EVIDENCE)))
    is_right = seen == expected(row)
    if not is_right and not was_reset_again(vm, row, seen):
        raise AssertionError(f"{row.name}: expected {expected(row)}\nsaw {seen}; "
                             f"the end of its console:\n{vm.guest.console_text()[-2000:]}")
    vm.adopt_baseline(EVIDENCE)
    return is_right


def soak(bed, seed, count):
    rows = [row for row in ROWS if row.name in NAMES and bed in row.on]
    assert len(rows) == len(NAMES)
    choose = random.Random(f"{seed} {bed}")
    with machine.Vm(in_guest.image(), *bed) as vm:
        vm.save_baseline()
        for number in range(1, count + 1):
            row = choose.choice(rows)
            begin = time.monotonic()
            said = row.continuity if step(vm, row) else "reset more than once"
            print(f"{number:2}: {row.name}: {said}, {time.monotonic() - begin:.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Allowed events in random order.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=30)
    parser.add_argument("bed", nargs="?", choices=BEDS, default="crb", help="which swtpm")
    options = parser.parse_args()

    print(f"again with: test_soak.py --seed {options.seed} --events {options.events} {options.bed}",
          flush=True)
    soak(BEDS[options.bed], options.seed, options.events)


if __name__ == "__main__":
    main()
