# SPDX-License-Identifier: BSD-2-Clause
"""The virtual machine of a row, on its way from one host to the next: a guest, the swtpm behind it, and
the baseline that was taken out of it."""

import contextlib
import json
import os

import in_guest
import manufacture
import process
from guest import Guest
from swtpm import Swtpm

UUID = "5d0c9b52-3b8e-4f8e-a3a4-0b1f6f2c9d10"
OTHER_UUID = "11f6ce0e-3c4e-4a0c-9a0e-55d9f1d9c7aa"
# vTPMs as swtpm_setup makes them: this VM's, one made anew for the same VM, another VM's.
STATES = {"own": ("web1", UUID), "anew": ("web1", UUID), "other": ("web2", OTHER_UUID),
          "two-banks": ("web1", UUID, "sha1,sha256")}
BASELINE = "/tmp/baseline.json"


def ready_made(label, release):
    """The directory of a vTPM of STATES; copy it, do not run it."""
    return manufacture.ready_made(f"matrix-{release}-{label}", *STATES[label], release=release)


class Vm:
    """image    an in_guest.image()
    model    "tpm-crb" or "tpm-tis"
    release  of swtpm: "debian12" or "new"
    state    of STATES: the vTPM that it has at first
    make_disk  a function of special_disk
    devices  what else its domain has: arguments of Guest, such as network=True
    """

    guest_class = Guest

    def __init__(self, image, model, release, state="own", make_disk=None, **devices):
        self.image = image
        self.model = model
        self.release = release
        self.state = state
        self.devices = devices
        self._make_disk = make_disk
        self.baseline = None
        self._boot_with_baseline = None  # where the file still lies in the guest
        self._asleep = None
        self._resources = contextlib.ExitStack()
        self.tpm = self.guest = None

    def __enter__(self):
        try:
            if self._make_disk:
                directory = process.temporary_directory("disk")
                self._resources.callback(process.remove_directory, directory)
                self.devices["disk"] = self._make_disk(os.path.join(directory, "disk"), self.image)
            self.tpm = self.make_tpm(copy_of=self.ready_made(self.state), tap=True)
            self.tpm.start()
            self.guest = self.make_guest(self.tpm)
            self.guest.start()
            return self
        except BaseException:
            self._resources.close()
            raise

    def __exit__(self, *_):
        self._resources.close()

    def ready_made(self, label):
        return ready_made(label, self.release)

    def make_tpm(self, **options):
        """A swtpm that has not been started; it ends with the row."""
        tpm = Swtpm(qemu=True, **{"release": self.release, **options})
        self._resources.callback(tpm.close)
        return tpm

    def make_guest(self, tpm, uuid=UUID, **options):
        """A guest that has not been started; it ends with the row."""
        guest = self.guest_class(self.image, tpm, **{"model": self.model, "uuid": uuid, **self.devices,
                                                **options})
        self._resources.callback(guest.close)
        return guest

    # What happens to it. ----------------------------------------------------------------------

    def migrate(self, tpm=None):
        """Live migration to a host whose swtpm is `tpm`, or one with an empty state directory. The
        swtpm of the source has ended then, its state directory stays behind."""
        source, source_tpm = self.guest, self.tpm
        self.tpm = tpm or self.make_tpm(empty=True, tap=True)
        self.tpm.start()
        self.guest = self.make_guest(self.tpm, incoming=True)
        self.guest.start()
        source.migrate_to(self.guest)
        source.close()
        source_tpm.stop()

    def power_off(self, crash=False):
        """The host ends QEMU and swtpm, in order or with SIGKILL; the guest's system is not asked."""
        if crash:
            self.guest.kill()
            self.tpm.kill()
        else:
            self.guest.power_off()
            self.tpm.stop()

    def shut_down(self):
        """The guest's system ends in good order, then QEMU and swtpm."""
        self.guest.shut_down()
        self.tpm.stop()

    def power_on(self, tpm=None, **options):
        """Starts QEMU and swtpm; another swtpm, or another domain definition, where one is given."""
        self.tpm = tpm or self.tpm
        if self.tpm:
            self.tpm.start()
        self.guest = self.make_guest(self.tpm, **options)
        self.guest.start()

    def hibernate(self):
        """The guest sleeps on its disk; QEMU and swtpm end in order. wake() goes on."""
        self._asleep = self.guest.hibernate()
        self.tpm.stop()

    def wake(self):
        self.power_on(asleep=self._asleep)

    # The agent in it. -------------------------------------------------------------------------

    def save_baseline(self):
        """Takes a baseline and carries it out of the guest."""
        run = in_guest.agent(self.guest, "baseline", "save", "--force", BASELINE)
        if run.code not in (0, 1):
            raise RuntimeError(f"no baseline: {run}")
        self._carry_out()

    def adopt_baseline(self, evidence):
        """Evidence that lies in the guest becomes the baseline."""
        self.guest.shell(f"mv {evidence} {BASELINE}")
        self._carry_out()

    def _carry_out(self):
        self.baseline = self.guest.get(BASELINE)
        self._boot_with_baseline = self.guest.channel.boot_id

    def compare(self, event="none", timeout=30, evidence=None):
        """What the agent says about the baseline and the TPM now, or evidence in the guest: a Run."""
        if self._boot_with_baseline != self.guest.channel.boot_id:
            self.guest.put(BASELINE, self.baseline)
            self._boot_with_baseline = self.guest.channel.boot_id
        words = ["compare", BASELINE, "--event", event, "--json", "--timeout", str(timeout)]
        if evidence:
            words += ["--evidence", evidence]
        return in_guest.agent(self.guest, *words, timeout=timeout + 30)

    def agent(self, *words):
        """Runs the agent for something that must succeed; a check may warn, as of a TPM that answers slowly."""
        run = in_guest.agent(self.guest, *words)
        if run.code not in (0, 1):
            raise RuntimeError(f"vtpm-agent {' '.join(words)}: {run}")
        return run


def verdict(run):
    """(continuity, status, reason codes) of a comparison."""
    try:
        answer = json.loads(run.out)
        return answer["continuity"], answer["ear.status"], \
            tuple(reason["code"] for reason in answer["reasons"])
    except (ValueError, KeyError):
        raise RuntimeError(f"no verdict: {run}") from None
