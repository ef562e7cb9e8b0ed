# SPDX-License-Identifier: BSD-2-Clause
"""The two ways to learn about a TPM that are compared: one run of the agent, a chain of tpm2-tools.

Both are started in the same way and write to files of the same directory. wall() is in seconds.
"""

import json
import os
import re
import subprocess
import time

NONCE = "00112233445566778899aabbccddeeff"
ALL_PCRS = "sha256:" + ",".join(str(pcr) for pcr in range(24))
AK_ATTRIBUTES = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign"


def run(argv, output, environment):
    """Runs a program, its output into a file; returns wall time and exit status."""
    actions = [(os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)]
    begin = time.perf_counter()
    pid = os.posix_spawnp(argv[0], argv, environment, file_actions=actions)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return time.perf_counter() - begin, status


class Agent:
    """`vtpm-agent evidence`."""

    def __init__(self, program, tcti, directory):
        self.argv = [program, "--tcti", tcti, "--nonce", NONCE, "evidence"]
        self.environment = dict(os.environ, LC_ALL="C.UTF-8")
        self._output = os.path.join(directory, "evidence.json")

    def wall(self):
        """Also sets tpm_s and commands: what the TPM's own share of it was."""
        wall, status = run(self.argv, self._output, self.environment)
        with open(self._output) as file:
            evidence = json.load(file)
        if status not in (0, 1) or "error" in evidence["quote"]:
            raise RuntimeError(f"vtpm-agent evidence ended with status {status}: {evidence}")
        self.tpm_s = evidence["session"]["tpm_time_us"] / 1e6
        self.commands = evidence["session"]["commands"]
        return wall

    def start_wall(self):
        """The part that every program has: it is loaded, linked and ends."""
        return run([self.argv[0], "--version"], self._output, self.environment)[0]

    def commands_by_kind(self):
        """How often each command is sent, as --verbose tells."""
        told = subprocess.run([*self.argv, "--verbose"], env=self.environment, check=True,
                              capture_output=True, text=True).stderr
        return {name: int(count) for count, name in re.findall(r"(\d+) x (TPM2\w+)", told)}


class Chain:
    """The programs of tpm2-tools that tell a part of what evidence tells. The key that quotes is
    made once, before any time is taken."""

    def __init__(self, tcti, directory):
        self._directory = directory
        self.environment = dict(os.environ, LC_ALL="C.UTF-8", TPM2TOOLS_TCTI=tcti,
                                TSS2_LOG="all+NONE")
        self._prepare("tpm2_createprimary", "-C", "e", "-G", "ecc256:ecdsa-sha256:null",
                      "-a", AK_ATTRIBUTES, "-c", self._file("ak.ctx"))
        self._prepare("tpm2_readpublic", "-c", self._file("ak.ctx"), "-f", "pem",
                      "-o", self._file("ak.pem"))
        self._flush()
        self.programs = [
            ["tpm2_getcap", "properties-fixed"],
            ["tpm2_getcap", "properties-variable"],
            ["tpm2_getcap", "pcrs"],
            ["tpm2_getrandom", "--hex", "32"],
            ["tpm2_pcrread"],
            ["tpm2_readclock"],
            ["tpm2_quote", "-c", self._file("ak.ctx"), "-l", ALL_PCRS, "-q", NONCE,
             "-m", self._file("quote"), "-s", self._file("signature"), "-o", self._file("pcrs")],
            ["tpm2_checkquote", "-u", self._file("ak.pem"), "-m", self._file("quote"),
             "-s", self._file("signature"), "-f", self._file("pcrs"), "-q", NONCE],
        ]

    def _file(self, name):
        return os.path.join(self._directory, name)

    def _prepare(self, *argv):
        subprocess.run(argv, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def _flush(self):
        # Without a resource manager the key that tpm2_quote loads stays: not in the time either.
        self._prepare("tpm2_flushcontext", "-t")

    def walls(self):
        """The time of each program, in their order."""
        walls = []
        for argv in self.programs:
            wall, status = run(argv, self._file("output"), self.environment)
            if status != 0:
                raise RuntimeError(f"{argv} ended with status {status}")
            walls.append(wall)
        self._flush()
        return walls

    def argv_of(self, name):
        return next(argv for argv in self.programs if argv[0] == name)

    def flush(self):
        self._flush()
