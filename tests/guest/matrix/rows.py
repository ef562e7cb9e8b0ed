# SPDX-License-Identifier: BSD-2-Clause
"""The detection matrix: what happens, on which machines, and the exact verdict."""

import dataclasses
import typing

import boot_faults as boots
import faults
import guest
import special_disk
import tpm_faults as tpm

CRB = ("tpm-crb", "debian12")
TIS = ("tpm-tis", "debian12")
# swtpm 0.8 or later: shuts the TPM down itself when it is stopped in order.
NEW = ("tpm-crb", "new")

GOOD, WARN, BAD = "affirming", "warning", "contraindicated"
EVERYWHERE = (CRB, TIS, NEW)


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    fault: typing.Callable
    on: tuple
    event: str  # as announced
    continuity: str
    unannounced: str  # status
    announced: str  # status
    reasons: tuple  # of both, the decisive one first
    announced_reasons: tuple = None  # where they differ
    timeout: int = 30
    vm: dict = dataclasses.field(default_factory=dict)  # further arguments of Vm
    endurance: bool = False  # one of those that a change does not wait for


def expected(row):
    """The (continuity, status, reasons) of the unannounced and of the announced comparison."""
    return ((row.continuity, row.unannounced, row.reasons),
            (row.continuity, row.announced, row.announced_reasons or row.reasons))


MIGRATION, SOFT, HARD, COLD = "live-migration", "soft-reboot", "hard-reboot", "cold-migration"
SAME = ("same-tpm",)
ORDERLY = ("restarted-orderly", "rollback-not-excluded")
SAVED = ("restarted-saved", "rollback-not-excluded")
CRASHED = ("crashed", "rollback-not-excluded")
ASLEEP = ("suspended", "rollback-not-excluded")
ASLEEP_QUIET = ("suspended", "not-announced", "rollback-not-excluded")
KEXEC = ("same-tpm", "boot-without-reset", "rollback-not-excluded")
CLEARED = ("owner-seed-changed", "objects-changed")

TWO_BANKS = {"state": "two-banks"}
UEFI = {"ovmf": True, **TWO_BANKS}
WITH_KERNEL = {"make_disk": special_disk.with_kernel, "memory": 512}
SLEEPER = {"options": guest.SLEEPER}
WITH_SWAP = {"make_disk": special_disk.for_swap}

SECTIONS = [
    ("Live migration, in order", """
The vTPM's state travels in QEMU's migration stream. What lay in the destination's state directory
before (nothing, a newly made vTPM, another VM's, an older state) is overwritten and never seen.
""", [
        Row("live migration", faults.migrate, EVERYWHERE, MIGRATION, "continuous", GOOD, GOOD, SAME),
        Row("live migration, twice and back", faults.migrate_twice_and_back, (CRB, NEW),
            MIGRATION, "continuous", GOOD, GOOD, SAME),
        Row("live migration to a newer swtpm", faults.migrate_to_newer_swtpm, (CRB,),
            MIGRATION, "continuous", GOOD, GOOD, SAME),
        Row("live migration onto a newly made vTPM", faults.migrate_onto("anew"), (CRB,),
            MIGRATION, "continuous", GOOD, GOOD, SAME),
        Row("live migration onto another VM's vTPM", faults.migrate_onto("other"), (TIS,),
            MIGRATION, "continuous", GOOD, GOOD, SAME),
        Row("live migration onto an older state", faults.migrate_onto_older, (CRB,),
            MIGRATION, "continuous", GOOD, GOOD, SAME),
        Row("live migration fails, directory unwritable", faults.migrate_to_unwritable, (CRB,),
            MIGRATION, "continuous", GOOD, GOOD, SAME),
        Row("live migration, destination an hour ahead", faults.migrate_with_clock(faults.HOUR),
            (CRB,), MIGRATION, "continuous", GOOD, GOOD, SAME),
        Row("live migration, destination an hour behind", faults.migrate_with_clock(-faults.HOUR),
            (CRB,), MIGRATION, "continuous", GOOD, GOOD, SAME),
        Row("pause and resume", faults.pause, (CRB,), "resume", "continuous", GOOD, GOOD, SAME),
    ]),
    ("Live migration, the state is lost or reset", """
QEMU with swtpm does not produce these, since the state is part of the migration. So the bed stands
between QEMU and swtpm and, after a real migration, starts swtpm anew on another state. Where nobody
sends TPM2_Startup afterwards, nothing can be asked; in the other rows the guest sends it.
""", [
        Row("state lost: a newly made vTPM", faults.migrate_losing_state("anew"), (CRB, TIS),
            MIGRATION, "replaced", BAD, BAD, ("ek-changed", "check-failed")),
        Row("state lost: another VM's", faults.migrate_losing_state("other"), (CRB,),
            MIGRATION, "cloned", BAD, BAD, ("other-vm", "check-failed")),
        Row("state lost: an older one", faults.migrate_losing_state_to_older, (CRB,),
            MIGRATION, "reset-under-guest", BAD, BAD, ("boot-pcrs-wrong",)),
        Row("state lost, not started", faults.migrate_losing_state("anew", start=False), (TIS,),
            MIGRATION, "failed", BAD, BAD, ("not-started",)),
        Row("destination re-initialised", faults.migrate_reinitialised(False), (CRB,),
            MIGRATION, "failed", BAD, BAD, ("not-started",)),
        Row("destination re-initialised and started", faults.migrate_reinitialised(True), (CRB, TIS),
            MIGRATION, "reset-under-guest", BAD, BAD, ("boot-pcrs-wrong",)),
    ]),
    ("Restarts", """
A hard reboot here is the end of QEMU, then SIGTERM to swtpm, without a word to the guest. From 0.8 on
swtpm shuts the TPM down itself then; before, every hard stop looks like a crash.
""", [
        Row("soft reboot", faults.soft_reboot, EVERYWHERE, SOFT, "restarted", GOOD, GOOD, ORDERLY),
        Row("shutdown and start", faults.shut_down_and_start, (CRB, NEW),
            HARD, "restarted", GOOD, GOOD, ORDERLY),
        Row("hard reset", faults.hard_reset, (CRB, TIS), HARD, "crashed", WARN, GOOD, CRASHED),
        Row("hard reset", faults.hard_reset, (NEW,), HARD, "restarted", GOOD, GOOD, SAVED),
        Row("hard reboot", faults.hard_reboot, (CRB, TIS), HARD, "crashed", WARN, GOOD, CRASHED),
        Row("hard reboot", faults.hard_reboot, (NEW,), HARD, "restarted", GOOD, GOOD, SAVED),
        Row("hard reboot, SIGKILL", faults.crash, EVERYWHERE, HARD, "crashed", WARN, GOOD, CRASHED),
        Row("cold migration", faults.cold_migrate, EVERYWHERE, COLD, "restarted", GOOD, GOOD, ORDERLY),
        Row("cold migration, forced off", faults.cold_migrate_forced, (CRB,),
            COLD, "crashed", WARN, WARN, CRASHED),
        Row("cold migration, forced off", faults.cold_migrate_forced, (NEW,),
            COLD, "restarted", GOOD, GOOD, SAVED),
        Row("soft reboot, announced as live migration", faults.soft_reboot, (CRB,),
            MIGRATION, "restarted", GOOD, BAD, ORDERLY),
        Row("hard reboot, announced as live migration", faults.hard_reboot, (CRB,),
            MIGRATION, "crashed", WARN, BAD, CRASHED),
        Row("live migration, announced as hard reboot", faults.migrate, (CRB,),
            HARD, "continuous", GOOD, WARN, SAME, ("same-tpm", "event-not-seen")),
    ]),
    ("Sleep, and starts that nobody looked at", """
Sleep is S3, in memory; hibernation is S4, on the disk, after which the firmware boots as ever. A kexec
starts a kernel without the firmware, and the TPM stays on. From 0.8 on swtpm saves the TPM's state at a hard
reset, which then says nothing of the crash before it: the clock does.
""", [
        Row("sleep", boots.sleep, EVERYWHERE, "resume", "restarted", WARN, GOOD, ASLEEP_QUIET, ASLEEP,
            vm=SLEEPER),
        Row("sleep, announced as live migration", boots.sleep, (CRB,), MIGRATION, "restarted", WARN, WARN,
            ASLEEP_QUIET, vm=SLEEPER, endurance=True),
        Row("hibernation", boots.hibernate, (CRB, NEW), "resume", "restarted", WARN, GOOD,
            ASLEEP_QUIET, ASLEEP, vm=WITH_SWAP, endurance=True),
        Row("hibernation, another firmware when woken", boots.hibernate_and_upgrade, (CRB,), "resume",
            "restarted", WARN, WARN, ("suspended", "not-announced", "measurements-changed",
            "rollback-not-excluded"), ("suspended", "measurements-changed", "rollback-not-excluded"),
            vm=WITH_SWAP, endurance=True),
        Row("hibernation, an older state when woken", boots.hibernate_and_exchange(reboots=0), (CRB, NEW),
            "resume", "restarted", WARN, WARN, ASLEEP_QUIET, ASLEEP, vm=WITH_SWAP, endurance=True),
        Row("hibernation, a state of the boot before", boots.hibernate_and_exchange(reboots=1), (CRB, NEW),
            "resume", "rolled-back", BAD, BAD, ("clock-behind",), vm=WITH_SWAP, endurance=True),
        Row("kexec", boots.kexec, (CRB, NEW), SOFT, "continuous", WARN, WARN, KEXEC,
            ("same-tpm", "boot-without-reset", "event-not-seen", "rollback-not-excluded"),
            vm=WITH_KERNEL, endurance=True),
        Row("kexec, an older state under it", boots.kexec_and_exchange, (CRB, NEW), SOFT, "reset-under-guest",
            BAD, BAD, ("boot-pcrs-wrong",), vm=WITH_KERNEL, endurance=True),
        Row("crash, then a hard reset", boots.crash_and(boots.reset, caught_up=False), (CRB,), HARD,
            "crashed", WARN, GOOD, ("crashed", "several-resets", "rollback-not-excluded"), endurance=True),
        Row("crash, then a hard reset", boots.crash_and(boots.reset, caught_up=False), (NEW,), HARD,
            "crashed", WARN, GOOD, CRASHED, endurance=True),
        Row("crash, then a hard reset when the clock had caught up",
            boots.crash_and(boots.reset, caught_up=True), (NEW,), HARD, "restarted", GOOD, GOOD, SAVED,
            endurance=True),
        Row("crash, then sleep", boots.crash_and(boots.sleep, caught_up=False), (CRB, NEW), HARD, "crashed",
            WARN, GOOD, CRASHED, vm=SLEEPER, endurance=True),
        Row("crash, then sleep when the clock had caught up", boots.crash_and(boots.sleep, caught_up=True),
            (CRB, NEW), HARD, "restarted", GOOD, GOOD, SAVED, vm=SLEEPER, endurance=True),
        Row("reboot, reset again, no event log", boots.reset_without_log, (CRB,), SOFT, "crashed", WARN, WARN,
            ("crashed", "several-resets", "not-measured", "rollback-not-excluded"), endurance=True),
        Row("reboot, reset again, no event log", boots.reset_without_log, (NEW,), SOFT, "restarted", WARN, WARN,
            ("restarted-saved", "not-measured", "rollback-not-excluded"), endurance=True),
    ]),
    ("Restarts that find something else", """
`rollback by N boots` is to a copy of the state that was made N boots before the baseline, under the
running guest. That within one boot count cannot be told from a crash, which the second reason says; a
beacon shows it.
""", [
        Row("hard reboot, newly made vTPM", faults.hard_reboot_with("anew"), EVERYWHERE,
            HARD, "replaced", BAD, BAD, ("ek-changed",)),
        Row("hard reboot, another VM's vTPM", faults.hard_reboot_with("other"), (CRB,),
            HARD, "cloned", BAD, BAD, ("other-vm",)),
        Row("hard reboot, tpm-tis becomes tpm-crb", faults.hard_reboot_model("tpm-crb"), (TIS,),
            HARD, "crashed", WARN, WARN, ("crashed", "model-changed", "rollback-not-excluded")),
        Row("start, PCR banks changed", faults.reconfigure_banks, (CRB,),
            HARD, "restarted", WARN, WARN, ("restarted-orderly", "several-resets", "banks-changed",
             "rollback-not-excluded")),
        Row("hard reboot, no TPM in the domain", faults.hard_reboot_without_tpm, (CRB,),
            HARD, "missing", BAD, BAD, ("no-device",)),
        Row("rollback, same boot count", faults.roll_back(reboots=0, beacon=False), (CRB, NEW),
            HARD, "crashed", WARN, GOOD, CRASHED),
        Row("rollback, same boot count, beacon", faults.roll_back(reboots=0, beacon=True), (CRB, NEW),
            HARD, "rolled-back", BAD, BAD, ("beacon-behind",)),
        Row("rollback by one boot", faults.roll_back(reboots=1, beacon=False), (CRB, NEW),
            HARD, "rolled-back", BAD, BAD, ("counters-repeated",)),
        Row("rollback by one boot, baseline at once", faults.roll_back(reboots=1, beacon=False, at_once=True),
            (CRB, NEW), HARD, "rolled-back", BAD, BAD, ("counters-repeated",), endurance=True),
        Row("rollback by two boots", faults.roll_back(reboots=2, beacon=False), (CRB, TIS, NEW),
            HARD, "rolled-back", BAD, BAD, ("counters-behind",)),
        Row("rollback by two boots, beacon", faults.roll_back(reboots=2, beacon=True), (CRB,),
            HARD, "rolled-back", BAD, BAD, ("beacon-behind",)),
        Row("rollback by two boots, caught up", boots.roll_back_and_catch_up, (CRB, NEW), HARD, "restarted",
            GOOD, GOOD, ORDERLY, endurance=True),
        Row("start, EK certificate overwritten", tpm.overwrite_certificate, (CRB, NEW), HARD, "restarted",
            WARN, WARN, ("restarted-orderly", "several-resets", "objects-changed",
             "rollback-not-excluded"), endurance=True),
        Row("clone, baseline of the original", faults.clone_baseline_of_original, (CRB,),
            HARD, "cloned", BAD, BAD, ("other-vm",)),
        Row("clone, baseline of the copy", faults.clone_baseline_of_copy, (CRB,),
            HARD, "cloned", BAD, BAD, ("other-vm",)),
    ]),
    ("Under the running guest", """
A stopped swtpm is told as long as the kernel waits for the command, as it does for minutes with the long
ones; of a short one it cancels, QEMU waits for that, the whole machine stands still, and no program in
it can say anything before swtpm goes on. A state directory that cannot be written shows in nothing until
the TPM must write, and the agent does not make it write.
""", [
        Row("TPM2_Clear", tpm.clear, (CRB, TIS, NEW),
            "clear", "cleared", BAD, GOOD, CLEARED),
        Row("TPM2_Clear, beacon", tpm.clear_with_beacon, (CRB, NEW), "clear", "cleared", BAD, GOOD, CLEARED,
            endurance=True),
        Row("TPM2_Clear, owner authorization set", tpm.clear_and_own, (CRB, NEW), "clear", "cleared",
            BAD, GOOD, CLEARED, endurance=True),
        Row("TPM2_Clear, owner authorization set, reboot", tpm.clear_own_and_reboot, (CRB, NEW), "clear",
            "cleared", BAD, GOOD, (*CLEARED, "rollback-not-excluded"), endurance=True),
        Row("beacon disabled", tpm.disable_beacon, (CRB, NEW), MIGRATION, "continuous", WARN, WARN,
            ("same-tpm", "beacon-missing"), endurance=True),
        Row("NV index replaced", tpm.replace_index, (CRB, NEW), MIGRATION, "continuous", WARN, WARN,
            ("same-tpm", "objects-changed"), endurance=True),
        Row("lockout", tpm.lock_out, (CRB,), MIGRATION, "continuous", WARN, WARN,
            ("same-tpm", "check-failed")),
        Row("PCR 7 extended", tpm.extend_boot_pcr, (CRB, NEW), MIGRATION, "continuous", WARN, WARN,
            ("same-tpm", "boot-pcrs-extended")),
        Row("os-separator extended", tpm.separate, (CRB,), MIGRATION, "continuous", GOOD, GOOD,
            ("same-tpm", "boot-pcrs-extended")),
        Row("ExitBootServices extended", tpm.exit_boot_services, (CRB,), MIGRATION, "continuous", GOOD, GOOD,
            ("same-tpm", "boot-pcrs-extended"), endurance=True),
        Row("Windows caps SHA-1", tpm.cap, (CRB, NEW), MIGRATION, "continuous", GOOD, GOOD,
            ("same-tpm", "boot-pcrs-extended"), vm=TWO_BANKS, endurance=True),
        Row("Windows caps SHA-1, UEFI", tpm.cap, (CRB, NEW), MIGRATION, "continuous", GOOD, GOOD,
            ("same-tpm", "boot-pcrs-extended"), vm=UEFI, endurance=True),
        Row("Windows caps SHA-1, soft reboot, UEFI", tpm.cap_and_reboot, (CRB,), SOFT, "restarted", GOOD,
            GOOD, ORDERLY, vm=UEFI, endurance=True),
        Row("swtpm killed", faults.kill_swtpm, (CRB,), MIGRATION, "failed", BAD, BAD, ("io-error",)),
        Row("swtpm killed", faults.kill_swtpm, (TIS,), MIGRATION, "failed", BAD, BAD, ("tpm-1.2",)),
        Row("swtpm stopped", faults.stop_swtpm, (CRB, TIS),
            MIGRATION, "unresponsive", BAD, BAD, ("no-answer",), timeout=3),
        Row("swtpm stopped for 5 s", faults.stop_swtpm_for_a_while, (CRB,),
            MIGRATION, "continuous", GOOD, GOOD, SAME),
        Row("state directory unwritable", faults.block_storage, (CRB,),
            MIGRATION, "continuous", GOOD, GOOD, SAME),
        Row("state directory unwritable, after a write", faults.block_storage_and_write, (CRB, TIS),
            MIGRATION, "failed", BAD, BAD, ("failure-mode",)),
    ]),
]
ROWS = [row for _, _, rows in SECTIONS for row in rows]
