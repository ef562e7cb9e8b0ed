# SPDX-License-Identifier: BSD-2-Clause
"""Runs Windows programs of preset windows under Wine, in a prefix of the test's own.

    with Wine() as wine:
        result = wine.agent("status", "--json", tpm=tpm, TBS_SUBMIT="80284006")
"""

import ctypes
import functools
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import by_hand  # noqa: F401
import agent
import oracle
import process
from swtpm import Swtpm

WINE = os.environ["VTPM_WINE"]
SERVER = os.path.join(os.path.dirname(WINE), "wineserver")
DIRECTORY = os.environ["VTPM_WINDOWS_DIR"]
AGENT = os.path.join(DIRECTORY, "agent", "vtpm-agent.exe")
START_SECONDS = 120
ADDR_NO_RANDOMIZE = 0x0040000
# A program ends with 1 and without a word where something lies at 0x7ffe0000 already, where Windows' shared data
# belongs ("failed to map the shared user data"): one of some thousands with the kernel's random addresses.
ctypes.CDLL(None).personality(ADDR_NO_RANDOMIZE)
# What Wine itself fails at must show; a program's own test asks for a silent standard error.
CHANNELS = "-all," + ",".join("err+" + name for name in ("module", "process", "seh", "server", "thread", "virtual"))
WBEM_LOCATOR = "{4590F811-1D3A-11D0-891F-00AA004B2E24}"  # CLSID_WbemLocator


def is_wines(text):
    """Nothing, or words of Wine's own."""
    return all(re.match(r"[0-9a-f]{4}:err:|wine", line) for line in text.splitlines())


class Wine:
    """A Windows that has just been set up. Its TPM is a swtpm behind the tests' own tbs.dll. Programs
    with windows need a Display, from the beginning: what Windows starts without one has none later."""

    def __init__(self, display=None):
        self.display = display
        self.directory = process.temporary_directory("wine")
        self.prefix = os.path.join(self.directory, "prefix")
        self.ages, self.boots = {}, 0
        os.mkdir(self.prefix)
        self.server = self._start_server()
        self.run([WINE, "wineboot", "--init"], timeout=START_SECONDS)
        self.use_tbs("tbs.dll")

    def use_tbs(self, name):
        shutil.copy(os.path.join(DIRECTORY, "tests", "wine", name),
                    self.drive("windows", "system32", "tbs.dll"))

    def use_wmi(self):
        """From now on COM takes the tests' server for WMI's."""
        shutil.copy(os.path.join(DIRECTORY, "tests", "wine", "wmi.dll"),
                    self.drive("windows", "system32", "vtpm-wmi.dll"))
        self.run([WINE, "reg", "add", rf"HKLM\Software\Classes\CLSID\{WBEM_LOCATOR}\InprocServer32",
                  "/ve", "/d", r"C:\windows\system32\vtpm-wmi.dll", "/f"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _start_server(self):
        """As long as it runs all programs see the same boot. A program that came before it listens
        would start another, and fail when that one finds this one. Its directory is the test's own, but
        for Debian 13, whose wineserver crashes where TMPDIR is set."""
        for self.temporary in ({"TMPDIR": self.directory}, {}):
            server = process.start([SERVER, "--foreground", "--persistent"], env=self.environment(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
            process.wait_until(lambda: self._listens() or server.poll() is not None, 30)
            if self._listens():
                return server
            process.kill(server)
        raise RuntimeError("wineserver does not listen")

    def _listens(self):
        """Its socket stands in a directory of the user's or, where there is none, a temporary one."""
        place = os.stat(self.prefix)
        name = f"server-{place.st_dev:x}-{place.st_ino:x}/socket"
        return bool(glob.glob(os.path.join(self.directory, "wine-*", name)) or glob.glob(f"/tmp/wine-*/{name}") or
                    os.path.exists(f"/run/user/{os.getuid()}/wine/{name}"))

    def environment(self, **changes):
        names = ("PATH", "HOME")
        return {**{name: os.environ[name] for name in names if name in os.environ},
                **({"DISPLAY": self.display.name} if self.display else {}), **self.temporary,
                "LC_ALL": "C.UTF-8", "WINEPREFIX": self.prefix, "WINEDEBUG": CHANNELS,
                "XDG_RUNTIME_DIR": self.directory,  # later ones complain of none
                "WINEDLLOVERRIDES": "mscoree,mshtml=;tbs=n", **changes}

    def run(self, argv, *, timeout=60, **changes):
        """Outputs go to files: Wine's own services keep a pipe open that they were started with."""
        begin = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            code = subprocess.run(argv, env=self.environment(**changes), timeout=timeout,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                  cwd=self.directory).returncode
            seconds = time.monotonic() - begin
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode(errors="surrogateescape"))
        return agent.Result(code, *texts, seconds, None)

    def agent(self, *words, tpm=None, program=AGENT, **options):
        """Where addresses are random after all, since a container refuses personality(2), a run that ended without
        a word is repeated, and the test's output tells."""
        def run():
            return self.run([WINE, program, *words], **{**self.tpm_environment(tpm), **options})
        result = run()
        if result.code == 1 and not result.out and is_wines(result.err) and words[0] != "run" and "--output" not in words:
            print("wine: a run that printed nothing is repeated:", *words, result.err, file=sys.stderr, flush=True)
            result = run()
        return result

    def tpm_environment(self, tpm):
        """How the tests' tbs.dll finds it."""
        return {"TBS_PORT": str(tpm.port), "TBS_AGE": str(self._age(tpm))} if tpm else {}

    def _age(self, tpm):
        """How long this Windows had been up, by its own account, when the TPM was first used."""
        return self.ages.setdefault(tpm, int(time.clock_gettime(time.CLOCK_MONOTONIC) * 1000))

    def age_clock(self, tpm):
        """After a restart of the TPM: the clock of one that is as old as this Windows says it is."""
        ahead_ms = int(time.clock_gettime(time.CLOCK_MONOTONIC) * 1000) + 60000
        oracle.tpm2(tpm, "setclock", str(ahead_ms))

    def status(self, *words, **options):
        return self.agent("status", "--json", *words, **options)

    def evidence(self, *words, **options):
        return self.agent("evidence", *words, **options)

    def set_variable(self, name, value):
        """For what Windows starts itself: in its own environment; from the next boot on."""
        self.run([WINE, "reg", "add", r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment",
                  "/v", name, "/d", value, "/f"])
        self.reboot()

    def registry(self, key, value):
        return self.run([WINE, "reg", "query", key, "/v", value]).out

    def drive(self, *names):
        """A path on drive C, as Linux calls it."""
        return os.path.join(self.prefix, "drive_c", *names)

    def path(self, name):
        return os.path.join(self.directory, name)

    def reboot(self):
        """Wine gives its host's boot time for its own: what else Windows counts up tells them apart."""
        self.ages = {}
        self.boots += 1
        self.run([WINE, "reg", "add", r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager"
                  r"\Memory Management\PrefetchParameters", "/v", "BootId", "/t", "REG_DWORD",
                  "/d", str(self.boots), "/f"])
        process.stop(self.server)
        self.server = self._start_server()

    @functools.cached_property
    def uuid(self):
        """This machine's, as Wine sees it."""
        return self.evidence(TBS_CREATE="8028400F").json["smbios"]["uuid"]

    def tpm(self):
        """A new TPM, manufactured for this machine."""
        return Swtpm(name="windows", vm_uuid=self.uuid)

    def close(self):
        process.stop(self.server)
        process.remove_directory(self.directory)
