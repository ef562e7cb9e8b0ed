# SPDX-License-Identifier: BSD-2-Clause
"""Reasons of a verdict that no row of the matrix shows, and the file of tests/ that does: rows of
tests/unit/fixture are documents that are made so, all others real TPMs, collectors or hosts."""

ROWS_OF = "unit/fixture/continuity_rows_"

ELSEWHERE = {
    "accepted": "collector/test_operators.py",
    "ak-changed": "collector/test_report.py",
    "ak-hierarchy": "tpm/test_ladder.py",
    "bad-baseline": "collector/test_client.py",
    "bad-quote": "collector/test_tampered.py",
    "baseline-lost": "tpm/test_history.py",
    "boot-pcrs-changed": "tpm/test_boot_pcrs.py",
    "boot-pcrs-unexplained": "guest/test_boot_pcrs.py",
    "boot-unknown": ROWS_OF + "history.c",
    "clock-lags": ROWS_OF + "same_boot.c",
    "counters-moved": "tpm/test_ladder.py",
    "counters-obfuscated": "tpm/test_ladder.py",
    "disks-will-not-open": ROWS_OF + "notes.c",
    "ek-differs": ROWS_OF + "identity.c",
    "ek-not-trusted": "collector/test_enrolment.py",
    "ek-of-other-vm": "collector/test_clones.py",
    "ek-only": "tpm/test_ladder.py",
    "enrolment-pending": "collector/test_enrolment.py",
    "firmware-changed": ROWS_OF + "notes.c",
    "no-access": ROWS_OF + "access.c",
    "no-driver": ROWS_OF + "access.c",
    "no-quote": "tpm/test_ladder.py",
    "not-fresh": "unit/test_continuity.c",
    "not-on-allowlist": "collector/test_enrolment.py",
    "overtaken": "collector/test_overlap.py",
    "owner-seed-unknown": "tpm/test_history.py",
    "part-missing": ROWS_OF + "notes.c",
    "random-repeated": "host/test_confirm.py",
    "time-restarted": ROWS_OF + "other_boot.c",
    "two-copies": "collector/test_two_copies.py",
    "unresolved": "tpm/test_history.py",
    "uptime-behind": "soak/faults.py",
    "uuid-changed": ROWS_OF + "identity.c",
}
