#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a run of vtpm-agent.exe costs under Wine, beside the Linux program on the same swtpm:
docs/benchmarks.md.

Each round runs both, and a program of Wine's own that does next to nothing, so that whatever else the
machine does meets all of them, and so that Wine's own cost can be told from ours.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
os.environ.setdefault("VTPM_BUILD_DIR", os.path.join(SOURCE, "build", "release"))
os.environ.setdefault("VTPM_WINDOWS_DIR", os.path.join(SOURCE, "build", "windows"))
os.environ.setdefault("VTPM_WINE", "/usr/lib/wine/wine64")
import agent  # noqa: E402
import wine  # noqa: E402

WARM_UP = 2
MEMORY_ROUNDS = 3
NONCE = "00112233445566778899aabbccddeeff"


def run(argv, environment, output):
    """Wall seconds of a program that writes to `output`."""
    actions = [(os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
               (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    begin = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, environment, file_actions=actions)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    seconds = time.perf_counter() - begin
    if status not in (0, 1):
        raise RuntimeError(f"{argv} ended with {status}")
    return seconds


def peak(argv, environment, output):
    """VmHWM in KiB, as it is when the program ends: what it started with counts for nothing."""
    program = os.path.join(os.environ["VTPM_BUILD_DIR"], "tests", "bench", "bench_peak")
    status = subprocess.run([program, output, *argv], env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    if status not in (0, 1):
        raise RuntimeError(f"{argv} ended with {status}")
    with open(output) as file:
        return max(int(line.split()[1]) for line in file)


def size(program, strip, directory):
    stripped = os.path.join(directory, "stripped")
    subprocess.run([strip, "-o", stripped, program], check=True)
    return os.stat(stripped).st_size


def tpm_seconds(output):
    with open(output) as file:
        evidence = json.load(file)
    if "error" in evidence["quote"]:
        raise RuntimeError(f"no quote: {evidence['quote']}")
    return evidence["session"]["tpm_time_us"] / 1e6


def measure(windows, tpm, rounds):
    """Rows of seconds, and the peak RSS of each, by name."""
    hostname = windows.drive("windows", "system32", "hostname.exe")
    age_ms = int(time.clock_gettime(time.CLOCK_MONOTONIC) * 1000)
    ours = windows.environment(TBS_PORT=str(tpm.port), TBS_AGE=str(age_ms))
    linux = dict(os.environ, LC_ALL="C.UTF-8")
    evidence = ["evidence", "--nonce", NONCE]
    output = windows.path("output")
    programs = {
        "Wine's hostname.exe": ([wine.WINE, hostname], ours),
        "vtpm-agent.exe --version": ([wine.WINE, wine.AGENT, "--version"], ours),
        "vtpm-agent.exe evidence": ([wine.WINE, wine.AGENT, *evidence], ours),
        "vtpm-agent --version": ([agent.AGENT, "--version"], linux),
        "vtpm-agent evidence": ([agent.AGENT, *evidence, "--tcti", tpm.tcti], linux),
    }
    rows = []
    for number in range(WARM_UP + rounds):
        row = {}
        for name, (argv, environment) in programs.items():
            row[name] = run(argv, environment, output)
            if name.endswith("evidence"):
                row[name + ": TPM"] = tpm_seconds(output)
        if number >= WARM_UP:
            rows.append(row)
    peaks = {name: statistics.median(peak(argv, environment, output) for _ in range(MEMORY_ROUNDS))
             for name, (argv, environment) in programs.items()}
    return rows, peaks


def spread(values):
    ordered = sorted(values)
    return [statistics.median(ordered), ordered[len(ordered) // 10],
            ordered[-1 - len(ordered) // 10]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30, help="default %(default)s")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    with wine.Wine() as windows, windows.tpm() as tpm:
        rows, peaks = measure(windows, tpm, options.rounds)
        sizes = {"vtpm-agent.exe": size(wine.AGENT, "x86_64-w64-mingw32-strip", windows.directory),
                 "vtpm-agent": size(agent.AGENT, "strip", windows.directory)}
    ratios = {
        "start / start of Wine's hostname.exe": ("vtpm-agent.exe --version", "Wine's hostname.exe"),
        "evidence / evidence on Linux": ("vtpm-agent.exe evidence", "vtpm-agent evidence"),
        "TPM commands / those on Linux": ("vtpm-agent.exe evidence: TPM", "vtpm-agent evidence: TPM"),
    }
    figures = {
        "rounds": options.rounds,
        "milliseconds": {name: spread([1000 * row[name] for row in rows]) for name in rows[0]},
        "ratios": {name: spread([row[a] / row[b] for row in rows])
                   for name, (a, b) in ratios.items()},
        "peak RSS, KiB": peaks,
        "bytes, stripped": sizes,
    }
    print(f"{options.rounds} rounds; median, p10, p90")
    for name, values in figures["milliseconds"].items():
        print(f"{name:<42}" + "".join(f"{value:>9.2f}" for value in values) + " ms")
    for name, values in figures["ratios"].items():
        print(f"{name:<42}" + "".join(f"{value:>9.2f}" for value in values))
    for name, value in peaks.items():
        print(f"{name:<42}{value:>9.0f} KiB peak RSS")
    for name, value in sizes.items():
        print(f"{name:<42}{value:>9} bytes, stripped")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file, indent=2)


if __name__ == "__main__":
    main()
