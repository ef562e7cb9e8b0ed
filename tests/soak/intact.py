# SPDX-License-Identifier: BSD-2-Clause
"""What may happen to a VM, and what has to be said of it. Nothing here is a fault of anybody's, so nothing
may be contraindicated."""

import dataclasses
import hashlib
import struct
import typing

from machine import NEW, OLD, OWNER, STATE, Host
import overlap

GOOD, WARN, BAD = "affirming", "warning", "contraindicated"
MIGRATION, SOFT, HARD, COLD = "live-migration", "soft-reboot", "hard-reboot", "cold-migration"
RESUME, CLEARED = "resume", "clear"
HOUR, DAY = 3600, 86400


@dataclasses.dataclass(frozen=True)
class Row:
    """`play(machine, random)`; the event as it may be announced, None where nobody would; continuity and reasons,
    the decisive one first, and both statuses. `on`: the releases of swtpm where it is so."""
    name: str
    play: typing.Callable
    event: str
    continuity: str
    reasons: tuple
    unannounced: str = GOOD
    announced: str = GOOD
    announced_reasons: tuple = None
    on: tuple = (OLD, NEW)
    after: typing.Callable = None
    if_behind: dict = None  # what else is right where the TPM's clock lost what the last report saw of it


def rule(row, machine):
    return dataclasses.replace(row, **row.if_behind) if row.if_behind and machine.is_behind() else row


def reasons_of(row, event, beacon, had_objects):
    """The decisive one, then the others in the order of the alphabet. Only a beacon excludes a rollback over a
    restart, and none is left of a clear; a TPM that was cleared before has nothing to lose."""
    first, *others = row.announced_reasons if event and row.announced_reasons is not None else row.reasons
    others = set(others) - (set() if had_objects else {"objects-changed"})
    is_restart = row.continuity in ("restarted", "crashed") or row.play is kexec
    if (is_restart and not beacon) or row.play is clear_own_and_reboot:
        others.add("rollback-not-excluded")
    return (first, *sorted(others))


def let_pass(machine, random):
    machine.wait(random.choice((1, 60, HOUR, 5 * DAY)) * random.uniform(0.5, 1.5))


def look_again(machine, random):
    let_pass(machine, random)


def migrate(machine, random):
    let_pass(machine, random)
    machine.live_migrate(Host(machine.host.release, random.uniform(-HOUR, HOUR)), random.uniform(0, 3))


def migrate_to_newer(machine, random):
    let_pass(machine, random)
    machine.live_migrate(Host(NEW, random.uniform(-HOUR, HOUR)), random.uniform(0, 3))


def migrate_there_and_back(machine, random):
    migrate(machine, random)
    migrate(machine, random)


def soft_reboot(machine, random):
    let_pass(machine, random)
    machine.shut_down()
    machine.reset_tpm()
    machine.boot()


def shut_down_and_start(machine, random):
    let_pass(machine, random)
    machine.shut_down()
    machine.power_off()
    let_pass(machine, random)
    machine.power_on()
    machine.boot()


def hard_reset(machine, random):
    let_pass(machine, random)
    machine.reset_tpm()
    machine.boot()


def hard_reboot(machine, random):
    let_pass(machine, random)
    machine.power_off()
    machine.power_on()
    machine.boot()


def crash(machine, random):
    let_pass(machine, random)
    machine.power_off(kill=True)
    machine.wait(random.uniform(5, 600))
    machine.power_on()
    machine.boot()


def cold_migrate(machine, random, host=None):
    let_pass(machine, random)
    machine.shut_down()
    machine.power_off()
    machine.cold_move(host or Host(machine.host.release, random.uniform(-HOUR, HOUR)))
    machine.power_on()
    machine.boot()


def cold_migrate_forced(machine, random):
    let_pass(machine, random)
    machine.power_off()
    machine.cold_move(Host(machine.host.release, random.uniform(-HOUR, HOUR)))
    machine.power_on()
    machine.boot()


def upgrade_swtpm(machine, random):
    cold_migrate(machine, random, Host(NEW, machine.host.skew))


def upgrade_firmware(machine, random):
    machine.firmware += 1
    shut_down_and_start(machine, random)


def upgrade_kernel(machine, random):
    machine.kernel += 1
    soft_reboot(machine, random)


def suspend(machine, random):
    """S3: memory and system stay; the firmware starts the TPM from what it was told to save."""
    let_pass(machine, random)
    machine.shut_down(STATE)
    machine.wait(random.uniform(60, DAY))
    machine.reset_tpm()
    machine.start_tpm(STATE)
    machine.wait(5)


def hibernate(machine, random):
    """S4: memory is on the disk; the firmware boots as ever before it is read back."""
    let_pass(machine, random)
    machine.shut_down(STATE)
    machine.power_off()
    machine.wait(random.uniform(60, DAY))
    machine.power_on()
    machine.start_tpm()
    machine.measure()
    machine.wait(20)


def pause(machine, random):
    let_pass(machine, random)
    machine.pause(random.uniform(1, HOUR))
    machine.wait(5)


def kexec(machine, random):
    let_pass(machine, random)
    machine.start_system()
    machine.wait(10)


def step_clock(machine, random):
    let_pass(machine, random)
    machine.step_clock(random.uniform(-DAY, DAY))
    let_pass(machine, random)


def extend_pcr(machine, random):
    machine.extend(random.choice((8, 10, 14, 15)), hashlib.sha256(b"a file").digest())
    let_pass(machine, random)


def define_nv(machine, random):
    """Some program of the guest's takes an index of its own."""
    index = 0x01500000 + random.randrange(1 << 16)
    public = struct.pack(">IHIHH", index, 0x000B, 0x02040002, 0, random.randrange(1, 64))
    machine.authorized(0x12A, [OWNER], struct.pack(">HH", 0, len(public)) + public)
    machine.has_objects = True


def reboot_twice(machine, random):
    soft_reboot(machine, random)
    shut_down_and_start(machine, random)


def crash_and_reboot(machine, random):
    crash(machine, random)
    soft_reboot(machine, random)


def crash_and_crash(machine, random):
    crash(machine, random)
    crash(machine, random)


def crash_and_reset(machine, random):
    crash(machine, random)
    hard_reset(machine, random)


def crash_and_suspend(machine, random):
    crash(machine, random)
    suspend(machine, random)


def clear(machine, random):
    """By the platform's authorization, as a firmware's setup does it."""
    machine.clear()
    let_pass(machine, random)


def clear_and_own(machine, random):
    clear(machine, random)
    machine.change_owner(b"", b"secret")
    let_pass(machine, random)


def clear_own_and_reboot(machine, random):
    """Counted from 0 again: told where the last report saw more than one reset."""
    while machine.read_clock()[1] < 2:
        soft_reboot(machine, random)
        machine.must_be("restarted")
    clear_and_own(machine, random)
    soft_reboot(machine, random)


def own(machine, random):
    """While resetCount is 0, another clear would look the same."""
    if not machine.read_clock()[1]:
        soft_reboot(machine, random)
        machine.must_be("restarted")
    machine.change_owner(b"", b"secret")
    let_pass(machine, random)


def disown(machine):
    machine.change_owner(b"secret", b"")


SAME, ORDERLY, SAVED = ("same-tpm",), ("restarted-orderly",), ("restarted-saved",)
CRASHED = ("crashed",)
AS_CRASHED = {"continuity": "crashed", "reasons": CRASHED, "unannounced": WARN}
SUSPENDED = ("suspended",)
NOT_ANNOUNCED = ("suspended", "not-announced")
SEVERAL = ("restarted-orderly", "several-resets")
MEASURED = ("restarted-orderly", "measurements-changed")

ROWS = [
    Row("nothing", look_again, None, "continuous", SAME),
    Row("live migration", migrate, MIGRATION, "continuous", SAME),
    Row("live migration, there and back", migrate_there_and_back, MIGRATION, "continuous", SAME),
    Row("live migration to a newer swtpm", migrate_to_newer, MIGRATION, "continuous", SAME, on=(OLD,)),
    Row("pause and resume", pause, RESUME, "continuous", SAME),
    Row("the host's clock is set", step_clock, None, "continuous", SAME),
    Row("the guest extends a PCR", extend_pcr, None, "continuous", SAME),
    Row("the guest takes an NV index", define_nv, None, "continuous", SAME),
    Row("kexec", kexec, None, "continuous", ("same-tpm", "boot-without-reset"), WARN),
    Row("soft reboot", soft_reboot, SOFT, "restarted", ORDERLY),
    Row("shutdown and start", shut_down_and_start, HARD, "restarted", ORDERLY),
    Row("cold migration", cold_migrate, COLD, "restarted", ORDERLY),
    Row("two reboots", reboot_twice, SOFT, "restarted", SEVERAL),
    Row("upgrade of swtpm and libtpms", upgrade_swtpm, COLD, "restarted", ORDERLY, on=(OLD,)),
    Row("upgrade of the firmware", upgrade_firmware, HARD, "restarted", MEASURED),
    Row("upgrade of the kernel", upgrade_kernel, SOFT, "restarted", MEASURED),
    Row("hard reset", hard_reset, HARD, "crashed", CRASHED, WARN, on=(OLD,)),
    Row("hard reset", hard_reset, HARD, "restarted", SAVED, on=(NEW,)),
    Row("hard reboot", hard_reboot, HARD, "crashed", CRASHED, WARN, on=(OLD,)),
    Row("hard reboot", hard_reboot, HARD, "restarted", SAVED, on=(NEW,)),
    Row("cold migration, forced off", cold_migrate_forced, COLD, "crashed", CRASHED, WARN, WARN, on=(OLD,)),
    Row("cold migration, forced off", cold_migrate_forced, COLD, "restarted", SAVED, on=(NEW,)),
    Row("crash of the host", crash, HARD, "crashed", CRASHED, WARN),
    Row("crash, then a reboot", crash_and_reboot, HARD, "restarted", SEVERAL, if_behind={"unannounced": WARN}),
    Row("two crashes", crash_and_crash, HARD, "crashed",
        ("crashed", "several-resets"), WARN),
    Row("crash, then a hard reset", crash_and_reset, HARD, "crashed",
        ("crashed", "several-resets"), WARN, on=(OLD,)),
    # A start from a saved state tells nothing of the crash before it, but by the clock.
    Row("crash, then a hard reset", crash_and_reset, HARD, "restarted", SAVED, on=(NEW,), if_behind=AS_CRASHED),
    Row("crash, then sleep", crash_and_suspend, HARD, "restarted", SAVED, if_behind=AS_CRASHED),
    Row("sleep", suspend, RESUME, "restarted", NOT_ANNOUNCED, WARN, GOOD, SUSPENDED),
    Row("hibernation", hibernate, RESUME, "restarted", NOT_ANNOUNCED, WARN, GOOD, SUSPENDED),
    Row("owner authorization set", own, None, "continuous", SAME, after=disown),
    Row("clear", clear, CLEARED, "cleared", ("owner-seed-changed", "objects-changed")),
    Row("clear, owner authorization set", clear_and_own, CLEARED, "cleared",
        ("owner-seed-changed", "objects-changed"), after=disown),
    Row("clear, owner authorization set, reboot", clear_own_and_reboot, CLEARED, "cleared",
        ("owner-seed-changed", "objects-changed"), after=disown),
    Row("two reports at once", overlap.two_reports, None, "continuous", SAME),
    Row("a report that is held over a reboot", overlap.over_a_reboot, None, "continuous", SAME),
]
# A clear is a fault unless it is announced.
ANNOUNCED_ALWAYS = (CLEARED,)
