# SPDX-License-Identifier: BSD-2-Clause
"""What happens to the VM in each row. A function gets a running Vm whose baseline has been saved, and
leaves a guest in which the agent can run; it may take another baseline on the way."""

import time

import in_guest
from vm import OTHER_UUID

HOUR = 3600
AFTER_A_HANG = 5
CLOCK_SLACK = 6


# Live migration. ------------------------------------------------------------------------------

def migrate(vm):
    vm.migrate()


def migrate_twice_and_back(vm):
    first = vm.tpm
    vm.migrate()
    vm.migrate()
    vm.migrate(vm.make_tpm(state=first.state))


def migrate_to_newer_swtpm(vm):
    vm.release = "new"
    vm.migrate()


def migrate_onto(label):
    """The destination's directory holds that vTPM when the migration begins."""
    return lambda vm: vm.migrate(vm.make_tpm(copy_of=vm.ready_made(label)))


def migrate_onto_older(vm):
    older = vm.tpm.snapshot()
    vm.guest.reboot()
    vm.save_baseline()
    vm.migrate(vm.make_tpm(copy_of=older))


def migrate_losing_state(label, start=True):
    """After the migration the destination's swtpm runs on that vTPM."""
    def fault(vm):
        vm.migrate()
        vm.tpm.replace_under_guest(vm.ready_made(label))
        if start:
            in_guest.start_tpm(vm.guest)
    return fault


def migrate_losing_state_to_older(vm):
    older = vm.tpm.snapshot()
    vm.guest.reboot()
    vm.guest.reboot()
    vm.save_baseline()
    vm.migrate()
    vm.tpm.replace_under_guest(older)
    in_guest.start_tpm(vm.guest)


def migrate_reinitialised(start):
    def fault(vm):
        vm.migrate()
        vm.tpm.tap.reinitialise()
        if start:
            in_guest.start_tpm(vm.guest)
    return fault


def migrate_to_unwritable(vm):
    """The destination cannot keep the state: the migration fails. QEMU's source may believe that it has
    succeeded; the source is told to go on, as libvirt does."""
    target_tpm = vm.make_tpm(empty=True)
    target_tpm.start()
    target = vm.make_guest(target_tpm, incoming=True)
    target.start()
    target_tpm.block_storage()
    try:
        vm.guest.migrate_to(target, timeout=20)
    except Exception:
        target.close()
        vm.guest.resume()
        return
    raise RuntimeError("the migration succeeded")


def migrate_with_clock(offset):
    """The destination's wall clock is `offset` seconds ahead of the source's."""
    return lambda vm: vm.migrate(vm.make_tpm(empty=True, clock_offset=offset))


# Restarts. ------------------------------------------------------------------------------------

def soft_reboot(vm):
    vm.guest.reboot()


def hard_reset(vm):
    vm.guest.system_reset()


def shut_down_and_start(vm):
    vm.shut_down()
    vm.power_on()


def hard_reboot(vm):
    vm.power_off()
    vm.power_on()


def crash(vm):
    vm.power_off(crash=True)
    vm.power_on()


def cold_migrate(vm):
    vm.shut_down()
    vm.power_on(vm.make_tpm(copy_of=vm.tpm.state, tap=True))


def cold_migrate_forced(vm):
    vm.power_off()
    vm.power_on(vm.make_tpm(copy_of=vm.tpm.state, tap=True))


def hard_reboot_with(label):
    """The state directory was lost; another vTPM is in its place."""
    def fault(vm):
        vm.power_off()
        vm.power_on(vm.make_tpm(copy_of=vm.ready_made(label)))
    return fault


def hard_reboot_model(model):
    def fault(vm):
        vm.model = model
        hard_reboot(vm)
    return fault


def reconfigure_banks(vm):
    """As libvirt does it: swtpm_setup changes the banks between two runs of the VM."""
    vm.shut_down()
    vm.tpm.reconfigure("sha1,sha256")
    vm.power_on()


def hard_reboot_without_tpm(vm):
    vm.power_off()
    vm.tpm = None
    vm.power_on()


# Other states. --------------------------------------------------------------------------------

def roll_back(*, reboots, beacon, at_once=False):
    """To a state of `reboots` boots before the baseline, which is taken at once after the last one or
    seconds later."""
    def fault(vm):
        if beacon:
            vm.agent("beacon", "enable")
        older = vm.tpm.snapshot()
        for _ in range(reboots):
            vm.guest.reboot()
        if not at_once:
            vm.guest.run(["sleep", str(CLOCK_SLACK)])
        vm.compare()  # advances the beacon, where there is one
        vm.save_baseline()
        vm.power_off()
        vm.tpm.restore(older)
        vm.power_on()
    return fault


def clone_baseline_of_original(vm):
    """A new VM was made as a copy of this one, with its vTPM; compared with this one's baseline."""
    vm.power_off()
    vm.power_on(vm.make_tpm(copy_of=vm.tpm.state), uuid=OTHER_UUID)


def clone_baseline_of_copy(vm):
    """Another VM, with a baseline of its own, comes up with this VM's state."""
    mine = vm.tpm
    vm.power_off()
    vm.power_on(vm.make_tpm(copy_of=vm.ready_made("other")), uuid=OTHER_UUID)
    vm.save_baseline()
    vm.power_off()
    vm.power_on(vm.make_tpm(copy_of=mine.state), uuid=OTHER_UUID)


# swtpm and its storage under a running guest. ---------------------------------------------------

def kill_swtpm(vm):
    vm.tpm.kill()


def stop_swtpm(vm):
    """At a command for which the kernel waits for minutes: else it would cancel it, QEMU would wait
    for that, and the whole machine would stand still."""
    vm.tpm.tap.hold(in_guest.CC_CREATE_PRIMARY)
    vm.guest.spawn(["vtpm-agent", "status", "--timeout", "3"])
    vm.tpm.tap.wait_held()
    vm.tpm.suspend()
    vm.tpm.tap.release()


def stop_swtpm_for_a_while(vm):
    stop_swtpm(vm)
    vm.guest.run(["sleep", str(AFTER_A_HANG)])
    vm.tpm.resume()


def block_storage(vm):
    vm.tpm.block_storage()


def block_storage_and_write(vm):
    vm.tpm.block_storage()
    code = in_guest.write_nv(vm.guest)
    if code != in_guest.RC_FAILURE:
        raise RuntimeError(f"the TPM answers 0x{code:x} to a write that it cannot keep")


def pause(vm):
    vm.guest.pause()
    time.sleep(AFTER_A_HANG)
    vm.guest.resume()
