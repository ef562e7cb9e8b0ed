# SPDX-License-Identifier: BSD-2-Clause
"""What must not happen to a VM's TPM, and what has to be said of it: each is contraindicated, by name."""

import dataclasses
import os
import typing

import manufacture
from intact import HARD, HOUR, MIGRATION, NEW, OLD, SOFT, let_pass, soft_reboot
from machine import Host, Machine

NAME, UUID = "soak", "0f3c1f4e-6f0e-4c0e-9d8a-3c9b1f1f7a10"
OTHER = "5a1e9b7c-2d4f-4e6a-8b1c-7d3e5f9a2b64"


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    play: typing.Callable
    events: tuple  # as announced, None for not at all
    continuity: str
    reason: str
    beacon: bool = None  # None: with or without
    on: tuple = (OLD, NEW)


def state(label, release):
    """A TPM that swtpm_setup made: "own" and "anew" for this VM, "other" for another one."""
    name, vm_uuid = ("other", OTHER) if label == "other" else (NAME, UUID)
    return manufacture.ready_made(f"soak-{label}-{release}", name, vm_uuid, release=release)


def _off_and_on(label):
    def fault(machine, random):
        let_pass(machine, random)
        machine.power_off()
        machine.put_state(state(label, machine.host.release))
        machine.power_on()
        machine.boot()
    return fault


def _lost_on_the_way(label):
    """The destination starts a TPM that is not the one that left; the system goes on."""
    def fault(machine, random):
        let_pass(machine, random)
        machine.power_off()
        machine.put_state(state(label, machine.host.release))
        machine.power_on()
        machine.start_tpm()
        machine.wait(random.uniform(1, HOUR))
    return fault


def _known(fault):
    """The other VM has reported as itself before."""
    def known(machine, random):
        release = machine.host.release
        other = Machine(OTHER, state("other", release), Host(release))
        try:
            other.url, other.token = machine.url, machine.token
            other.power_on()
            other.boot()
            seen = other.report()
            assert seen[0] == "first-seen", seen
        finally:
            other.close()
        fault(machine, random)
    return known


def reset_under_guest(machine, random):
    let_pass(machine, random)
    machine.reset_tpm()
    machine.start_tpm()
    machine.wait(random.uniform(1, HOUR))


def restarted_under_guest(machine, random):
    """The destination finds the state's file, and nothing of the stream."""
    let_pass(machine, random)
    machine.power_off()
    machine.power_on()
    machine.start_tpm()
    machine.wait(random.uniform(1, HOUR))


def _roll_back(boots):
    """To a copy that was made, at rest, `boots` boots before the last report."""
    def fault(machine, random):
        let_pass(machine, random)
        machine.shut_down()
        machine.power_off()
        copy = machine.snapshot()
        machine.power_on()
        machine.boot()
        machine.must_be("restarted")
        for _ in range(boots - 1):
            soft_reboot(machine, random)
            machine.must_be("restarted")
        let_pass(machine, random)
        machine.shut_down()
        machine.power_off()
        machine.put_state(copy)
        machine.power_on()
        machine.boot()
        machine.wait(60)  # past the last report's clock: else they could be two looks at once
    return fault


def roll_back_same_boot(machine, random):
    """To a copy of the running TPM's file; the beacon went on since."""
    copy = machine.snapshot()
    let_pass(machine, random)
    machine.must_be("continuous")
    let_pass(machine, random)
    machine.power_off(kill=True)
    machine.put_state(copy)
    machine.power_on()
    machine.boot()


def _restore_with_memory(reports):
    def fault(machine, random):
        """The whole VM goes back to a snapshot."""
        blobs = machine.save_running()
        for _ in range(reports):
            let_pass(machine, random)
            machine.wait(60)
            machine.must_be("continuous")
        machine.restore_running(blobs)
    return fault


def clear_unannounced(machine, random):
    let_pass(machine, random)
    machine.clear()


def reboot_for_migration(machine, random):
    """A live migration was announced, and the destination started the TPM anew."""
    soft_reboot(machine, random)


def no_tpm(machine, _random):
    machine.port = 0


def not_started(machine, random):
    let_pass(machine, random)
    machine.reset_tpm()


def unwritable(machine, random):
    """The state's directory is gone, and the TPM has to write."""
    let_pass(machine, random)
    os.rename(machine.state, machine.state + ".gone")
    machine.change_owner(b"", b"", may_fail=True)


FAULTS = [
    Fault("newly made vTPM at a restart", _off_and_on("anew"), (None, HARD), "replaced", "ek-changed"),
    # The collector trusts no certificate here: whose key it is, it knows of those that reported.
    Fault("an unknown VM's vTPM at a restart", _off_and_on("other"), (None, HARD), "replaced", "ek-changed"),
    Fault("a known VM's vTPM at a restart", _known(_off_and_on("other")), (None, HARD), "cloned",
          "ek-of-other-vm"),
    Fault("newly made vTPM after a live migration", _lost_on_the_way("anew"), (None, MIGRATION),
          "replaced", "ek-changed"),
    Fault("a known VM's vTPM after a live migration", _known(_lost_on_the_way("other")), (None, MIGRATION),
          "cloned", "ek-of-other-vm"),
    Fault("reset under the guest", reset_under_guest, (None, MIGRATION), "reset-under-guest",
          "boot-pcrs-wrong"),
    Fault("started anew under the guest", restarted_under_guest, (None, MIGRATION), "reset-under-guest",
          "boot-pcrs-wrong"),
    Fault("rollback by one boot", _roll_back(1), (None, HARD), "rolled-back", "counters-repeated", False),
    Fault("rollback by two boots", _roll_back(2), (None, HARD), "rolled-back", "counters-behind", False),
    Fault("rollback by three boots", _roll_back(3), (None, HARD), "rolled-back", "counters-behind", False),
    Fault("rollback by one boot, beacon", _roll_back(1), (None, HARD), "rolled-back", "beacon-behind", True),
    Fault("rollback by two boots, beacon", _roll_back(2), (None, HARD), "rolled-back", "beacon-behind", True),
    Fault("rollback within a boot, beacon", roll_back_same_boot, (None, HARD), "rolled-back",
          "beacon-behind", True),
    Fault("VM set back with its memory", _restore_with_memory(1), (None, MIGRATION), "rolled-back",
          "random-repeated"),
    Fault("VM set back with its memory by two reports", _restore_with_memory(2), (None, MIGRATION),
          "rolled-back", "uptime-behind", False),
    Fault("VM set back with its memory by two reports, beacon", _restore_with_memory(2), (None, MIGRATION),
          "rolled-back", "beacon-behind", True),
    Fault("clear that nobody announced", clear_unannounced, (None, MIGRATION, SOFT), "cleared",
          "owner-seed-changed"),
    Fault("restarted by a live migration", reboot_for_migration, (MIGRATION,), "restarted",
          "restarted-orderly"),
    Fault("no TPM in the domain", no_tpm, (None, HARD), "missing", "no-device"),
    Fault("not started", not_started, (None, MIGRATION), "failed", "not-started"),
    Fault("state cannot be written", unwritable, (None, MIGRATION), "failed", "failure-mode"),
]
