#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""False alarms count as much as misses: what is allowed to happen to a VM, again and again in random
order, is told exactly as what it is. The baseline goes along, as that of `vtpm-agent run` does.

usage: test_soak.py [--seed N] [--events N]
"""

import argparse
import concurrent.futures
import multiprocessing
import os
import random
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "matrix")]
import in_guest  # noqa: E402
import vm as machine  # noqa: E402
from rows import CRB, NEW, ROWS, expected  # noqa: E402

NAMES = ("live migration", "soft reboot", "hard reset", "hard reboot", "hard reboot, SIGKILL")
EVIDENCE = "/tmp/evidence.json"

image = None


def step(vm, row):
    """One event; raises where the verdict is not what the matrix says."""
    row.fault(vm)
    vm.agent("evidence", "--output", EVIDENCE)
    seen = (machine.verdict(vm.compare(evidence=EVIDENCE)),
            machine.verdict(vm.compare(row.event, evidence=EVIDENCE)))
    if seen != expected(row):
        raise AssertionError(f"{row.name}: expected {expected(row)}\nsaw {seen}")
    vm.adopt_baseline(EVIDENCE)


def soak(bed, seed, count):
    """Returns what went wrong, or None."""
    rows = [row for row in ROWS if row.name in NAMES and bed in row.on]
    assert len(rows) == len(NAMES)
    choose = random.Random(f"{seed} {bed}")
    try:
        with machine.Vm(image, *bed) as vm:
            vm.save_baseline()
            for number in range(1, count + 1):
                row = choose.choice(rows)
                begin = time.monotonic()
                step(vm, row)
                print(f"{' '.join(bed)} {number:2}: {row.name}: {row.continuity}, "
                      f"{time.monotonic() - begin:.1f} s", flush=True)
    except Exception:
        return traceback.format_exc()
    return None


def main():
    global image
    parser = argparse.ArgumentParser(description="Allowed events in random order.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=30, help="on one VM; on a second, half as many")
    options = parser.parse_args()

    print(f"again with: test_soak.py --seed {options.seed} --events {options.events}", flush=True)
    image = in_guest.image()
    for _, release in (CRB, NEW):
        machine.ready_made("own", release)
    with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        runs = {bed: pool.submit(soak, bed, options.seed, count)
                for bed, count in ((CRB, options.events), (NEW, options.events // 2))}
        failures = {bed: run.result() for bed, run in runs.items() if run.result()}
    for bed, failure in failures.items():
        print(f"\nFAILED {' '.join(bed)}, seed {options.seed}:\n{failure}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
