# SPDX-License-Identifier: BSD-2-Clause
"""Manufactures vTPM states with swtpm_setup, under a private certificate authority.

Making keys costs seconds of processor time, so that the authority and one ready-made state live in a
cache directory: $VTPM_TEST_CACHE (CTest sets it to a place in the build directory), else one that
lasts as long as this process.
"""

import fcntl
import functools
import os
import shutil
import uuid

import by_hand  # noqa: F401
import process

TEMPLATE_NAME = "template"
TEMPLATE_UUID = "6b1d4f0a-3c2e-4b57-9a58-0d2f6e7a1c34"


CACHE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".cache")
# What swtpm does at the end of its process differs from 0.8 on, so there are two of them.
RELEASES = ("debian12", "new")
# Some tests run as root beside others that do not, and their files are for themselves.
_USER = str(os.getuid())


def tool(name, release="debian12"):
    """The path of one of swtpm's programs: of those scripts/bootstrap unpacked, or as installed, where
    that is the older one."""
    assert release in RELEASES, release
    new, old = (os.path.join(CACHE, directory) for directory in ("swtpm-new", "swtpm-old"))
    if release == "new":
        path = shutil.which(os.path.join(os.environ.get("VTPM_SWTPM_NEW_DIR") or new, "bin", name))
    else:
        path = shutil.which(os.path.join(old, "bin", name) if os.path.exists(old) else name)
    if not path:
        raise FileNotFoundError(f"no {name} ({release}); run scripts/bootstrap test")
    return path


@functools.cache
def cache_directory():
    path = os.environ.get("VTPM_TEST_CACHE")
    if not path:
        return process.temporary_directory("cache")
    path = os.path.join(os.path.abspath(path), _USER)
    os.makedirs(path, exist_ok=True)
    return path


class Authority:
    """The CA of one imagined hypervisor host: `root` and `issuer` are PEM certificates."""

    def __init__(self, directory, release="debian12"):
        self.release = release
        self.directory = os.path.abspath(directory)
        self.root = os.path.join(self.directory, "swtpm-localca-rootca-cert.pem")
        self.issuer = os.path.join(self.directory, "issuercert.pem")
        self.config = os.path.join(self.directory, "swtpm_setup.conf")
        os.makedirs(self.directory, exist_ok=True)
        if not os.path.exists(self.config):
            self._write_configuration()

    def _write_configuration(self):
        tool_config = os.path.join(self.directory, "localca.conf")
        tool_options = os.path.join(self.directory, "localca.options")
        _write(tool_config,
               f"statedir = {self.directory}\n"
               f"signingkey = {self.directory}/signkey.pem\n"
               f"issuercert = {self.issuer}\n"
               f"certserial = {self.directory}/certserial\n")
        _write(tool_options,
               "--platform-manufacturer QEMU\n--platform-version 2.1\n--platform-model QEMU\n")
        _write(self.config,
               f"create_certs_tool = {tool('swtpm_localca', self.release)}\n"
               f"create_certs_tool_config = {tool_config}\n"
               f"create_certs_tool_options = {tool_options}\n"
               "active_pcr_banks = sha256\n")


def default_authority(release="debian12"):
    return Authority(os.path.join(cache_directory(), f"authority-{release}"), release)


def manufacture(state, name, vm_uuid, banks="sha256", authority=None, certificates=True,
                release="debian12"):
    """Makes a new TPM in directory `state`: EKs RSA 2048 and ECC P-384, with certificates (also
    written there as DER: ek-rsa2048.crt, ek-secp384r1.crt) for the virtual machine `name`."""
    authority = authority or default_authority(release)
    os.makedirs(state, exist_ok=True)
    argv = [tool("swtpm_setup", release), "--tpm2", "--tpmstate", os.path.abspath(state),
            "--config", authority.config, "--pcr-banks", banks, "--createek"]
    if certificates:
        argv += ["--create-ek-cert", "--create-platform-cert", "--lock-nvram",
                 "--vmid", f"{name}:{vm_uuid}", "--write-ek-cert-files", os.path.abspath(state)]
    with _locked(authority.directory):
        process.run(argv)


def reconfigure(state, banks, authority=None, release="debian12"):
    """Changes the active PCR banks of a TPM that is not running, as libvirt's <active_pcr_banks>."""
    authority = authority or default_authority(release)
    process.run([tool("swtpm_setup", release), "--tpm2", "--tpmstate", os.path.abspath(state),
                 "--config", authority.config, "--reconfigure", "--pcr-banks", banks])


def ready_made(label, name, vm_uuid, banks="sha256", release="debian12"):
    """The directory of a state of manufacture() that is kept as `label`, made at first use. Copy it,
    do not run it."""
    path = os.path.join(cache_directory(), label)
    with _locked(cache_directory()):
        if not os.path.isdir(path):
            unfinished = f"{path}.{uuid.uuid4().hex}"
            try:
                manufacture(unfinished, name, vm_uuid, banks, release=release)
                os.rename(unfinished, path)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    return path


def template(banks="sha256", release="debian12"):
    """The ready-made state for `banks` of a TPM that no test cares about."""
    return ready_made(f"template-{release}-" + banks.replace(",", "-"), TEMPLATE_NAME, TEMPLATE_UUID,
                      banks, release)


class _locked:
    """Holds a directory's lock: tests of one run may be several processes."""

    def __init__(self, directory):
        self._path = os.path.join(directory, ".lock")

    def __enter__(self):
        self._file = open(self._path, "w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self._file.close()


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)
