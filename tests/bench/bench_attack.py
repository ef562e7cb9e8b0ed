#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What an attacker at full speed costs a fleet that reports: docs/benchmarks.md, whose table this prints.

One collector with its default limits. A fleet reports at a pace, by turns alone and beside an attacker on the same
machine: he keeps connections idle, does not end his bodies, asks with certificates that cost much
(tests/collector/test_attacker.py), and floods from another address with guests who want to enrol, half of them under
the names of the fleet's own.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path += [os.path.join(TESTS, "lib"), os.path.join(TESTS, "collector")]
import process  # noqa: E402
from authority import Authority  # noqa: E402
from collector import Collector  # noqa: E402

FLEET, FLOOD = "127.0.0.2", "127.0.0.3"
PROGRAM = os.path.join(os.environ.setdefault("VTPM_BUILD_DIR", "build/release"), "tests", "bench", "bench_collector")
FIGURES = (("p50", "p50_ms"), ("p99", "p99_ms"))


class QuietCollector(Collector):
    """Without a line in the log for each request."""

    def __init__(self, **options):
        super().__init__(**options)
        self.argv.remove("--verbose")


class Load:
    """The generator: a line of it is a phase."""

    def __init__(self, collector, server, **options):
        words = {"address": collector.url().split("//")[1], "certificate": server[0], "key": server[1], **options}
        self.child = process.start([PROGRAM, *(f"{name}={value}" for name, value in words.items())],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, phase):
        for line in self.child.stdout:
            figures = json.loads(line)
            if figures["phase"] == phase:
                return figures
        raise RuntimeError(f"the generator ended before \"{phase}\"")

    def step(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return self.read("step")

    def close(self):
        self.child.stdin.close()
        self.child.stdout.close()
        process.reap(self.child)


@contextlib.contextmanager
def attack(collector, server, options, known):
    """Gives the flood, to be read in the end, and the one with the other ways."""
    from test_attacker import Attacker  # a test, which finds its environment when it is imported
    flood = Load(collector, server, guests=2 * options.guests, connections=options.connections,
                 seconds=options.seconds + 1, source=FLOOD, attack=1)
    with contextlib.closing(flood), Attacker(collector.url(), known) as attacker:
        yield flood, attacker


def measure_round(collector, server, load, options, known):
    alone = load.step()
    with attack(collector, server, options, known) as (flood, attacker):
        beside = load.step()
        flooded = flood.read("attack")
    return {"alone": alone, "beside": beside, "flood": flooded, "attacker": attacker.done}


def measure(options, folder):
    server = Authority(folder, "ca").issue("127.0.0.1", "serverAuth")
    os.mkdir(os.path.join(folder, "state"))
    with QuietCollector(state=os.path.join(folder, "state")) as collector:
        load = Load(collector, server, pid=collector.child.pid, source=FLEET, guests=options.guests,
                    connections=options.connections, seconds=options.seconds, pace=options.pace,
                    steps=2 * options.rounds)
        with contextlib.closing(load):
            load.read("enrol")
            listing = collector.ask("GET", "/v1/vms?limit=1", token=collector.admin_token())
            known = json.loads(listing.text)["vms"][0]["uuid"]
            # He has processors of his own: here he leaves them to the collector and the fleet.
            os.nice(10)
            return [measure_round(collector, server, load, options, known) for _ in range(options.rounds)]


def lost(step):
    return step["failures"] / (step["reports"] + step["failures"])


def print_report(options, rounds):
    print(f"{os.cpu_count()} processors; {options.guests:,} guests, {options.connections} connections, "
          f"{options.pace:g} reports/s, {options.seconds:g} s a phase, {options.rounds} rounds.\n")
    print("| | alone | beside the attacker | ratio (least to most) |\n|---|---|---|---|")
    for name, key in FIGURES:
        ratios = [each["beside"][key] / each["alone"][key] for each in rounds]
        alone, beside = (statistics.median(each[side][key] for each in rounds) for side in ("alone", "beside"))
        print(f"| {name} | {alone:.1f} ms | {beside:.1f} ms | {statistics.median(ratios):.1f} "
              f"({min(ratios):.1f}–{max(ratios):.1f}) |")
    alone, beside = (max(lost(each[side]) for each in rounds) for side in ("alone", "beside"))
    print(f"| reports lost, at most | {100 * alone:.2f} % | {100 * beside:.2f} % | |")
    rates = [(each["flood"]["reports"] + each["flood"]["failures"]) / each["flood"]["seconds"] for each in rounds]
    taken = sum(each["flood"]["reports"] for each in rounds)
    print(f"\nThe attacker: {statistics.median(rates):,.0f} requests/s of his flood, of which {taken:,} in all rounds "
          f"enrolled a VM; and {json.dumps(rounds[-1]['attacker'])} in the last round.\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--guests", type=int, default=1000, help="default %(default)s")
    parser.add_argument("--connections", type=int, default=64, help="of each, default %(default)s")
    parser.add_argument("--pace", type=float, default=333, help="reports/s, default %(default)s")
    parser.add_argument("--seconds", type=float, default=10, help="of a phase, default %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s")
    parser.add_argument("--folder", help="where the database is made: on the disk in question")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vtpm-bench-", dir=options.folder) as folder:
        rounds = measure(options, folder)
    print_report(options, rounds)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(rounds, file, indent=2)


if __name__ == "__main__":
    main()
