# SPDX-License-Identifier: BSD-2-Clause
"""A Debian guest that a unified kernel image boots: kernel and initrd in one EFI program, measured by
systemd's stub, and in the initrd the real systemd of a later Debian (scripts/bootstrap unpacks it).

    images = [Uki(), Uki(masked=["systemd-pcrosseparator.service"])]
    with UkiGuest(images[0], tpm, disk=disk) as guest:
        guest.uki = images[1]       # from the next start() on
    Uki(files={"etc/crypttab": "..."}).other_kernel()
"""

import os
import re
import shutil
import subprocess

import by_hand  # noqa: F401
import debian
import esp
import guest
import process

TAR = os.environ.get("VTPM_SYSTEMD_NEW") or os.path.join(guest.ROOT, ".cache", "systemd-new", "root.tar")
STUB = "usr/lib/systemd/boot/efi/linuxx64.efi.stub"
UNNEEDED = ("usr/lib/systemd/boot", "usr/lib/udev/hwdb.bin", "usr/lib/udev/hwdb.d", "usr/share/zoneinfo",
            "usr/lib/apt", "usr/share/perl5", "usr/bin/perl", "var/cache", "var/lib/apt", "var/lib/dpkg")
MODULES = (*guest.NETWORK_MODULES, *guest.DISK_MODULES, *guest.SERIAL_MODULES, "efivarfs",
           "dm-mod", "dm-crypt", "ecb", "xts")
# A busy machine's guest finds its disk later than systemd waits by itself.
COMMAND_LINE = (guest.KERNEL_OPTIONS + " root=/dev/vda rootfstype=ext4 rw systemd.default_device_timeout_sec=600 "
                "systemd.default_timeout_start_sec=600")


class Uki:
    """masked: units of the initrd that are left out, as an earlier systemd has them not; files: texts by their path,
    of which units in etc/systemd/system are enabled. The test must be root: some programs run in the initrd's own
    system."""

    def __init__(self, masked=(), files=None):
        self.directory = process.temporary_directory("uki")
        self.path = os.path.join(self.directory, "linux.efi")
        with debian.Root(find_archive()) as root:
            shutil.copy(root.path(STUB), self._path("stub"))
            self._become_initrd(root, masked)
            for name, text in (files or {}).items():
                root.write(name, text)
                if os.path.dirname(name) == "etc/systemd/system":
                    root.enable(os.path.basename(name))
            self._pack(root)
        write_image(self.path, self._path("stub"), self._path("initrd"), COMMAND_LINE)

    def other_kernel(self):
        """From now on it is another program, which leads to the same system."""
        write_image(self.path, self._path("stub"), self._path("initrd"), COMMAND_LINE + " of-the-test")

    def close(self):
        process.remove_directory(self.directory)

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _become_initrd(self, root, masked):
        for name in UNNEEDED:
            process.run(["rm", "-rf", root.path(name)])
        root.write("etc/initrd-release", root.read("etc/os-release"))
        root.write("etc/machine-id", "")
        os.symlink("usr/lib/systemd/systemd", root.path("init"))
        for unit in masked:
            os.symlink("/dev/null", root.path("etc/systemd/system/" + unit))
        self._add_modules(root)

    def _add_modules(self, root):
        """Where the kernel and udev look for them: the kernel asks for efivarfs when it is mounted."""
        paths = [path for name in MODULES
                 if os.path.exists(path := os.path.join(guest.kernel_directory(), name + ".ko"))]
        with open(paths[0], "rb") as file:
            release = re.search(rb"vermagic=(\S+)", file.read()).group(1).decode()
        directory = root.path(f"usr/lib/modules/{release}/kernel")
        os.makedirs(directory)
        for path in paths:
            shutil.copy(path, directory)
        root.check("/usr/sbin/depmod", release)

    def _pack(self, root):
        with open(self._path("initrd"), "wb") as file:
            subprocess.run(["sh", "-c", "find . -print0 | cpio -0 -o -H newc --quiet | zstd -q -3"],
                           cwd=root.directory, stdout=file, check=True)



def find_archive():
    if not os.path.exists(TAR):
        raise FileNotFoundError(f"no {TAR}; run scripts/bootstrap test")
    return TAR


def write_image(path, stub, initrd, command_line):
    """The stub with its sections, as systemd's ukify adds them, each behind the one before."""
    directory = process.temporary_directory("sections")
    files = {"linux": os.path.join(guest.kernel_directory(), "vmlinuz"), "initrd": initrd}
    for name, text in (("osrel", "ID=guest\n"), ("cmdline", command_line)):
        files[name] = os.path.join(directory, name)
        with open(files[name], "w") as file:
            file.write(text)
    headers = subprocess.check_output(["objdump", "-h", "-p", stub], text=True)
    page = int(re.search(r"^SectionAlignment\s+([0-9a-f]+)", headers, re.M).group(1), 16)
    end = max(int(size, 16) + int(address, 16) for size, address in
              re.findall(r"^ +\d+ \S+ +([0-9a-f]{8}) +([0-9a-f]+) ", headers, re.M))
    words = []
    for name in ("osrel", "cmdline", "linux", "initrd"):
        at = -(-end // page) * page
        words += ["--add-section", f".{name}={files[name]}", "--change-section-vma", f".{name}={at:#x}"]
        end = at + os.path.getsize(files[name])
    process.run(["objcopy", *words, stub, path])
    process.remove_directory(directory)


class FromImage(esp.FromPartition):
    """Of a Guest: the firmware boots one EFI program, `self.uki`."""

    @property
    def partition(self):
        return {esp.REMOVABLE: self.uki.path}


class UkiGuest(FromImage, debian.DebianGuest):
    def __init__(self, uki, tpm, **options):
        self.uki = uki
        super().__init__(debian.image(), tpm, ovmf=True, memory=768, **options)
