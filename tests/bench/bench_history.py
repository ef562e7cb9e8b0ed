#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a steady report costs on disk: docs/benchmarks.md, whose table this prints.

A fleet reports the agent's evidence to a collector with SQLite, then to one with PostgreSQL, everything counted: the
reports, the VMs' records, what is spent, indexes and free room. Growth is from the end of a warming-up on, so without
what a VM's first reports take; written is what the kernel counts of the collector's, or the server's, processes.
"""

import argparse
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import bench_collector  # noqa: E402
import postgresql  # noqa: E402
from bench_attack import Load  # noqa: E402
from collector import UNLIMITED  # noqa: E402


def sqlite_bytes(path):
    """The pages of the file and of its log that are not free."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as database:
        pages, unused, size = (database.execute(f"PRAGMA {name}").fetchone()[0]
                               for name in ("page_count", "freelist_count", "page_size"))
    return (pages - unused) * size


def postgresql_bytes(server):
    return int(server.ask("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r'"
                          " AND relnamespace = 'vtpm'::regnamespace"))


def written_bytes(pids):
    """So far, by these processes."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/io") as file:
            total += int(dict(line.split(": ") for line in file)["write_bytes"])
    return total


def children(pid):
    return [pid, *map(int, subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True,
                                          check=True).stdout.split())]


def measure(options, folder, config, size, writers):
    """size() and written_bytes(writers()) from the end of the warming-up to the end."""
    authority = bench_collector.Authority(folder, "ca")
    server = authority.issue("127.0.0.1", "serverAuth")
    seconds = options.reports / options.pace
    with bench_collector.QuietCollector(state=folder, config=config) as collector:
        load = Load(collector, server, pid=collector.child.pid, guests=options.guests, connections=options.connections, seconds=seconds,
                    pace=options.pace, steps=2)
        with contextlib.closing(load):
            load.read("enrol")
            load.step()
            before, written = size(), written_bytes(writers(collector))
            step = load.step()
            return {"reports": step["reports"], "rate": step["rate"], "p99_ms": step["p99_ms"],
                    "collector_us": step["collector_us"],
                    "bytes": (size() - before) / step["reports"],
                    "written": (written_bytes(writers(collector)) - written) / step["reports"]}


def measure_sqlite(options):
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = os.path.join(folder, "collector.sqlite")
        return measure(options, folder, UNLIMITED, lambda: sqlite_bytes(path), lambda each: [each.child.pid])


def measure_postgresql(options):
    with tempfile.TemporaryDirectory(dir=options.folder) as folder, \
            postgresql.Server(["fsync=on", "max_wal_size=4GB"]) as server:
        config = UNLIMITED.replace("[store]\n", f"[store]\nurl = {server.url()}\n")
        return measure(options, folder, config, lambda: postgresql_bytes(server),
                       lambda _: children(server.child.pid))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=100000, help="default %(default)s")
    parser.add_argument("--guests", type=int, default=1000, help="default %(default)s")
    parser.add_argument("--connections", type=int, default=128, help="default %(default)s")
    parser.add_argument("--pace", type=float, default=1000, help="reports/s, default %(default)s")
    parser.add_argument("--folder", help="where the databases are made: on the disk in question")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    figures = {"SQLite": measure_sqlite(options), "PostgreSQL": measure_postgresql(options)}
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file, indent=1)
    print("| | reports | bytes on disk for each | bytes written for each | reports/s | p99 | collector, µs/report |\n"
          "|---|---|---|---|---|---|---|")
    for name, each in figures.items():
        print(f"| {name} | {each['reports']:,} | {each['bytes']:,.0f} | {each['written']:,.0f} | {each['rate']:,.0f} | "
              f"{each['p99_ms']:.0f} ms | {each['collector_us']:.0f} |")


if __name__ == "__main__":
    main()
