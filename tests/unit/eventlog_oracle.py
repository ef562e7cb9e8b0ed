#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares our replay of event logs with that of tpm2_eventlog (tpm2-tools).

usage: eventlog_oracle.py EVENTLOG_PCRS LOG...
"""
import re
import subprocess
import sys


def run(*command):
    return subprocess.run(command, check=True, timeout=30, capture_output=True, text=True).stdout


def oracle_pcrs(log):
    """The "pcrs:" section: a bank's name, then its PCRs, each "0  : 0x<hex>"."""
    pcrs, bank = {}, None
    lines = iter(run("tpm2_eventlog", log).splitlines())
    for line in lines:
        if line == "pcrs:":
            break
    for line in lines:
        if match := re.fullmatch(r"  (\w+):", line):
            bank = match[1]
        elif match := re.fullmatch(r"    (\d+)\s*: 0x([0-9a-f]+)", line):
            pcrs[bank, int(match[1])] = match[2]
        else:
            sys.exit(f"{log}: tpm2_eventlog says {line!r} among the PCRs")
    return pcrs


def our_pcrs(program, log):
    rows = (line.split() for line in run(program, log).splitlines())
    return {(alg, int(pcr)): value for alg, pcr, value in rows}


def main():
    program, logs = sys.argv[1], sys.argv[2:]
    failures = 0
    for log in logs:
        ours, theirs = our_pcrs(program, log), oracle_pcrs(log)
        if not theirs:
            sys.exit(f"{log}: tpm2_eventlog shows no PCRs")
        for key in sorted(ours.keys() | theirs.keys()):
            if ours.get(key) != theirs.get(key):
                print(f"{log}: {key[0]} PCR {key[1]}: {ours.get(key)}, not {theirs.get(key)}")
                failures += 1
        print(f"{log}: {len(theirs)} PCRs compared")
    sys.exit(1 if failures or not logs else 0)


main()
