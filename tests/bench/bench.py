#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a run of `vtpm-agent evidence` costs, on one real swtpm: docs/benchmarks.md.

Each round is one run of the agent and one of the tpm2-tools chain, so that whatever else the machine
does meets both. Ratios are taken within a round; what is told is their median and spread.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402
from workload import Agent, Chain  # noqa: E402

WARM_UP = 3
MEMORY_ROUNDS = 5
GOALS = {"agent / chain": 0.2, "agent / raw commands": 2.0, "memory / tpm2_quote": 1.0}

# Why each kind of command is sent, and why as often.
REASONS = {
    "TPM2_GetCapability": "leftovers on a raw device, properties fixed and variable, algorithms, "
                          "curves, persistent handles, NV handles, PCR banks: a question each",
    "TPM2_ReadClock": "clock, counters",
    "TPM2_GetTestResult": "self-test",
    "TPM2_GetRandom": "512 bytes for the health tests; an answer holds one digest (64 bytes)",
    "TPM2_ReadPublic": "each persistent object once: its name, and the EKs' public areas",
    "TPM2_NV_ReadPublic": "each NV index once: name, attributes, size",
    "TPM2_NV_Read": "EK certificates, in pieces of at most NV_BUFFER_MAX (1024 bytes)",
    "TPM2_CreatePrimary": "AK; owner-seed fingerprint (no key is stored in the TPM or the guest)",
    "TPM2_FlushContext": "each of these two",
    "TPM2_PCR_Read": "24 PCRs of each allocated bank; an answer holds 8 digests",
    "TPM2_Quote": "the signed PCRs, clock and counters",
}


def spread(values):
    ordered = sorted(values)
    return {"median": statistics.median(ordered), "p10": ordered[len(ordered) // 10],
            "p90": ordered[-1 - len(ordered) // 10], "min": ordered[0]}


def measure_time(agent, chain, before, rounds):
    """Lists with one value for each round, in seconds or as a ratio. Before may be None."""
    times = {"agent": [], "raw commands": [], "program start": [], "chain": []}
    times.update({" ".join(argv[:1 + (argv[0] == "tpm2_getcap")]): [] for argv in chain.programs})
    if before:
        times["agent before"] = []
    for number in range(WARM_UP + rounds):
        start, agent_wall, walls = agent.start_wall(), agent.wall(), chain.walls()
        row = [agent_wall, agent.tpm_s, start, sum(walls), *walls] + ([before.wall()] if before else [])
        if number >= WARM_UP:
            for column, value in zip(times.values(), row):
                column.append(value)
    ratios = {
        "agent / chain": [a / b for a, b in zip(times["agent"], times["chain"])],
        "agent / raw commands": [a / b for a, b in zip(times["agent"], times["raw commands"])],
    }
    if before:
        ratios["agent / agent before"] = [a / b for a, b in zip(times["agent"], times["agent before"])]
    return times, ratios


def peaks(argv, environment, directory):
    """Peak KiB by process name, and the largest sums over all processes of a run."""
    output = os.path.join(directory, "peaks")
    program = os.path.join(os.environ["VTPM_BUILD_DIR"], "tests", "bench", "bench_peak")
    # An agent built with AddressSanitizer cannot look for leaks beside ptrace.
    subprocess.run([program, output, *argv], env=dict(environment, ASAN_OPTIONS="detect_leaks=0"),
                   check=True, stdout=subprocess.DEVNULL)
    result = {"RSS of all": 0, "PSS of all": 0}
    with open(output) as file:
        for line in file:
            name, peak, rss, pss = line.split()
            result[name] = max(result.get(name, 0), int(peak))
            result["RSS of all"] = max(result["RSS of all"], int(rss), int(peak))
            result["PSS of all"] = max(result["PSS of all"], int(pss))
    return result


def measure_memory(agent, chain, directory):
    runs = []
    for _ in range(MEMORY_ROUNDS):
        tool = peaks(chain.argv_of("tpm2_quote"), chain.environment, directory)
        chain.flush()
        runs.append((peaks(agent.argv, agent.environment, directory), tool))
    return [{name: statistics.median(run[side][name] for run in runs) for name in runs[0][side]}
            for side in (0, 1)]


def measure_program(program, directory):
    stripped = os.path.join(directory, "stripped")
    subprocess.run(["strip", "-o", stripped, program], check=True)
    libraries = process.run(["ldd", program]).decode()
    return {"bytes": os.stat(stripped).st_size,
            "shared libraries": len(re.findall(r"=> /", libraries))}


def first_line(*argv):
    if not shutil.which(argv[0]):
        return f"{argv[0]}: not found"
    told = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    return (told.stdout.splitlines() or ["?"])[0]


def machine():
    return {"processors": os.cpu_count(), "kernel": f"{platform.system()} {platform.release()}",
            "architecture": platform.machine(), "swtpm": first_line("swtpm", "--version"),
            "tpm2-tools": first_line("tpm2_quote", "--version"),
            "tpm2-tss": first_line("pkg-config", "--modversion", "tss2-esys"),
            "openssl": first_line("openssl", "version")}


def verdict(name, value):
    if name not in GOALS:
        return ""
    return f"goal ≤ {GOALS[name]:g}: {'met' if value <= GOALS[name] else 'MISSED'}"


def print_report(figures):
    facts = figures["machine"]
    print(f"{facts['processors']} processors, {facts['kernel']} {facts['architecture']}; "
          f"{figures['rounds']} rounds after {WARM_UP} for warming up\n"
          f"{facts['swtpm']}\n{facts['tpm2-tools']}\ntpm2-tss {facts['tpm2-tss']}, "
          f"{facts['openssl']}\n")
    print(f"{'milliseconds':<34}{'median':>9}{'p10':>9}{'p90':>9}{'min':>9}")
    for name, row in figures["time"].items():
        indent = "" if name in ("agent", "chain", "agent before") else "  "
        print(f"{indent + name:<34}" + "".join(f"{1000 * row[key]:>9.2f}" for key in row))
    print(f"\n{'ratio within a round':<34}{'median':>9}{'p10':>9}{'p90':>9}{'min':>9}")
    for name, row in figures["ratio"].items():
        print(f"{name:<34}" + "".join(f"{row[key]:>9.3f}" for key in row)
              + f"   {verdict(name, row['median'])}")
    print(f"\n{'peak memory, KiB':<34}{'agent':>9}{'quote':>9}")
    memory, tool = figures["memory"]["agent"], figures["memory"]["tpm2_quote"]
    for name in ("vtpm-agent", "vtpm-broker", "tpm2_quote", "RSS of all", "PSS of all"):
        print(f"{name:<34}{memory.get(name, '-'):>9}{tool.get(name, '-'):>9}")
    for name, value in figures["memory"]["ratio"].items():
        print(f"  {name:<32}{value:>9.3f}            {verdict('memory / tpm2_quote', value)}")
    print(f"\nprogram, stripped: {figures['program']['bytes']} bytes, "
          f"{figures['program']['shared libraries']} shared libraries")
    print(f"\nTPM commands in a run: {sum(figures['commands'].values())}")
    for name, count in figures["commands"].items():
        print(f"{count:>4}  {name:<20} {REASONS[name]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60, help="default %(default)s")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    parser.add_argument("--agent", default=os.path.join(
        os.environ.setdefault("VTPM_BUILD_DIR", "build/release"), "agent", "vtpm-agent"))
    parser.add_argument("--before", metavar="PROGRAM", help="compare with this build's vtpm-agent, too")
    options = parser.parse_args()
    directory = process.temporary_directory("bench")
    with Swtpm() as tpm:
        agent = Agent(options.agent, tpm.tcti, directory)
        chain = Chain(tpm.tcti, directory)
        before = Agent(options.before, tpm.tcti, directory) if options.before else None
        times, ratios = measure_time(agent, chain, before, options.rounds)
        memory, tool = measure_memory(agent, chain, directory)
        commands = agent.commands_by_kind()
    figures = {
        "rounds": options.rounds,
        "machine": machine(),
        "time": {name: spread(values) for name, values in times.items()},
        "ratio": {name: spread(values) for name, values in ratios.items()},
        "memory": {"agent": memory, "tpm2_quote": tool,
                   "ratio": {"agent process / tpm2_quote": memory["vtpm-agent"]
                             / tool["tpm2_quote"],
                             "both, PSS / tpm2_quote, PSS": memory["PSS of all"]
                             / tool["PSS of all"]}},
        "program": measure_program(options.agent, directory),
        "commands": commands,
    }
    assert commands and sum(commands.values()) == agent.commands, "--verbose and evidence disagree"
    assert not set(commands) - set(REASONS), "a command that nobody has justified"
    print_report(figures)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file, indent=2)


if __name__ == "__main__":
    main()
