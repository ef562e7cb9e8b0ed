# SPDX-License-Identifier: BSD-2-Clause
"""A real virtual machine: QEMU without KVM, Debian's cloud kernel, and a vTPM behind it.

    image = Image(programs=["build/release/agent/vtpm-agent"], plugins=TCTI_DEVICE)
    with Swtpm(qemu=True) as tpm, Guest(image, tpm) as guest:
        code, out, err = guest.run(["vtpm-agent", "evidence"], timeout=30)
"""

import os
import re
import shlex
import shutil
import time

import by_hand  # noqa: F401
import initramfs
import process
from channel import MAX_INPUT, Channel
from qmp import Qmp

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TCTI_DEVICE = ["libtss2-tcti-device.so.0"]
NETWORK_MODULES = ["virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev",
                   "virtio_pci", "failover", "net_failover", "virtio_net"]
DISK_MODULES = ["virtio_blk"]
SERIAL_MODULES = ["virtio_console"]
DISK_BYTES = 16 << 20
OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"
MICROSOFT_KEYS = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"
BOOT_TIMEOUT = 120
# RDRAND, as hosts give it to their guests: without it the first program that wants random bytes waits
# until the kernel has gathered some, a second of work.
CPU = "qemu64,+rdrand"
# Under emulation, on a busy machine, a guest measures the speed of its TSC wrongly, and its clock would
# run several times too fast or too slow.
# There it also misses its timer's interrupts, and would panic and start once more: a reset nobody asked for.
KERNEL_OPTIONS = ("console=ttyS0 quiet panic=1 random.trust_cpu=on tsc=unstable "
                  "clocksource=acpi_pm no_timer_check")
# The clock above is not there any more when this machine's firmware wakes the system from S3.
SLEEPER = "clocksource=hpet"
# On top of a command's own timeout, which runs by the guest's clock.
ANSWER_MARGIN = 15


def kernel_directory():
    path = os.environ.get("VTPM_KERNEL_DIR") or os.path.join(ROOT, ".cache", "kernel")
    if not os.path.exists(os.path.join(path, "vmlinuz")):
        raise FileNotFoundError(f"no kernel in {path}; run scripts/bootstrap test")
    return path


def make_disk(path):
    """Writes an empty disk for Guest(disk=…). A copy of it, while no guest runs, is a snapshot."""
    with open(path, "wb") as file:
        file.truncate(DISK_BYTES)
    process.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", path])
    return path


class Image:
    """Kernel and root file system, for any number of guests. Arguments: see initramfs.build()."""

    def __init__(self, programs=(), plugins=(), files=None, init=initramfs.GUEST_INIT):
        self.kernel = os.path.join(kernel_directory(), "vmlinuz")
        self.initrd = os.path.join(process.temporary_directory("image"), "initrd")
        # One that is built into the kernel has no file: scripts/bootstrap sees to that.
        modules = [path for name in NETWORK_MODULES + DISK_MODULES + SERIAL_MODULES
                   if os.path.exists(path := os.path.join(kernel_directory(), f"{name}.ko"))]
        initramfs.build(self.initrd, programs, plugins, files, modules, init)


class Guest:
    """One QEMU process.

    tpm        a Swtpm(qemu=True) that is running, or None
    model      "tpm-crb" or "tpm-tis"
    uuid       the SMBIOS system UUID
    smbios     further values for QEMU's -smbios, such as "type=1,manufacturer=OpenStack Foundation"
    ovmf       UEFI firmware in the place of SeaBIOS; MICROSOFT_KEYS: with these in its variables
    network    virtio-net: the guest is 10.0.2.15 and reaches this machine's loopback as 10.0.2.2
    disk       a file of make_disk(), mounted on /var/lib: what was synced survives every end of the
               guest; a migration's destination takes the same file. Or one of special_disk
    volumes    files that are further disks: /dev/vdb and so on
    incoming   do not boot: wait for another guest's migrate_to()
    options    further ones of the kernel: SLEEPER for one that is to sleep()
    asleep     what another guest's hibernate() returned: boot into what that left on the disk
    """

    def __init__(self, image, tpm=None, *, model="tpm-crb", uuid=None, smbios=(), ovmf=False,
                 network=False, disk=None, volumes=(), incoming=False, asleep=None, memory=256,
                 options=""):
        self.image = image
        self.tpm = tpm
        self.model = model
        self.uuid = uuid
        self.smbios = list(smbios)
        self.ovmf = ovmf
        self.network = network
        self.disk = disk
        self.volumes = list(volumes)
        self.incoming = incoming
        self.asleep = asleep
        self.memory = memory
        self.options = options
        self.directory = process.temporary_directory("guest")
        self.console = self._path("console")
        self.successor = None
        self.child = None
        self.qmp = None
        self.channel = None
        if ovmf:
            shutil.copy(OVMF_VARIABLES if ovmf is True else ovmf, self._path("ovmf-variables"))

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def start(self):
        """Powers the machine on and waits for its system, or until it can take a migration."""
        log = self._path("qemu.log")
        with open(log, "ab") as file:
            self.child = process.start(self._arguments(), stdout=file, stderr=file)
        self._wait_sockets(log)
        self.qmp = Qmp(self._path("qmp"))
        self.channel = self._open_channel()
        if not self.incoming:
            self.qmp.execute("cont")
            if self.asleep:
                self._wait_awake()
            else:
                self.wait_ready()
        return self

    def wait_ready(self, timeout=BOOT_TIMEOUT):
        """Waits for the guest's system; returns its boot_id."""
        try:
            return self.channel.wait_ready(timeout)
        except Exception as error:
            raise RuntimeError(f"{error}; the end of its console:\n{self.console_text()[-2000:]}") \
                from error

    def run(self, argv, timeout=30, user="root", stdin=b""):
        """Runs a program in the guest: (exit status, stdout, stderr), the outputs as bytes. It is
        killed after `timeout` seconds (status 137); a guest that cannot even do that raises
        GuestTimeout."""
        return self.spawn(argv, timeout, user, stdin).wait()

    def check(self, argv, **options):
        """run() for a program that must succeed; returns its stdout as text."""
        status, out, err = self.run(argv, **options)
        if status != 0:
            raise RuntimeError(f"{shlex.join(argv)} ended with status {status}:\n"
                               + (out + err).decode(errors="replace"))
        return out.decode(errors="replace")

    def shell(self, script, **options):
        """check() for a line of shell."""
        return self.check(["sh", "-c", script], **options)

    def spawn(self, argv, timeout=600, user="root", stdin=b""):
        """Starts a program in the guest's background and returns its Job."""
        script = "exec " + shlex.join(argv)
        return Job(self, self.channel.send(script.encode(), stdin, user, timeout), timeout)

    def put(self, path, data):
        """Writes a file in the guest."""
        self.shell(f": > {shlex.quote(path)}")
        for start in range(0, len(data), MAX_INPUT // 2):
            self.shell(f"cat >> {shlex.quote(path)}", stdin=data[start:start + MAX_INPUT // 2])

    def get(self, path):
        """The bytes of a file in the guest."""
        status, out, err = self.run(["cat", path])
        if status != 0:
            raise FileNotFoundError(err.decode(errors="replace"))
        return out

    def boot_id(self):
        return self.shell("cat /proc/sys/kernel/random/boot_id").strip()

    def pcrs(self, bank="sha256", indices=range(8)):
        """PCR values as the kernel reads them: a list of hex strings."""
        return self.shell(f"cd /sys/class/tpm/tpm0/pcr-{bank} && cat "
                          + " ".join(str(index) for index in indices)).lower().split()

    def system_reset(self):
        """The reset button: no shutdown of the system, swtpm goes on. Returns the new boot_id."""
        self.channel.expect_restart()
        self.qmp.execute("system_reset")
        return self.wait_ready()

    def reboot(self):
        """An orderly reboot by the guest's system, which sends TPM2_Shutdown."""
        self.channel.expect_restart()
        self.spawn(["reboot", "-f"])
        return self.wait_ready()

    def kexec(self):
        """The system starts its kernel anew, without the firmware. Needs special_disk.with_kernel()."""
        self.channel.expect_restart()
        self.spawn(["kexec", "/var/lib/vmlinuz", "/var/lib/initrd"])
        return self.wait_ready()

    def sleep(self):
        """S3: the guest suspends to its memory and is woken at once."""
        job = self.spawn(["sh", "-c", "echo deep >/sys/power/mem_sleep && echo mem >/sys/power/state"])
        self.qmp.wait_event("SUSPEND", BOOT_TIMEOUT)
        self.qmp.execute("system_wakeup")
        self._must_have_slept(job.wait(BOOT_TIMEOUT))

    def hibernate(self):
        """S4: the guest writes its memory to its disk, special_disk.for_swap(), and QEMU ends. Returns what
        the Guest(asleep=…) is to be made with that goes on."""
        job = self.spawn(["sh", "-c", "swapon /dev/vda && echo disk >/sys/power/state"])
        self.child.wait(BOOT_TIMEOUT)
        boot_id = self.channel.boot_id
        self._disconnect()
        return job, boot_id

    def pause(self):
        self.qmp.execute("stop")

    def resume(self):
        self.qmp.execute("cont")

    def power_off(self):
        """Pulls the plug: QEMU quits, as for a hard reboot or a cold migration. start() boots anew."""
        if self.child and self.child.poll() is None:
            try:
                self.qmp.execute("quit")
                self.child.wait(10)
            except Exception:
                process.kill(self.child)
        self._disconnect()

    def kill(self):
        """What a crash of the host leaves of QEMU."""
        process.kill(self.child)
        self._disconnect()

    def hard_reboot(self, crash=False):
        """QEMU and swtpm end and start again on the same state: as the orchestrator's hard reboot
        does it, or with crash=True after SIGKILL to both. Returns the new boot_id."""
        if crash:
            self.kill()
            self.tpm.kill()
        else:
            self.power_off()
            self.tpm.stop()
        self.tpm.start()
        self.start()
        return self.channel.boot_id

    def tpm_commands(self, *requests, node="/dev/tpm0"):
        """Sends TPM commands as raw bytes from inside the guest and returns the raw answers."""
        script = f"exec 3<>{node}" + "".join(
            f" && dd bs={len(request)} count=1 >&3 && dd bs=4096 count=1 <&3" for request in requests)
        status, out, err = self.run(["sh", "-c", script], stdin=b"".join(requests))
        if status != 0:
            raise OSError(err.decode(errors="replace"))
        answers = []
        while out:
            size = int.from_bytes(out[2:6], "big")
            answers.append(out[:size])
            out = out[size:]
        return answers

    def shut_down(self, timeout=30):
        """An orderly power-off by the guest's system, which sends TPM2_Shutdown."""
        self.spawn(["poweroff", "-f"])
        self.child.wait(timeout)
        self._disconnect()

    def migrate_to(self, destination, timeout=60, stopped=None):
        """Live migration into a Guest(incoming=True), which goes on where this one stops; jobs too.
        `stopped` is called when this one has stopped and its devices are not yet saved. Returns
        QEMU's record of it (`downtime`, `total-time` in ms)."""
        path = destination._path("migration")
        self.qmp.execute("migrate", uri=f"unix:{path}")
        if stopped:
            self.qmp.wait_event("STOP")
            stopped()
        end = time.monotonic() + timeout
        while (info := self.qmp.execute("query-migrate"))["status"] != "completed":
            if info["status"] in ("failed", "cancelled"):
                raise RuntimeError(f"migration {info['status']}: {info.get('error-desc', '')}")
            if time.monotonic() > end:
                raise RuntimeError(f"migration still {info['status']} after {timeout} s")
            time.sleep(0.02)
        destination.qmp.wait_event("RESUME")
        destination.channel.take_over(self.channel)
        destination.incoming = False
        self.successor = destination
        return info

    def console_text(self):
        with open(self.console, errors="replace") as file:
            return re.sub(r"[^\n\t -~]", "", file.read())

    def close(self):
        if self.child:
            process.kill(self.child)
        self._disconnect()
        process.remove_directory(self.directory)

    def _wait_awake(self):
        """The answer to what put the guest to sleep comes when it is awake."""
        job, self.channel.boot_id = self.asleep
        job.move_to(self)
        self.asleep = None
        self._must_have_slept(job.wait(BOOT_TIMEOUT))

    def _must_have_slept(self, answer):
        if answer[0] != 0:
            raise RuntimeError(f"the guest does not sleep: {answer}; the end of its console:\n"
                               f"{self.console_text()[-2000:]}")

    def _disconnect(self):
        for end in (self.qmp, self.channel):
            if end:
                end.close()
        self.qmp = self.channel = None

    def _open_channel(self):
        return Channel(self._path("commands"))

    def _channel_arguments(self):
        return ["-serial", f"unix:{self._path('commands')},server=on,wait=off"]

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _wait_sockets(self, log):
        end = time.monotonic() + 20
        while not all(os.path.exists(self._path(name)) for name in ("qmp", "commands")):
            if self.child.poll() is not None or time.monotonic() > end:
                with open(log, errors="replace") as file:
                    raise RuntimeError(f"QEMU does not start:\n{file.read()}")
            time.sleep(0.02)

    def _arguments(self):
        for name in ("qmp", "commands", "migration"):
            if os.path.exists(self._path(name)):
                os.unlink(self._path(name))
        argv = ["qemu-system-x86_64", "-no-user-config", "-nodefaults", "-display", "none",
                "-machine", "q35", "-accel", "tcg", "-cpu", CPU, "-m", str(self.memory),
                "-kernel", self.image.kernel, "-initrd", self.image.initrd,
                "-append", f"{KERNEL_OPTIONS} {self.options}",
                "-qmp", f"unix:{self._path('qmp')},server=on,wait=off",
                "-serial", f"file:{self.console}", *self._channel_arguments()]
        if self.tpm:
            argv += ["-chardev", f"socket,id=tpm,path={self.tpm.control}",
                     "-tpmdev", "emulator,id=tpm0,chardev=tpm",
                     "-device", f"{self.model},tpmdev=tpm0"]
        if self.uuid:
            argv += ["-uuid", self.uuid]
        for value in self.smbios:
            argv += ["-smbios", value]
        if self.ovmf:
            argv += ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={OVMF_CODE}",
                     "-drive", f"if=pflash,format=raw,unit=1,file={self._path('ovmf-variables')}"]
        if self.disk:
            argv += ["-drive", f"file={self.disk},if=none,id=disk,format=raw",
                     "-device", "virtio-blk-pci,drive=disk"]
        for number, path in enumerate(self.volumes):
            argv += ["-drive", f"file={path},if=none,id=volume{number},format=raw",
                     "-device", f"virtio-blk-pci,drive=volume{number}"]
        if self.network:
            argv += ["-netdev", "user,id=net0", "-device", "virtio-net-pci,netdev=net0,romfile="]
        # A machine that boots waits for our connections; one that takes a migration must not be told
        # to go on before: it would take the disk from the other.
        argv += ["-incoming", f"unix:{self._path('migration')}"] if self.incoming else ["-S"]
        return argv


class Job:
    """A program that runs in a guest, wherever that guest has been migrated to."""

    def __init__(self, guest, number, timeout):
        self._guest = guest
        self._number = number
        self._timeout = timeout

    def move_to(self, guest):
        """It goes on in that guest."""
        self._guest = guest

    def wait(self, timeout=None):
        """(exit status, stdout, stderr) when the program has ended."""
        guest = self._guest
        while guest.successor:
            guest = guest.successor
        limit = self._timeout + ANSWER_MARGIN if timeout is None else timeout
        return guest.channel.wait(self._number, limit)
