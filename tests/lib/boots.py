# SPDX-License-Identifier: BSD-2-Clause
"""What the agent in a guest says of a boot, and of what another boot changed."""

import by_hand  # noqa: F401
import in_guest
import schemas


class Boots:
    """Of a TestCase with `self.guest`."""

    def read_boot(self):
        """The boot, and the results of the checks that look at it."""
        run = in_guest.agent(self.guest, "boot", "--json")
        self.assertEqual(run.code, 0, run)
        self.assertEqual(schemas.complaints("boot.schema.json", run.json), [])
        self.assertEqual(run.json["firmware"]["version"],
                         self.guest.shell("cat /sys/class/dmi/id/bios_version").strip())
        results = {check["id"]: check["result"] for check in run.json["checks"]}
        self.assertEqual(results.pop("boot-pcrs"), "pass", run)
        return run.json["boot"], results

    def changes(self, change, restart):
        """What the next boot changed, as `compare` says it: PCR and sentence of each."""
        then = self.guest.check(["vtpm-agent", "evidence"])
        change()
        restart()
        self.guest.put("/tmp/then", then.encode())
        run = in_guest.agent(self.guest, "compare", "/tmp/then", "--event", "hard-reboot", "--json")
        self.assertEqual(run.code, 0, run)
        self.assertEqual(schemas.complaints("verdict.schema.json", run.json), [])
        changes = [(each["pcr"], each["sentence"]) for each in run.json["boot_changes"]]
        # The reason is about the firmware's own PCRs.
        self.assertEqual("measurements-changed" in [reason["code"] for reason in run.json["reasons"]],
                         any(pcr < 8 for pcr, _ in changes), run)
        return changes
