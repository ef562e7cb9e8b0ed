#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The model held against real swtpms: seeded random walks, each value of each look predicted.

    VTPM_WALK_SEED=7 python3 tests/model/test_hold.py Short.test_new
"""

import json
import os
import random
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, HERE)
import by_hand  # noqa: E402, F401
import raw_tpm  # noqa: E402
from raw_tpm import CLEAR, STATE, RawTpm, now_ms  # noqa: E402

SEED = int(os.environ.get("VTPM_WALK_SEED", "14"))
BUILD = os.environ.get("VTPM_BUILD_DIR", os.path.join(HERE, "..", "..", "build", "asan"))
KEPT = 8
COUNTER = 0x02040014  # attributes of the beacon
ORDINARY = 0x02040006  # owner writes and reads
SHUT_CLEAR, SHUT_STATE = 1, 2
BOUNDARY, MARGIN = 4096, 60


class Model:
    """tests/model/walk.c as a process."""

    def __init__(self):
        self.child = subprocess.Popen([os.path.join(BUILD, "tests", "model", "model_walk")],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def say(self, word, argument=0):
        self.child.stdin.write(f"{word} {int(argument)}\n")

    def show(self):
        self.say("show")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def close(self):
        self.child.stdin.close()
        self.child.wait(10)
        self.child.stdout.close()


class Names:
    """The model's numbers for what a TPM shows as bytes: one number for each, and the other way."""

    def __init__(self):
        self.by_number, self.by_bytes = {}, {}

    def agree(self, number, data):
        return (self.by_number.setdefault(number, data) == data and
                self.by_bytes.setdefault(data, number) == number)


class Walk:
    """One TPM and its model, and what is done to both."""

    def __init__(self, release, seed):
        self.random = random.Random(seed)
        self.release = release
        self.tpm = RawTpm(release)
        self.model = Model()
        self.names = {"ek": Names(), "owner": Names(), "random": Names()}
        self.mark, self.left_over, self.doubt, self.worst = now_ms(), 0.0, 0.0, 20.0
        self.steps, self.kept, self.history = 0, {}, []
        self.objects = 0
        self.begin()

    def close(self):
        self.model.close()
        self.tpm.close()

    # Time: the model is told what passed, whole milliseconds at a time.

    def elapsed(self):
        moment = now_ms()
        passed = moment - self.mark + self.left_over
        self.mark, self.left_over = moment, passed % 1
        return int(passed)

    def run(self):
        self.model.say("run", self.elapsed())

    def off(self):
        """The power went and came somewhere in what passed."""
        passed = self.elapsed()
        self.model.say("pass", passed)
        self.doubt += passed + 1

    def unsure(self):
        """The clock was set somewhere since run()."""
        self.doubt += now_ms() - self.mark + 1

    def begin(self):
        """A look whose counters and readings the model takes over."""
        self.model.say("swtpm", self.release == "new")
        self.tpm.launch()
        self.tpm.startup(CLEAR)
        time, clock, resets, _, _ = self.tpm.clock()
        self.mark = now_ms()
        self.model.say("resets", resets)
        self.model.say("updates", self.tpm.pcr(10)[0])
        self.model.say("time", time)
        self.model.say("clock", clock)
        self.model.say("nv-clock", clock - time)
        self.write()

    # Steps.

    def power_on(self, start, startup):
        """Power comes by `start`; the model's time begins anew in the middle of it."""
        start()
        self.tpm.startup(startup)
        self.off()
        self.model.say("start", SHUT_STATE if startup == STATE else SHUT_CLEAR)

    def wait(self):
        end = now_ms() + self.random.choice((1, 3, 10, 30, 100))
        while now_ms() < end:
            pass
        self.run()

    def use(self):
        """The TPM notes what time it is."""
        self.run()
        self.tpm.clock()
        self.model.say("use")

    def extend(self):
        for _ in range(self.random.randrange(1, 4)):
            self.run()
            self.tpm.extend()
            self.model.say("extend", 1)

    def write(self):
        self.run()
        self.tpm.define(raw_tpm.FIRST_OBJECT + self.objects, ORDINARY)
        self.objects += 1
        self.model.say("write")

    def beacon(self):
        self.run()
        if raw_tpm.BEACON not in self.tpm.handles(raw_tpm.BEACON):
            self.tpm.define(raw_tpm.BEACON, COUNTER)
        self.tpm.increment(raw_tpm.BEACON)
        self.model.say("beacon")

    def authorize(self):
        self.run()
        self.tpm.set_owner_auth(b"" if self.tpm.owner_auth else b"secret")
        self.model.say("authorize", bool(self.tpm.owner_auth))

    def set_clock(self):
        self.run()
        clock = self.tpm.clock()[1] + self.random.choice((2000, 7000, 3600000))
        self.tpm.set_clock(clock)
        self.unsure()
        self.model.say("set-clock", clock)

    def clear(self):
        self.run()
        self.tpm.clear()
        self.unsure()
        self.objects = 0
        self.model.say("clear")

    def soft_reset(self):
        self.run()
        self.tpm.shutdown(CLEAR)
        self.model.say("shutdown", SHUT_CLEAR)
        self.model.say("stop")
        self.power_on(self.tpm.power_on, CLEAR)

    def hard_reset(self):
        self.run()
        self.model.say("stop")
        self.power_on(self.tpm.power_on, CLEAR)

    def suspend(self, startup):
        self.run()
        self.tpm.shutdown(STATE)
        self.model.say("shutdown", SHUT_STATE)
        self.model.say("stop")
        self.power_on(self.tpm.power_on, startup)

    def sleep(self):
        self.suspend(STATE)

    def hibernate(self):
        self.suspend(CLEAR)

    def shut_down_and_go_on(self):
        """What a kernel does before kexec, and its successor knows nothing of."""
        self.run()
        self.tpm.shutdown(CLEAR)
        self.model.say("shutdown", SHUT_CLEAR)
        self.use()

    def power_cycle(self):
        self.run()
        self.tpm.terminate()
        self.model.say("stop")
        self.power_on(self.tpm.launch, CLEAR)

    def crash(self):
        self.run()
        self.tpm.kill()
        self.power_on(self.tpm.launch, CLEAR)

    def migrate(self):
        """To a new process, whose file is written by what arrives."""
        self.use()
        blobs = self.tpm.take_blobs()
        self.model.say("keep", KEPT)
        self.tpm.kill()
        self.tpm.launch()
        self.tpm.put_blobs(blobs)
        self.off()
        self.model.say("migrate", KEPT)

    def keep(self):
        self.use()
        place = self.random.randrange(KEPT)
        self.history[-1] += f" {place}"
        self.model.say("keep", place)
        with open(self.tpm.file, "rb") as file:
            state = file.read()
        self.kept[place] = (state, self.tpm.take_blobs(), self.objects, self.tpm.owner_auth)

    def choose_kept(self):
        place = self.random.choice(sorted(self.kept))
        self.history[-1] += f" {place}"
        state, blobs, self.objects, self.tpm.owner_auth = self.kept[place]
        return place, state, blobs

    def go_back(self):
        if not self.kept:
            return
        self.run()
        place, state, _ = self.choose_kept()
        self.tpm.kill()
        with open(self.tpm.file, "wb") as file:
            file.write(state)
        self.model.say("file", place)
        self.power_on(self.tpm.launch, CLEAR)

    def go_back_running(self):
        if not self.kept:
            return
        self.run()
        place, _, blobs = self.choose_kept()
        self.tpm.put_blobs(blobs)
        self.off()
        self.model.say("running", place)

    STEPS = ((wait, 30), (extend, 8), (write, 6), (beacon, 8), (authorize, 4), (set_clock, 4),
             (clear, 2), (soft_reset, 8), (hard_reset, 8), (sleep, 8), (hibernate, 6),
             (shut_down_and_go_on, 5), (power_cycle, 3), (crash, 4), (migrate, 3), (keep, 6),
             (go_back, 3), (go_back_running, 4))

    def leave_boundary(self):
        """Where libtpms notes the clock, a few milliseconds decide what it notes."""
        began = now_ms()
        margin = min(max(MARGIN, self.doubt + self.worst), BOUNDARY / 4)
        self.use()
        clock = self.tpm.clock()[1] + BOUNDARY // 2
        while abs(clock % BOUNDARY - BOUNDARY // 2) < margin:
            self.use()
            clock = self.tpm.clock()[1] + BOUNDARY // 2
            self.worst = max(self.worst, now_ms() - began)

    def step(self):
        self.leave_boundary()
        functions, weights = zip(*self.STEPS)
        (function,) = self.random.choices(functions, weights)
        self.history.append(function.__name__)
        function(self)
        self.steps += 1

    # Looks.

    def look(self):
        """What differs from the prediction, as a list of texts."""
        self.leave_boundary()
        begin = now_ms()
        self.run()
        time, clock, resets, restarts, safe = self.tpm.clock()
        self.doubt += now_ms() - begin + 3
        permanent, startup = self.tpm.bits()
        updates, _ = self.tpm.pcr(10)
        names = {"ek": self.tpm.name(raw_tpm.ENDORSEMENT),
                 "owner": self.tpm.name(raw_tpm.OWNER, self.tpm.owner_auth),
                 "random": self.tpm.random()}
        indices = self.tpm.handles(0x01800000)
        seen = {"resets": resets, "restarts": restarts, "safe": safe, "updates": updates,
                "orderly": startup >> 31, "owner_auth": permanent & 1,
                "ek_handle": int(raw_tpm.EK_HANDLE in self.tpm.handles(raw_tpm.EK_HANDLE)),
                "objects": sum(raw_tpm.FIRST_OBJECT <= index < raw_tpm.BEACON
                               for index in indices),
                "beacon": raw_tpm.BEACON in indices and self.tpm.value(raw_tpm.BEACON)}
        said = self.model.show()
        wrong = [f"{field}: {said[field]} predicted, {value} seen"
                 for field, value in seen.items() if said[field] != value]
        wrong += [f"{field}: number {said[field]} is another one's"
                  for field, data in names.items() if not self.names[field].agree(said[field], data)]
        for field, value in (("time", time), ("clock", clock)):
            if abs(said[field] - value) > self.doubt + self.worst:
                wrong.append(f"{field}: {said[field]} predicted, {value} seen, "
                             f"in doubt {self.doubt:.0f} ms")
        self.model.say("time", time)
        self.model.say("clock", clock)
        self.worst = max(self.worst, self.doubt)
        self.doubt = 0.0
        return wrong


class Short(unittest.TestCase):
    SECONDS = 6

    def walk(self, release):
        walk = Walk(release, SEED)
        self.addCleanup(walk.close)
        end = now_ms() + self.SECONDS * 1000
        while now_ms() < end:
            for _ in range(walk.random.randrange(1, 4)):
                walk.step()
            wrong = walk.look()
            self.assertFalse(wrong, f"step {walk.steps}, after {walk.history[-40:]}")
        print(f"{release}: {walk.steps} steps as predicted", file=sys.stderr)

    def test_old(self):
        self.walk("debian12")

    def test_new(self):
        self.walk("new")


class Long(Short):
    SECONDS = 150


if __name__ == "__main__":
    unittest.main()
