#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares our reading and replay of event logs with that of tpm2_eventlog (tpm2-tools).

usage: eventlog_oracle.py EVENTLOG_PCRS EVENTLOG_EVENTS LOG...
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


def oracle_events(log):
    """Number, PCR, type, digests and the variable's name of each event, by the lines of the YAML."""
    events, alg = [], "sha1"
    for line in run("tpm2_eventlog", log).splitlines():
        if line == "pcrs:":
            break
        key, _, value = line.strip().lstrip("- ").partition(": ")
        value = value.strip('"')
        if key == "PCRIndex":
            events.append({"pcr": value, "type": "", "digests": set(), "name": ""})
            alg = "sha1"
        elif key == "EventType":
            events[-1]["type"] = value
        elif key == "AlgorithmId":
            alg = value
        elif key == "Digest" and events[-1]["type"] != "EV_NO_ACTION":
            events[-1]["digests"].add(f"{alg}:{value}")
        elif key == "UnicodeName":
            events[-1]["name"] = value
    return events


def our_events(program, log):
    events = []
    for line in run(program, log).splitlines():
        kind, *fields = line.split("\t")
        if kind != "event":
            continue
        number, pcr, name_of_type, check, name, _, digests = fields
        assert int(number) == len(events) and check != "differs", line
        events.append({"pcr": pcr, "type": name_of_type, "name": name if "_VARIABLE_" in name_of_type else "",
                       "digests": set(digests.split(",")) - {""} if name_of_type != "EV_NO_ACTION" else set()})
    return events


def our_pcrs(program, log):
    rows = (line.split() for line in run(program, log).splitlines())
    return {(alg, int(pcr)): value for alg, pcr, value in rows}


def main():
    program, events_program, logs = sys.argv[1], sys.argv[2], sys.argv[3:]
    failures = 0
    for log in logs:
        ours, theirs = our_pcrs(program, log), oracle_pcrs(log)
        if not theirs:
            sys.exit(f"{log}: tpm2_eventlog shows no PCRs")
        for key in sorted(ours.keys() | theirs.keys()):
            if ours.get(key) != theirs.get(key):
                print(f"{log}: {key[0]} PCR {key[1]}: {ours.get(key)}, not {theirs.get(key)}")
                failures += 1
        events = oracle_events(log)
        for number, (our, their) in enumerate(zip(our_events(events_program, log), events, strict=True)):
            if our != their:
                print(f"{log}: event {number}: {our}, not {their}")
                failures += 1
        print(f"{log}: {len(theirs)} PCRs and {len(events)} events compared")
    sys.exit(1 if failures or not logs else 0)


main()
