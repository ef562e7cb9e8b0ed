#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a TPM's past looks like in two looks at it, with swtpm before and since 0.8: a state that was set
back, a crash before a saved restart, a clear behind a new owner authorization."""

import json
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402

RELEASES = ("debian12", "new")


class Story:
    """A TPM, and the directory in which the agent's service keeps what it knows of it."""

    def __init__(self, test, release):
        self.test = test
        self.tpm = test.enterContext(Swtpm(release=release))
        self.state = process.temporary_directory("history")
        test.addCleanup(process.remove_directory, self.state)
        self.baseline = os.path.join(self.state, "baseline.json")
        self.boots = 0

    def read(self, name):
        with open(os.path.join(self.state, name)) as file:
            return json.load(file)

    def boot(self):
        """Another boot of the system: that part of the baseline is not signed."""
        self.boots += 1
        document = self.read("baseline.json")
        document["guest"]["boot_id"] = f"00000000-0000-4000-8000-{self.boots:012}"
        with open(self.baseline, "w") as file:
            json.dump(document, file)

    def look(self, continuity, code, *reasons):
        """One run of the service."""
        result = agent.run("run", "--once", tpm=self.tpm,
                           env=agent.environment(STATE_DIRECTORY=self.state))
        verdict = self.read("verdict.json")
        seen = [reason["code"] for reason in verdict["reasons"]]
        self.test.assertEqual((verdict["continuity"], result.code, seen[:len(reasons)]),
                              (continuity, code, list(reasons)), seen)

    def codes(self):
        return [reason["code"] for reason in self.read("verdict.json")["reasons"]]

    def compare(self, continuity, code, *reasons, event="none"):
        result = agent.run("compare", self.baseline, "--event", event, "--json", tpm=self.tpm)
        seen = [reason["code"] for reason in result.json["reasons"]]
        self.test.assertEqual((result.json["continuity"], result.code, seen[:len(reasons)]),
                              (continuity, code, list(reasons)), seen)


class History(unittest.TestCase):
    def each(self):
        for release in RELEASES:
            with self.subTest(release):
                yield Story(self, release)

    def test_set_back(self):
        """However often the older state is started, it does not become the right one."""
        for story in self.each():
            story.tpm.stop()
            older = story.tpm.snapshot()
            story.tpm.start()
            story.look("first-seen", 0)
            story.tpm.stop()
            story.tpm.restore(older)
            story.tpm.start()
            story.boot()
            story.look("rolled-back", 2, "counters-repeated")
            kept = story.read("baseline.json")
            for _ in range(2):
                story.tpm.restart()
                story.look("rolled-back", 2, "counters-repeated", "unresolved")
            self.assertEqual(story.read("baseline.json"), kept)
            self.assertEqual(agent.run("reset-state", env=agent.environment(
                STATE_DIRECTORY=story.state)).code, 0)
            story.look("first-seen", 0)

    def test_crash_and_saved_restart(self):
        """The orderly bit tells of the last restart alone; the clock, of what was lost before."""
        for story in self.each():
            time.sleep(6)  # more than Startup may come after power-on
            story.look("first-seen", 0)
            story.tpm.kill()
            story.tpm.start()
            story.tpm.restart("state")
            story.boot()
            story.compare("crashed", 1, "crashed", "rollback-not-excluded")
            story.compare("crashed", 0, "crashed", event="hard-reboot")

    def test_cleared_and_owned(self):
        for story in self.each():
            oracle.tpm2(story.tpm, "createprimary", "-C", "o", "-c",
                        os.path.join(story.state, "primary"))
            oracle.tpm2(story.tpm, "evictcontrol", "-C", "o", "-c",
                        os.path.join(story.state, "primary"), "0x81000001")
            oracle.tpm2(story.tpm, "flushcontext", "-t")
            self.assertEqual(agent.run("beacon", "enable", tpm=story.tpm).code, 0)
            story.look("first-seen", 0)
            oracle.tpm2(story.tpm, "clear", "-c", "p")
            story.compare("cleared", 2, "owner-seed-changed")
            story.compare("cleared", 0, "owner-seed-changed", event="clear")
            oracle.tpm2(story.tpm, "changeauth", "-c", "o", "secret")
            story.compare("cleared", 2, "owner-seed-changed")
            story.tpm.restart()
            story.boot()
            story.compare("cleared", 2, "owner-seed-changed", "objects-changed")
            story.compare("cleared", 0, "owner-seed-changed", event="clear")

    def test_cleared_and_owned_twice(self):
        """A clear leaves no key persistent, so a second one is told by nothing but the clock."""
        for story in self.each():
            oracle.tpm2(story.tpm, "clear", "-c", "p")
            self.assertEqual(oracle.handles(story.tpm, "persistent"), [])
            oracle.tpm2(story.tpm, "changeauth", "-c", "o", "secret")
            time.sleep(6)  # more than Startup may come after power-on
            story.look("first-seen", 0)
            oracle.tpm2(story.tpm, "clear", "-c", "p")
            story.tpm.restart("state")
            oracle.tpm2(story.tpm, "changeauth", "-c", "o", "secret")
            story.compare("cleared", 2, "owner-seed-changed")
            story.compare("cleared", 0, "owner-seed-changed", event="clear")

    def test_cleared_behind_a_disabled_hierarchy(self):
        """A look that cannot see the owner seed does not make others forget it."""
        for story in self.each():
            story.look("first-seen", 0)
            oracle.tpm2(story.tpm, "clear", "-c", "p")
            for _ in range(6):
                story.tpm.restart()
            oracle.tpm2(story.tpm, "setclock", "-c", "p", "100000000")
            oracle.tpm2(story.tpm, "hierarchycontrol", "-C", "p", "shEnable", "clear")
            story.boot()
            for _ in range(3):
                story.look("restarted", 1, "restarted-orderly", "several-resets")
            self.assertIn("owner-seed-unknown", story.codes())
            story.tpm.restart()
            story.boot()
            story.look("cleared", 2, "owner-seed-changed")

    def test_owner_hierarchy_disabled_until_a_reboot(self):
        """Of the admin's own doing, which a reboot ends, nothing is left."""
        for story in self.each():
            story.look("first-seen", 0)
            oracle.tpm2(story.tpm, "hierarchycontrol", "-C", "p", "shEnable", "clear")
            story.look("continuous", 0, "same-tpm")
            story.tpm.restart()
            story.boot()
            story.compare("restarted", 0, "restarted-orderly", event="soft-reboot")
            story.look("restarted", 0, "restarted-orderly")

    def test_set_back_to_before_the_beacon(self):
        for story in self.each():
            story.tpm.stop()
            older = story.tpm.snapshot()
            story.tpm.start()
            self.assertEqual(agent.run("beacon", "enable", tpm=story.tpm).code, 0)
            story.look("first-seen", 0)
            story.tpm.stop()
            story.tpm.restore(older)
            story.tpm.start()
            for _ in range(3):
                story.tpm.restart()
            oracle.tpm2(story.tpm, "setclock", "-c", "p", "100000000")
            story.boot()
            for _ in range(3):
                story.look("restarted", 1, "restarted-orderly")
                self.assertIn("beacon-missing", story.codes())
            # A beacon that is made anew is no better.
            self.assertEqual(agent.run("beacon", "enable", tpm=story.tpm).code, 0)
            story.look("rolled-back", 2, "beacon-behind")

    def test_beacon_disabled(self):
        """Told once in each look, until a person says that it is right."""
        for story in self.each():
            self.assertEqual(agent.run("beacon", "enable", tpm=story.tpm).code, 0)
            story.look("first-seen", 0)
            self.assertIn("vtpm-agent accept", agent.run("beacon", "disable", tpm=story.tpm).out)
            for _ in range(2):
                story.look("continuous", 1, "same-tpm", "beacon-missing")
                self.assertEqual(len(story.codes()), 2)
            self.assertEqual(agent.run("reset-state", env=agent.environment(
                STATE_DIRECTORY=story.state)).code, 0)
            story.look("first-seen", 0)
            story.look("continuous", 0, "same-tpm")

    def test_baseline_lost(self):
        """A vTPM that was replaced does not become the right one by that; and that it is gone is told."""
        for story in self.each():
            story.look("first-seen", 0)
            story.look("continuous", 0, "same-tpm")
            os.unlink(story.baseline)
            story.look("first-seen", 1, "first-seen", "baseline-lost")
            story.look("continuous", 0, "same-tpm")
            with Swtpm(name="other", release=story.tpm.release) as other:
                story.tpm, own = other, story.tpm
                story.look("replaced", 2, "ek-changed")
                os.unlink(story.baseline)
                for _ in range(2):
                    story.look("replaced", 2, "ek-changed", "unresolved")
                story.tpm = own
            story.look("replaced", 2, "ek-changed", "unresolved")

    def test_set_back_while_hibernated(self):
        """The system did not restart, and nothing was measured: a warning, and never affirmed."""
        for story in self.each():
            story.look("first-seen", 0)
            older = story.tpm.snapshot()
            story.tpm.stop()
            story.tpm.restore(older)
            story.tpm.start()
            story.compare("restarted", 1, "suspended", "rollback-not-excluded", event="resume")


if __name__ == "__main__":
    unittest.main()
