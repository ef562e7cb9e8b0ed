#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""How many reports a vtpm-collector takes in a second, and where its time goes: docs/benchmarks.md,
whose tables this prints.

A collector of its own, with SQLite on a real disk and the default limits, over plain HTTP with all
guests; four more with a tenth of them: over TLS, over HTTP with the smallest evidence that a report
can have, and over HTTP with the limits and without. One generator (bench_collector.c) loads each, on
the same machine.
"""

import argparse
import json
import os
import platform
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
from authority import Authority  # noqa: E402
from collector import UNLIMITED, Collector  # noqa: E402

GOAL_RATE, GOAL_P99_MS = 6000, 100
PROGRAMS = os.path.join(os.environ.setdefault("VTPM_BUILD_DIR", "build/release"), "tests", "bench")


class QuietCollector(Collector):
    """Without a line in the log for each request. Its limits are the default ones, but for how many guests may enrol in
    a minute: a fleet does that once."""

    def __init__(self, config="", **options):
        super().__init__(config=config + "[enrolment]\nrate = 0\n", **options)
        self.argv.remove("--verbose")


def load(collector, server, **options):
    """The generator's lines, by phase."""
    certificate, key = server
    argv = [os.path.join(PROGRAMS, "bench_collector"),
            "address=" + collector.url().split("//")[1], f"pid={collector.child.pid}",
            f"certificate={certificate}", f"key={key}"]
    argv += [f"{name}={value}" for name, value in options.items()]
    output = process.run(argv, timeout=1800).decode()
    return {line["phase"]: line for line in map(json.loads, output.splitlines())}


def measure_stages(folder, rounds):
    argv = [os.path.join(PROGRAMS, "bench_stages"), folder, str(rounds)]
    output = process.run(argv, timeout=600).decode()
    rows = (line.split("\t") for line in output.splitlines())
    return {name: float(time) for name, time in rows}


def measure(options, folder):
    authority = Authority(folder, "ca")
    server = authority.issue("127.0.0.1", "serverAuth")
    common = {"connections": options.connections, "seconds": options.seconds, "pace": GOAL_RATE / 2}
    few = max(options.guests // 10, 2 * options.connections)
    with QuietCollector(state=os.path.join(folder, "http")) as collector:
        plain = load(collector, server, guests=options.guests, **common)
    with QuietCollector(state=os.path.join(folder, "small")) as collector:
        small = load(collector, server, guests=few, evidence="small", **common)
    limits = {}
    for name, config in (("limited", ""), ("unlimited", UNLIMITED)):
        with QuietCollector(state=os.path.join(folder, name), config=config) as collector:
            limits[name] = load(collector, server, guests=few, **common)
    config = f"[http]\ncertificate = {server[0]}\nkey = {server[1]}\n"
    with QuietCollector(state=os.path.join(folder, "tls"), config=config) as collector:
        tls = load(collector, server, guests=few, ca=authority.ca, **common)
    return {"machine": {"processors": os.cpu_count(), "kernel": platform.release(),
                        "architecture": platform.machine()},
            "guests": options.guests, "connections": options.connections,
            "seconds": options.seconds, "http": plain, "small": small, "tls": tls, **limits,
            "stages": measure_stages(folder, max(2, int(20 * options.seconds)))}


def judge(is_met):
    return "met" if is_met else "**missed**"


def print_rates(figures):
    verify = figures["http"]["machine"]["verify_rate"]
    shake = figures["tls"]["machine"]["handshake_rate"]
    print("| | reports/s | requests/s | of one core's P-256 verifications | of one core's TLS "
          "handshakes | collector, µs/report | generator, µs/report |\n|---|---|---|---|---|---|---|")
    rows = [("HTTP, kept alive", figures["http"]["peak"]),
            ("HTTP, kept alive, smallest evidence", figures["small"]["peak"]),
            ("HTTP, kept alive, a tenth of the guests", figures["limited"]["peak"]),
            ("the same without limits", figures["unlimited"]["peak"]),
            ("TLS, kept alive", figures["tls"]["peak"]),
            ("TLS, a connection for each report", figures["tls"]["new connections"]),
            ("HTTP, enrolling", figures["http"]["enrol"])]
    for name, phase in rows:
        rate = phase["rate"]
        print(f"| {name} | {rate:,.0f} | {2 * rate:,.0f} | {rate / verify:.2f} | {rate / shake:.2f} | "
              f"{phase['collector_us']:.0f} | {phase['generator_us']:.0f} |")
    print(f"\nIn the same run, one core by itself: {verify:,.0f} P-256 verifications/s (key loaded), "
          f"{shake:,.0f} full TLS 1.3 handshakes/s (both sides).\n")


def print_latency(figures):
    print("| paced | reports/s | p50 | p99 | max |\n|---|---|---|---|---|")
    for name, key in (("HTTP", "http"), ("HTTP, smallest evidence", "small"), ("TLS", "tls")):
        phase = figures[key]["paced"]
        print(f"| {name} | {phase['rate']:,.0f} | {phase['p50_ms']:.1f} ms | "
              f"{phase['p99_ms']:.1f} ms | {phase['max_ms']:.0f} ms |")
    print("\n| to reach | the agent's evidence | smallest evidence |\n|---|---|---|")
    both = [figures["http"], figures["small"]]
    print(f"| ≥ {GOAL_RATE:,} reports/s over HTTP, kept alive | "
          + " | ".join(judge(each["peak"]["rate"] >= GOAL_RATE) for each in both) + " |")
    print(f"| p99 < {GOAL_P99_MS} ms at half that load | "
          + " | ".join(judge(each["paced"]["rate"] > 0.49 * GOAL_RATE
                             and each["paced"]["p99_ms"] < GOAL_P99_MS) for each in both) + " |\n")
    paced = figures["http"]["paced"]
    print(f"RSS of the collector with {figures['guests']:,} VMs: "
          f"{figures['http']['enrol']['rss_mib']:.0f} MiB after enrolling them, "
          f"{paced['rss_mib']:.0f} MiB at the end.\n")


def print_stages(figures):
    print("| step of a report | µs | share |\n|---|---|---|")
    peak = figures["http"]["peak"]
    whole = peak["collector_us"] + peak["generator_us"]
    rows = list(figures["stages"].items())
    for side, total in (("generator", peak["generator_us"]), ("collector", peak["collector_us"])):
        own = [(name, time) for name, time in rows if (name.split(":")[0] == "generator")
               == (side == "generator")]
        rest = total - sum(time for _, time in own)
        own.append((f"{side}: the rest (sockets, HTTP, threads, caches)", rest))
        for name, time in own:
            print(f"| {name} | {time:.1f} | {100 * time / whole:.0f} % |")
    print(f"| sum, as measured under load | {whole:.0f} | 100 % |\n")


def print_report(figures):
    facts = figures["machine"]
    print(f"{facts['processors']} processors, Linux {facts['kernel']} {facts['architecture']}; "
          f"{figures['guests']:,} guests, {figures['connections']} connections, "
          f"{figures['seconds']:g} s a phase; evidence of "
          f"{figures['http']['document']['bytes']:,} bytes, the smallest {figures['small']['document']['bytes']:,}.\n")
    print_rates(figures)
    print_latency(figures)
    print_stages(figures)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--guests", type=int, default=100000, help="default %(default)s")
    parser.add_argument("--connections", type=int, default=128, help="default %(default)s")
    parser.add_argument("--seconds", type=float, default=10, help="of a phase, default %(default)s")
    parser.add_argument("--folder", help="where the databases are made: on the disk in question")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vtpm-bench-", dir=options.folder) as folder:
        for name in ("http", "small", "limited", "unlimited", "tls"):
            os.mkdir(os.path.join(folder, name))
        figures = measure(options, folder)
    print_report(figures)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file, indent=2)


if __name__ == "__main__":
    main()
