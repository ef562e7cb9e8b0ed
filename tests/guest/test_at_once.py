#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Everybody looks at one vTPM at once, in a guest that is reset, migrated, rebooted and crashes meanwhile: the service,
reports on a quick and on a slow path, comparisons on the spot, and a host that carries reports. Each boot is told once,
and nothing else is.

usage: test_at_once.py [--seconds N] [crb | new]
"""

import argparse
import collections
import contextlib
import json
import os
import random
import ssl
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "matrix")]
import collector  # noqa: E402
import guest  # noqa: E402
import in_guest  # noqa: E402
import process  # noqa: E402
import vm as machine  # noqa: E402
from authority import Authority  # noqa: E402
from rows import CRB, NEW  # noqa: E402
from slow_path import SlowPath  # noqa: E402

HOST = "10.0.2.2"  # this machine's loopback, as the guest sees it
BEDS = {"crb": CRB, "new": NEW}
BOOTS = {"restarted-orderly", "restarted-saved", "crashed"}
LOOPS = """
again() { while :; do "$@" >>/tmp/seen 2>>/tmp/errors; done; }
vtpm-agent baseline save --force /tmp/baseline >/dev/null
vtpm-agent run 2>/tmp/service &
service=$!
while sleep 2; do kill -HUP $service; done &
again vtpm-agent compare /tmp/baseline --json &
again vtpm-agent report --json &
again vtpm-agent report --json --url https://%s:%d &
while :; do
    vtpm-agent evidence --output /tmp/evidence
    vtpm-agent compare /tmp/baseline --evidence /tmp/evidence --json >>/tmp/seen
done &
wait
"""


class Load:
    """A guest, what looks at it, and what the collector keeps of that."""

    def __init__(self, resources, bed):
        authority = Authority(process.temporary_directory("tls"), "ca")
        certificate, key = authority.issue("collector", "serverAuth",
                                           names=("IP:127.0.0.1", f"IP:{HOST}"))
        self.context = ssl.create_default_context(cafile=authority.ca)
        self.collector = resources.enter_context(collector.Collector(
            config=collector.UNLIMITED + f"[http]\ncertificate = {certificate}\nkey = {key}\n", context=self.context))
        chance = random.Random(1)
        slow = resources.enter_context(
            SlowPath(self.collector.url(), lambda: chance.choice((0, 0, 0, 1, 5))))
        port, slow_port = (int(url.rsplit(":", 1)[1]) for url in (self.collector.url(), slow.url))
        config = (f"[run]\ninterval = 86400\n[collector]\nurl = https://{HOST}:{port}\n"
                  "ca = /etc/vtpm-agent/ca.pem\n")
        image = guest.Image(programs=[in_guest.AGENT], plugins=[*guest.TCTI_DEVICE, "libcurl.so.4"],
                            files={"/etc/vtpm-agent/vtpm-agent.conf": config.encode(),
                                   "/etc/vtpm-agent/ca.pem": authority.ca,
                                   "/etc/loops": (LOOPS % (HOST, slow_port)).encode()})
        self.vm = resources.enter_context(machine.Vm(image, *bed, network=True))
        self.seen, self.confirmed = collections.Counter(), 0

    def begin(self):
        self.vm.guest.spawn(["sh", "/etc/loops"], timeout=3600)

    def post(self, path, body):
        request = urllib.request.Request(self.collector.url() + path, body,
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60, context=self.context) as answer:
            return answer.read()

    def confirm(self):
        """As vtpm-host does it: what was overtaken is made again."""
        code = "overtaken"
        while code == "overtaken":
            question = self.vm.guest.check(["vtpm-agent", "relay", "ask"], timeout=60).encode()
            challenge = self.post("/v1/challenges", question)
            status, out, err = self.vm.guest.run(["vtpm-agent", "relay", "answer"], timeout=60,
                                                 stdin=challenge)
            if status:
                raise RuntimeError(err)
            code = json.loads(self.post("/v1/reports", out))["verdict"]["reasons"][0]["code"]
        self.seen[code] += 1
        self.confirmed += 1

    def go_on(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.confirm()

    def count(self):
        """What everybody in the guest has said in this boot."""
        lines = self.vm.guest.shell("grep -ho '\"code\": *\"[a-z-]*\"' /tmp/seen; "
                                    "grep -o 'reason=[a-z-]*' /tmp/service; :")
        self.seen.update(line.replace('"', "").replace("=", ":").split(":")[1].strip()
                         for line in lines.split("\n") if line)
        return lines

    def reports(self):
        """All that the collector has, the oldest first."""
        after, found = 0, []
        while True:
            lines = self.collector.ask("GET", f"/v1/export?after={after}",
                                       token=self.collector.admin_token()).text.splitlines()
            if not lines:
                return found
            found += [json.loads(line) for line in lines]
            after = found[-1]["vtpm"]["report"]


def run(bed, seconds):
    with contextlib.ExitStack() as resources:
        load = Load(resources, BEDS[bed])
        vm = load.vm
        events = (("the reset button", lambda: vm.guest.system_reset(), True),
                  ("live migration", vm.migrate, False),
                  ("reboot", lambda: vm.guest.reboot(), True),
                  ("crash", lambda: vm.guest.hard_reboot(crash=True), True))
        load.begin()
        load.go_on(seconds)
        for name, event, boots in events:
            if boots:
                load.count()
            event()
            if boots:
                load.begin()
            load.go_on(seconds)
            print(name, dict(load.seen), flush=True)
        load.count()
        check(load, sum(boots for _, _, boots in events))


def check(load, boots):
    reasons = collections.Counter(each["vtpm"]["reason"] for each in load.reports())
    print("kept:", dict(reasons), flush=True)
    print("said:", dict(load.seen), "confirmed:", load.confirmed, flush=True)
    allowed = {"same-tpm", "first-seen", "rollback-not-excluded", *BOOTS}
    assert set(reasons) | set(load.seen) <= allowed, "somebody was disturbed"
    assert sum(reasons[each] for each in BOOTS) == boots, "each boot is told once"
    assert reasons["first-seen"] == 1 and load.seen["same-tpm"] > 10 and load.confirmed > 4


def main():
    parser = argparse.ArgumentParser(description="Many looks at once.")
    parser.add_argument("--seconds", type=int, default=12, help="between two events")
    parser.add_argument("bed", nargs="?", choices=BEDS, default="crb", help="which swtpm")
    options = parser.parse_args()
    run(options.bed, options.seconds)


if __name__ == "__main__":
    main()
