# SPDX-License-Identifier: BSD-2-Clause
"""The collector's database as docs/protocol.md describes it, read by Python's own sqlite3 or by psql, and
verified by hashlib."""

import hashlib
import json
import sqlite3

import packed


class Broken(Exception):
    """A chain that is not whole."""


def sized(value):
    data = value.encode() if isinstance(value, str) else value
    return len(data).to_bytes(4, "big") + data


def report_hash(uuid, row):
    """What the hash of a report's row has to be."""
    middle = ["event", "status", "continuity", "reason", "verdict", "attest", "signature", "nonce", "secret"]
    version, end = 1, b""
    if row["snapshot"]:
        version, end = 4, row["challenged_ms"].to_bytes(8, "big") + sized(row["basis"]) + sized(row["snapshot"])
        middle += ["ek", "sender_role", "sender_name", "sender_address"]
    elif row["sender_address"]:
        version, end = 3, row["challenged_ms"].to_bytes(8, "big")
        middle += ["ek", "sender_role", "sender_name", "sender_address"]
    elif row["ek"]:
        version, middle = 2, middle + ["ek"]
    return hashlib.sha256(
        b"vtpm-store-report-v%d\0" % version
        + row["prev_hash"] + uuid.encode()
        + row["received_ms"].to_bytes(8, "big") + b"".join(sized(row[name]) for name in middle) + end
        + hashlib.sha256(row["evidence"]).digest()).digest()


def verify_vm(vm, rows):
    """Goes back from a VM's newest report to where its history begins or retention cut it; takes what
    it passes out of `rows`."""
    expected, expected_hash = vm["head"], vm["head_hash"]
    while expected != vm["tail"]:
        row = rows.pop(expected, None)
        if row is None or row["vm"] != vm["row"]:
            raise Broken(f"{vm['uuid']}: report {expected} is missing")
        if row["hash"] != expected_hash or report_hash(vm["uuid"], row) != expected_hash:
            raise Broken(f"{vm['uuid']}: report {expected} is not the one that was linked")
        if row["prev"] >= expected:
            raise Broken(f"{vm['uuid']}: report {expected} links forwards")
        expected, expected_hash = row["prev"], row["prev_hash"]
    if expected_hash != vm["tail_hash"]:
        raise Broken(f"{vm['uuid']}: the chain does not lead to its tail")


def verify_audit(head, rows):
    """As for a VM's reports; nothing is ever deleted of these."""
    expected, expected_hash = head["id"], head["hash"]
    while expected:
        row = rows.pop(expected, None)
        if row is None:
            raise Broken(f"audit event {expected} is missing")
        texts = b"".join(sized(row[name]) for name in ("uuid", "action", "actor", "detail"))
        if row["snapshot"]:
            texts += sized(row["snapshot"])
        made = hashlib.sha256(b"vtpm-store-audit-v%d\0" % (2 if row["snapshot"] else 1) + row["prev_hash"]
                              + row["at_ms"].to_bytes(8, "big") + texts).digest()
        if not row["hash"] == expected_hash == made or row["prev"] >= expected:
            raise Broken(f"audit event {expected} is not the one that was linked")
        expected, expected_hash = row["prev"], row["prev_hash"]
    if rows or expected_hash != bytes(32):
        raise Broken("the audit events are not one chain from the first to the last")


def _of_sqlite(path):
    """Reports, VMs, audit events, the audit log's end, and keyframes, of one state of it all."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        database.row_factory = sqlite3.Row
        if database.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise Broken("SQLite's own integrity check fails")
        database.execute("BEGIN")
        return [list(database.execute(f"SELECT * FROM {table}"))
                for table in ("reports", "vms", "audit", "audit_head", "keyframes")]
    finally:
        database.close()


def _of_postgresql(server):
    """The same of a tests/lib/postgresql.py's server: one statement sees one state."""
    def convert(row):
        return {name: bytes.fromhex(value[2:]) if str(value).startswith("\\x") else value
                for name, value in row.items()}

    tables = ("vtpm.reports", "vtpm.vms", "vtpm.audit", "(SELECT audit AS id, audit_hash AS hash FROM vtpm.heads)",
              "vtpm.keyframes")
    lists = ", ".join(f"coalesce((SELECT json_agg(t) FROM {table} AS t), '[]')" for table in tables)
    found = json.loads(server.ask(f"SELECT json_build_array({lists})"))
    return [[convert(row) for row in table] for table in found]


def _open(reports, keys):
    """The reports by number, as they were before they were packed."""
    keyframes = {key["key"]: key for key in keys}
    try:
        return {row["id"]: packed.open_row(dict(row), keyframes) for row in reports}
    except (KeyError, ValueError) as error:
        raise Broken(f"a report cannot be unpacked: {error}") from error


def verify(place):
    """Verifies every chain of a SQLite file or of a PostgreSQL server; returns the reports and the UUIDs of
    their `vm`."""
    reports, vms, events, (audit_head,), keys = (_of_postgresql if hasattr(place, "ask") else _of_sqlite)(place)
    rows = _open(reports, keys)
    verify_audit(audit_head, {row["id"]: row for row in events})
    everything = list(rows.values())
    for vm in vms:
        baseline = rows.get(vm["baseline"])
        if vm["baseline"] and (baseline is None or baseline["hash"] != vm["baseline_hash"]):
            raise Broken(f"{vm['uuid']}: the baseline is missing or another one")
        verify_vm(vm, rows)
    names = {vm["row"]: vm["uuid"] for vm in vms}
    stray = [row["id"] for row in rows.values()
             if row["id"] not in {vm["baseline"] for vm in vms}]
    if stray:
        raise Broken(f"reports {stray[:5]} are in nobody's history")
    return everything, names


def read(path):
    """Verifies everything, and that no report is there twice; returns {SHA-256 of the evidence: number} for
    each VM's UUID."""
    found = {}
    everything, names = verify(path)
    for row in everything:
        of_vm = found.setdefault(names[row["vm"]], {})
        digest = hashlib.sha256(row["evidence"]).digest()
        if digest in of_vm:
            raise Broken(f"reports {of_vm[digest]} and {row['id']} are one that was sent once")
        of_vm[digest] = row["id"]
    return found


def enrolment_of(row, vm):
    """What a VM was when a report was written: the second value of its snapshot."""
    if row is None or not row["snapshot"]:
        return vm["enrolment"]
    snapshot = row["snapshot"]
    first = 4 + int.from_bytes(snapshot[:4], "big")
    size = int.from_bytes(snapshot[first:first + 4], "big")
    return snapshot[first + 4:first + 4 + size].decode()


def heads(path, at):
    """The lines of a checkpoint made when `at` was the highest number of a report."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        database.row_factory = sqlite3.Row
        rows = _open(database.execute("SELECT * FROM reports"), database.execute("SELECT * FROM keyframes"))
        vms = list(database.execute("SELECT * FROM vms ORDER BY uuid"))
    finally:
        database.close()
    lines = []
    for vm in vms:
        number, digest = vm["head"], vm["head_hash"]
        while number > at:
            number, digest = rows[number]["prev"], rows[number]["prev_hash"]
        if number and enrolment_of(rows.get(number), vm) == "accepted":
            lines.append(f"{vm['uuid']} {number} {digest.hex()}\n")
    return lines
