# SPDX-License-Identifier: BSD-2-Clause
"""Somebody who can write the collector's database, knows docs/protocol.md, and makes every hash anew behind what he
changes: nothing in the database tells of it."""

import contextlib
import hashlib
import sqlite3

import history
import packed

VALUES = ("revision", "enrolment", "eks", "ak_name", "status", "continuity", "reason", "hostname", "received_ms",
          "reset_count", "restart_count", "clock_ms", "is_safe", "announced", "announced_until_ms", "asked_ms",
          "claimed_ms", "baseline", "lines", "disks_sealed", "disks_failing", "interval_s", "awaited_s",
          "silent_ms")
# Of a database of schema 12 makes one of schema 8, as far as its tables go.
UNDO_SILENCE = ("DROP TRIGGER vms_keyframes", "DROP TABLE keyframes", "DROP TABLE forgotten",
                *(f"ALTER TABLE {table} DROP COLUMN {name}"
                  for table, name in (("reports", "packed_len"), ("reports", "keyframe"), ("vms", "keyframe"),
                                      ("vms", "keyframe_uses"))),
                "DROP TABLE event_log_uses", "DROP TABLE event_logs", "ALTER TABLE vms DROP COLUMN event_log",
                "DROP INDEX vms_check", "DROP INDEX vms_silent", "DROP TABLE watch",
                *(f"ALTER TABLE vms DROP COLUMN {name}"
                  for name in ("check_ms", "interval_s", "awaited_s", "silent_ms")),
                "PRAGMA user_version = 8")
TEXTS = ("enrolment", "status", "continuity", "reason", "hostname", "announced")


def read_snapshot(data):
    values = []
    while data:
        size = int.from_bytes(data[:4], "big")
        values.append(data[4:4 + size].decode())
        data = data[4 + size:]
    return dict(zip(VALUES, values, strict=True))


def print_snapshot(values):
    return b"".join(history.sized(values[name]) for name in VALUES)


@contextlib.contextmanager
def opened(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        packed.unpack(database)
        database.row_factory = sqlite3.Row
        yield database
        database.commit()


def vm_of(database, uuid):
    return database.execute("SELECT * FROM vms WHERE uuid = ?", (uuid,)).fetchone()


def chain_reports(database, uuid):
    """Makes the hashes of a VM's reports anew; what a baseline's hash was becomes what it is."""
    vm, new = vm_of(database, uuid), {}
    before = (vm["tail"], vm["tail_hash"])
    rows = database.execute("SELECT * FROM reports WHERE vm = ? AND id > ? ORDER BY id", (vm["row"], vm["tail"]))
    for row in [dict(row) for row in rows]:
        old = row["hash"]
        for was, now in new.items():
            row["snapshot"] = row["snapshot"].replace(was.hex().encode(), now.hex().encode())
        row["prev"], row["prev_hash"] = before
        row["hash"] = history.report_hash(uuid, row)
        database.execute("UPDATE reports SET snapshot = :snapshot, prev = :prev, prev_hash = :prev_hash, hash = :hash"
                         " WHERE id = :id", row)
        new[old], before = row["hash"], (row["id"], row["hash"])
    database.execute("UPDATE vms SET head = ?, head_hash = ?, baseline_hash = ? WHERE row = ?",
                     (*before, new.get(vm["baseline_hash"], vm["baseline_hash"]), vm["row"]))
    for event in database.execute("SELECT id, snapshot FROM audit WHERE uuid = ?", (uuid,)).fetchall():
        snapshot = event["snapshot"]
        for was, now in new.items():
            snapshot = snapshot.replace(was.hex().encode(), now.hex().encode())
        database.execute("UPDATE audit SET snapshot = ? WHERE id = ?", (snapshot, event["id"]))
    chain_events(database)


def event_hash(row):
    texts = b"".join(history.sized(row[name]) for name in ("uuid", "action", "actor", "detail"))
    if row["snapshot"]:
        texts += history.sized(row["snapshot"])
    return hashlib.sha256(b"vtpm-store-audit-v%d\0" % (2 if row["snapshot"] else 1) + row["prev_hash"]
                          + row["at_ms"].to_bytes(8, "big") + texts).digest()


def chain_events(database):
    before = (0, bytes(32))
    for row in [dict(row) for row in database.execute("SELECT * FROM audit ORDER BY id")]:
        row["prev"], row["prev_hash"] = before
        before = (row["id"], event_hash(row))
        database.execute("UPDATE audit SET prev = ?, prev_hash = ?, hash = ? WHERE id = ?",
                         (row["prev"], row["prev_hash"], before[1], row["id"]))
    database.execute("UPDATE audit_head SET id = ?, hash = ?", before)


def show(database, uuid, values, report):
    """The record becomes what a snapshot in `report` says."""
    baseline = values["baseline"]
    link = (report["id"], report["hash"]) if baseline == "this" else (0, bytes(32))
    if " " in baseline:
        link = (int(baseline.split()[0]), bytes.fromhex(baseline.split()[1]))
    columns = {name: value if name in TEXTS else int(value) for name, value in values.items()
               if name not in ("eks", "ak_name", "lines", "baseline", "clock_ms")}
    columns.update(eks=bytes.fromhex(values["eks"]), ak_name=bytes.fromhex(values["ak_name"]),
                   lines=bytes.fromhex(values["lines"]), baseline=link[0],
                   baseline_hash=link[1])
    database.execute(f"UPDATE vms SET {', '.join(f'{name} = :{name}' for name in columns)} WHERE uuid = :uuid",
                     {**columns, "uuid": uuid})


def cut(path, uuid):
    """Takes the newest report away."""
    with opened(path) as database:
        head = database.execute("SELECT * FROM reports WHERE id = ?", (vm_of(database, uuid)["head"],)).fetchone()
        last = database.execute("SELECT * FROM reports WHERE id = ?", (head["prev"],)).fetchone()
        database.execute("UPDATE vms SET head = ?, head_hash = ? WHERE uuid = ?", (last["id"], last["hash"], uuid))
        show(database, uuid, read_snapshot(last["snapshot"]), last)
        database.execute("DELETE FROM reports WHERE id = ?", (head["id"],))


def remove(path, uuid):
    """A VM with all that is its."""
    with opened(path) as database:
        row = vm_of(database, uuid)["row"]
        for table, name in (("reports", "vm"), ("keys", "vm"), ("claims", "vm"), ("vms", "row")):
            database.execute(f"DELETE FROM {table} WHERE {name} = ?", (row,))


def rewrite(path, uuid, report, record=None, **columns):
    """Another report in the place of one, and another record behind it."""
    with opened(path) as database:
        row = database.execute("SELECT * FROM reports WHERE id = ?", (report,)).fetchone()
        columns["snapshot"] = print_snapshot({**read_snapshot(row["snapshot"]), **(record or {})})
        database.execute(f"UPDATE reports SET {', '.join(f'{name} = :{name}' for name in columns)} WHERE id = :id",
                         {**columns, "id": report})
        chain_reports(database, uuid)


def move(path, uuid, other):
    """A VM's history becomes another's."""
    with opened(path) as database:
        database.execute("UPDATE vms SET uuid = ? WHERE uuid = ?", (other, uuid))
        chain_reports(database, other)


def rewrite_event(path, event, **columns):
    with opened(path) as database:
        database.execute(f"UPDATE audit SET {', '.join(f'{name} = :{name}' for name in columns)} WHERE id = :id",
                         {**columns, "id": event})
        chain_events(database)


def add_event(path, action="trust-ca", detail=""):
    """One that is about no VM, as the import of a CA is."""
    with opened(path) as database:
        database.execute("INSERT INTO audit (at_ms, uuid, action, actor, detail) VALUES (1, '', ?, 'admin', ?)",
                         (action, detail))
        chain_events(database)


def cut_event(path):
    with opened(path) as database:
        database.execute("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)")
        chain_events(database)


def expire(path, uuid, report):
    """No forger, but retention: all up to that report."""
    with opened(path) as database:
        vm = vm_of(database, uuid)
        database.execute("UPDATE vms SET (tail, tail_hash) = (SELECT id, hash FROM reports WHERE id = ?) WHERE row = ?",
                         (report, vm["row"]))
        database.execute("DELETE FROM reports WHERE vm = ? AND id <= ? AND id <> ?", (vm["row"], report, vm["baseline"]))
