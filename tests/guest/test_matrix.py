#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every row of the detection matrix, in real guests: the agent takes a baseline, something happens, the
agent compares, unannounced and announced; continuity, status and all reasons must be exact.

usage: test_matrix.py [--all] [--write] [--only TEXT]... [--jobs N]

Prints the table of what each row showed; --write keeps it, of all rows, as docs/detection-matrix.md. --only
takes rows of `endurance` too.
"""

import argparse
import concurrent.futures
import dataclasses
import multiprocessing
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "matrix")]
import document  # noqa: E402
import in_guest  # noqa: E402
import vm as machine  # noqa: E402
from rows import ROWS, Row, expected  # noqa: E402

KEXEC = os.path.join(in_guest.BUILD, "tests", "guest", "guest-kexec")
image = None


@dataclasses.dataclass
class Seen:
    """What a row showed on one machine."""
    row: Row
    model: str
    release: str
    unannounced: tuple = None  # (continuity, status, reasons)
    announced: tuple = None
    seconds: float = 0.0  # of the whole row
    trouble: str = ""


def play(index, model, release):
    """One row on one machine; runs in a process of its own. A row whose bed failed before there was a
    verdict is played once more, and says so; a verdict, right or wrong, stands."""
    seen = play_once(index, model, release)
    if seen.trouble and not seen.unannounced:
        print(f"again  {model} {release} {ROWS[index].name}:\n{seen.trouble}", flush=True)
        seen = play_once(index, model, release)
    return seen


def play_once(index, model, release):
    row = ROWS[index]
    seen = Seen(row, model, release)
    begin = time.monotonic()
    try:
        with machine.Vm(image, model, release, **row.vm) as vm:
            vm.save_baseline()
            row.fault(vm)
            seen.unannounced = machine.verdict(vm.compare(timeout=row.timeout))
            seen.announced = machine.verdict(vm.compare(row.event, timeout=row.timeout))
        for is_, shall in zip((seen.unannounced, seen.announced), expected(row)):
            if is_ != shall:
                seen.trouble += f"expected {shall}\n     saw {is_}\n"
    except Exception:
        seen.trouble = traceback.format_exc()
    seen.seconds = time.monotonic() - begin
    seen.row = index
    return seen


def play_all(wanted, jobs):
    results = {}
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(jobs, context) as pool:
        futures = [pool.submit(play, *machine_of_row) for machine_of_row in wanted]
        for future in concurrent.futures.as_completed(futures):
            seen = future.result()
            results[seen.row, seen.model, seen.release] = seen
            seen.row = ROWS[seen.row]
            print(f"{'FAILED' if seen.trouble else 'ok':6} {seen.seconds:5.1f} s  {seen.model} "
                  f"{seen.release:8} {seen.row.name}", flush=True)
    return [results[key] for key in wanted]


def main():
    global image
    parser = argparse.ArgumentParser(description="The detection matrix, in real guests.")
    parser.add_argument("--all", action="store_true", help="the rows of `endurance`, too")
    parser.add_argument("--write", action="store_true", help="write docs/detection-matrix.md")
    parser.add_argument("--only", action="append", metavar="TEXT",
                        help="rows with TEXT in \"MODEL RELEASE NAME\"")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()

    begin = time.monotonic()
    wanted = [(index, *bed) for index, row in enumerate(ROWS) for bed in row.on
              if (options.all or options.write or not row.endurance) and not options.only
              or options.only and any(text in f"{bed[0]} {bed[1]} {row.name}" for text in options.only)]
    image = in_guest.image(files={"usr/bin/kexec": KEXEC})
    for release in sorted({release for _, _, release in wanted} | {"new"}):
        for label in machine.STATES:
            machine.ready_made(label, release)
    results = play_all(wanted, options.jobs)
    seconds = time.monotonic() - begin

    print(document.plain(results))
    failed = [seen for seen in results if seen.trouble]
    for seen in failed:
        print(f"\nFAILED {seen.row.name} ({seen.model}, {seen.release}):\n{seen.trouble}")
    print(f"\n{len(results)} rows in {seconds:.0f} s, {len(failed)} failed")
    if options.write:
        if failed or options.only:
            sys.exit("not written: only a whole matrix without a failure is")
        document.write(results)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
