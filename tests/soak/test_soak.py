#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""False alarms count as much as misses: what may happen to a vTPM, in random order, is told by the collector
exactly as what it is; and so is each fault.

usage: test_soak.py intact|faults [--seeds FIRST LAST] [--events N]

A seed is one VM: with `intact` so many events, each reported; with `faults` some events and then one fault."""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib")]
import by_hand  # noqa: E402,F401
import process  # noqa: E402
import faults  # noqa: E402
import intact  # noqa: E402
from collector import UNLIMITED, Collector  # noqa: E402
from machine import NEW, OLD, Host, Machine  # noqa: E402

AGENT, ADMIN = "a-token-of-the-agents-in-this-test-0123456789", "an-operators-token-in-this-test-0123456789"
QUIET = ("nothing", "live migration", "soft reboot", "shutdown and start", "kexec", "crash of the host",
         "hard reboot", "hard reset", "cold migration", "pause and resume")


class Wrong(Exception):
    pass


class Story:
    """One seed's VM, its collector, and what has happened so far."""

    def __init__(self, seed, kind):
        self.random = random.Random(f"{kind} {seed}")
        self.seed, self.steps, self.wrong = seed, [], []
        self.directory = process.temporary_directory("soak")
        self.release = self.random.choice((OLD, NEW))
        self.beacon = self.random.random() < 0.4
        self.machine = self.collector = None
        self.begin()

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def begin(self):
        """A new VM, known to a new collector."""
        self.end()
        tokens = self.write("tokens", "".join(
            f"{role} {role}-1 {hashlib.sha256(token.encode()).hexdigest()}\n"
            for role, token in (("agent", AGENT), ("admin", ADMIN))))
        self.collector = Collector(state=process.temporary_directory("collector"),
                                   config=UNLIMITED + f"[auth]\ntokens = {tokens}\n").start()
        self.machine = Machine(faults.UUID, faults.state("own", self.release),
                               Host(self.release, self.random.uniform(-60, 60)))
        self.machine.url = self.collector.url()
        self.machine.token = self.write("token", AGENT + "\n")
        self.machine.power_on()
        self.machine.boot()
        if self.beacon:
            result = self.machine.agent("beacon", "enable")
            assert result.code == 0, result
        seen = self.machine.report()
        assert seen[0] == "first-seen", seen

    def end(self):
        if self.machine:
            self.machine.close()
        if self.collector:
            self.collector.kill()
            process.remove_directory(self.collector.state)

    def close(self):
        self.end()
        process.remove_directory(self.directory)

    def report(self, event):
        """A clear is an operator's to announce; of other events the guest's word may soften a warning."""
        if event == intact.CLEARED:
            answer = self.collector.ask("POST", f"/v1/vms/{faults.UUID}/announcements",
                                        json.dumps({"event": event, "confirm": True}), ADMIN,
                                        **{"Content-Type": "application/json"})
            assert answer.status == 201, answer.text
        return self.machine.report(event=event)

    def step(self, row, event):
        """One intact event; raises Wrong where the verdict is not the row's."""
        self.steps.append(row.name + (f" ({event})" if event else ""))
        try:
            row.play(self.machine, self.random)
            row = intact.rule(row, self.machine)
            continuity, status, reasons = self.report(event)
        except AssertionError as error:
            raise Wrong(str(error)) from error
        seen = (continuity, status, (*reasons[:1], *sorted(reasons[1:])))
        expected = (row.continuity, row.announced if event else row.unannounced,
                    intact.reasons_of(row, event, self.beacon, self.machine.had_objects))
        if seen != expected:
            raise Wrong(f"expected {expected}, saw {seen}")
        if row.continuity == "cleared":
            self.beacon = False
        if row.after:
            row.after(self.machine)
            seen = self.machine.report(), self.machine.report()
            if seen[0][:1] + seen[1][:2] != ("continuous", "continuous", "affirming"):
                raise Wrong(f"afterwards: {seen}")

    def choose(self, names=None):
        rows = [row for row in intact.ROWS if self.machine.host.release in row.on
                and (not names or row.name in names)]
        row = self.random.choice(rows)
        if row.event in intact.ANNOUNCED_ALWAYS:
            return row, row.event
        return row, row.event if self.random.random() < 0.5 else None

    def last(self):
        """For the page: which swtpm the VM was made with, whether it has a beacon, what happened."""
        return f"{'new' if self.release == NEW else 'old'} {'beacon' if self.beacon else '-'} {self.steps[-1]}"

    def where(self):
        return (f"seed {self.seed} ({'new' if self.release == NEW else 'old'}"
                f"{', beacon' if self.beacon else ''}) step {len(self.steps)}: {' | '.join(self.steps[-3:])}")


def soak_intact(seed, count, tell):
    story = Story(seed, "intact")
    try:
        for _ in range(count):
            try:
                story.step(*story.choose())
                tell(True, story.last())
            except Wrong as wrong:
                tell(False, f"{story.where()}: {wrong}")
                story.begin()
    finally:
        story.close()


def soak_faults(seed, _count, tell):
    story = Story(seed, "faults")
    try:
        possible = [fault for fault in faults.FAULTS if fault.beacon in (None, story.beacon)]
        fault = story.random.choice(possible)
        for _ in range(story.random.randrange(3)):
            story.step(*story.choose(QUIET))
        event = story.random.choice(fault.events)
        story.steps.append(fault.name + (f" ({event})" if event else ""))
        try:
            fault.play(story.machine, story.random)
            seen = story.report(event)
        except AssertionError as error:
            raise Wrong(str(error)) from error
        told = (seen[0], seen[1], seen[2][:1])
        expected = (fault.continuity, "contraindicated", (fault.reason,))
        if told != expected:
            raise Wrong(f"expected {expected}, saw {seen}")
        tell(True, story.last())
    except Wrong as wrong:
        tell(False, f"{story.where()}: {wrong}")
    finally:
        story.close()


def run(kind, first, last, events):
    """All seeds in this process; returns how many verdicts were wrong."""
    wrong = done = 0

    def tell(is_right, text):
        nonlocal wrong, done
        done += 1
        wrong += not is_right
        print(("ok " if is_right else "WRONG ") + text, flush=True)

    for seed in range(first, last + 1):
        try:
            {"intact": soak_intact, "faults": soak_faults}[kind](seed, events, tell)
        except Exception:  # what the bed itself could not do counts as wrong
            tell(False, f"seed {seed}: {traceback.format_exc()}")
    print(f"{kind}: {done} verdicts, {wrong} wrong", flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("intact", "faults"))
    parser.add_argument("--seeds", type=int, nargs=2, default=(1, 2))
    parser.add_argument("--events", type=int, default=25)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    first, last = options.seeds
    if options.jobs == 1:
        return 1 if run(options.kind, first, last, options.events) else 0
    share = -(-(last - first + 1) // options.jobs)
    children = [subprocess.Popen([sys.executable, __file__, options.kind, "--events", str(options.events),
                                  "--seeds", str(at), str(min(last, at + share - 1))])
                for at in range(first, last + 1, share)]
    return max(child.wait() for child in children)


if __name__ == "__main__":
    sys.exit(main())
