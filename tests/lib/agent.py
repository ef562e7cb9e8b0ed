# SPDX-License-Identifier: BSD-2-Clause
"""Runs the agent that was built.

    result = agent.run("status", "--json", tpm=tpm)
    result.code, result.out, result.err, result.json, result.checks["lockout"]["result"]
"""

import functools
import os
import subprocess
import time

import by_hand  # noqa: F401
import process
from outcome import Outcome

AGENT = os.path.join(os.environ["VTPM_BUILD_DIR"], "agent", "vtpm-agent")
MANGLE = os.environ.get("VTPM_TCTI_MANGLE")

# A sanitizer's own exit status: none of the agent's.
SANITIZER_STATUS = 99


class Result(Outcome):
    """How a run ended: exit status, both outputs as text, the seconds it took, and the session in which
    a child of the agent may still run (process.members())."""

    def __init__(self, code, out, err, seconds, session):
        self.code, self.out, self.err, self.seconds, self.session = code, out, err, seconds, session

    def __str__(self):
        return f"exit {self.code}\nstdout: {self.out}\nstderr: {self.err}"


@functools.cache
def _report_directory():
    path = process.public_directory("reports")
    os.chmod(path, 0o1777)  # other users' runs report, too
    return path


def environment(*, will_be_killed=False, **changes):
    """The environment of a run: no terminal, no colour, sanitizers that report also what happens in
    the agent's child, whose standard error is closed. Killing a search for leaks is reported too."""
    options = (f"exitcode={SANITIZER_STATUS}:log_path={_report_directory()}/report:"
               f"detect_leaks={0 if will_be_killed else 1}")
    result = {name: value for name, value in os.environ.items()
              if name not in ("NO_COLOR", "TERM", "TSS2_LOG")}
    result.update({"LC_ALL": "C.UTF-8", "ASAN_OPTIONS": options, "UBSAN_OPTIONS": options, **changes})
    return result


def check_sanitizers():
    """Raises what a sanitizer had to say since the last time."""
    reports = []
    for name in os.listdir(_report_directory()):
        path = os.path.join(_report_directory(), name)
        try:
            with open(path, errors="replace") as file:
                reports.append(file.read())
            os.unlink(path)
        except FileNotFoundError:  # another thread was here first, and raises
            pass
    if reports:
        raise AssertionError("a sanitizer reports:\n" + "\n".join(reports))


def arguments(*words, tpm=None, tcti=None, program=AGENT):
    tcti = tcti or (tpm.tcti if tpm else None)
    return [program, *words, *(["--tcti", tcti] if tcti else [])]


def start(*words, tpm=None, tcti=None, env=None, **options):
    """The run as a Popen; its parent must call check_sanitizers() itself."""
    return process.start(arguments(*words, tpm=tpm, tcti=tcti), env=env or environment(), **options)


def run(*words, tpm=None, tcti=None, env=None, timeout=60, text=True, nobody=False, **options):
    """Runs the agent to its end on `tpm` or `tcti`, also as nobody (the test must be root's). Fails the
    test where a sanitizer complains."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
               "stderr": subprocess.PIPE, **options}
    program = AGENT
    if nobody:
        program = process.public_copy(AGENT)
        options.update(process.as_nobody())
    begin = time.monotonic()
    with subprocess.Popen(arguments(*words, tpm=tpm, tcti=tcti, program=program),
                          env=env or environment(), start_new_session=True, **options) as child:
        try:
            outputs = child.communicate(timeout=timeout)
        except BaseException:
            child.kill()
            raise
    seconds = time.monotonic() - begin
    check_sanitizers()
    out, err = (part.decode(errors="surrogateescape") if part is not None and text else part
                for part in outputs)
    return Result(child.returncode, out, err, seconds, child.pid)


def status(*words, **options):
    return run("status", "--json", *words, **options)


def evidence(*words, **options):
    return run("evidence", *words, **options)


def mangled(options, tpm):
    """The TCTI of a TPM whose answers are damaged: see tests/tpm/tcti_mangle.h."""
    return f"{MANGLE}:{options};{tpm.tcti}"
