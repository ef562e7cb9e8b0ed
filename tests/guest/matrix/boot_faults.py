# SPDX-License-Identifier: BSD-2-Clause
"""Sleep, starts without the firmware, several starts of which only the last one was looked at, and older
states at such. As faults.py."""

import time

import in_guest
import tpm_faults

CATCH_UP_SECONDS = 120
LONGER_THAN_A_BOOT = 45000  # ms


def sleep(vm):
    vm.guest.sleep()


def hibernate(vm):
    vm.hibernate()
    vm.wake()


def hibernate_and_upgrade(vm):
    """Another firmware boots what resumes the guest: another value in PCR 0, and the log of before."""
    hibernate(vm)
    tpm_faults.measure(vm, 0, b"a newer firmware's")


def hibernate_and_exchange(*, reboots):
    """The state's file is an older one when the guest is woken, of so many boots before the baseline."""
    def fault(vm):
        older = vm.tpm.snapshot()
        for _ in range(reboots):
            vm.guest.reboot()
        vm.save_baseline()
        vm.hibernate()
        vm.tpm.restore(older)
        vm.wake()
    return fault


def kexec(vm):
    vm.guest.kexec()


def kexec_and_exchange(vm):
    """Baseline at once after the boot; then the TPM runs on an older state, which the new kernel starts."""
    older = vm.tpm.snapshot()
    vm.guest.reboot()
    vm.save_baseline()
    vm.tpm.replace_under_guest(older)
    vm.guest.kexec()


def _clock(vm):
    return in_guest.counters(vm.guest)[1]


def _wait_past(vm, clock):
    end = time.monotonic() + CATCH_UP_SECONDS
    while _clock(vm) <= clock:
        if time.monotonic() > end:
            raise TimeoutError(f"the TPM's clock does not come past {clock} ms")
        time.sleep(0.2)


def crash_and(then, *, caught_up):
    """A start from a saved state tells nothing of the crash before it, but where the clock is still behind
    the baseline's."""
    def fault(vm):
        if not caught_up:
            _wait_past(vm, _clock(vm) + LONGER_THAN_A_BOOT)
            vm.save_baseline()
        clock = _clock(vm)
        vm.power_off(crash=True)
        vm.power_on()
        if caught_up:
            _wait_past(vm, clock)
        elif _clock(vm) >= clock:
            raise TimeoutError("the boot after the crash took too long")
        then(vm)
    return fault


def reset(vm):
    vm.guest.system_reset()


def roll_back_and_catch_up(vm):
    """To a state of two boots before the baseline, then as many boots and as much time as it was ahead."""
    older = vm.tpm.snapshot()
    vm.guest.reboot()
    vm.guest.reboot()
    vm.save_baseline()
    clock = _clock(vm)
    vm.power_off()
    vm.tpm.restore(older)
    vm.power_on()
    vm.guest.reboot()
    _wait_past(vm, clock)
    vm.guest.reboot()


def _hide_log(vm):
    vm.guest.check(["umount", "/sys/kernel/security"])


def reset_without_log(vm):
    """The system restarts, its TPM is reset once more, and no event log can be read, now or before."""
    _hide_log(vm)
    vm.save_baseline()
    vm.guest.reboot()
    _hide_log(vm)
    vm.tpm.tap.reinitialise()
    in_guest.start_tpm(vm.guest)
