# SPDX-License-Identifier: BSD-2-Clause
"""A slow way to the collector: one report arrives after another one that was begun later."""

import contextlib

import machine as played
from slow_path import SlowPath


@contextlib.contextmanager
def _begun(machine):
    """A report that the collector is still to get: its agent, and the way it is on."""
    with SlowPath(machine.url) as path:
        path.hold(b"POST /v1/reports")
        child = machine.start_report(path.url)
        if not path.held.wait(30):
            child.kill()
            raise AssertionError("no report came")
        yield child, path


def _must_be(seen, continuity, reason):
    if seen[:2] != (continuity, "affirming") or seen[2][0] != reason:
        raise AssertionError(f"on the way: {seen}")


def two_reports(machine, _random):
    with _begun(machine) as (child, path):
        _must_be(machine.report(), "continuous", "same-tpm")
        path.deliver()
        _must_be(played.verdict(machine.end(child)), "continuous", "same-tpm")


def over_a_reboot(machine, _random):
    """The last report before a reboot arrives behind the first one after it; its agent is long gone."""
    with _begun(machine) as (child, path):
        child.kill()
        machine.end(child)
        machine.wait(60)
        machine.shut_down()
        machine.reset_tpm()
        machine.boot()
        _must_be(machine.report(), "restarted", "restarted-orderly")
        path.deliver()
