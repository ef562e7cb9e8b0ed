#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The whole story: a guest's service reports over TLS to a collector on the host, the guest is migrated
live, and `vtpm-collector confirm` says whether its vTPM survived."""

import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "matrix")]
import collector  # noqa: E402
import guest  # noqa: E402
import in_guest  # noqa: E402
import process  # noqa: E402
import vm as machine  # noqa: E402
from authority import Authority  # noqa: E402

HOST = "10.0.2.2"  # this machine's loopback, as the guest sees it
CONFIG = "/etc/vtpm-agent/vtpm-agent.conf"
LOG = "/tmp/log"


class Migration(unittest.TestCase):
    def setUp(self):
        self.authority = Authority(process.temporary_directory("tls"), "ca")
        certificate, key = self.authority.issue("collector", "serverAuth",
                                                names=("IP:127.0.0.1", f"IP:{HOST}"))
        self.collector = self.enterContext(collector.Collector(
            config=f"[http]\ncertificate = {certificate}\nkey = {key}\n"))
        port = self.collector.url().rsplit(":", 1)[1]
        image = guest.Image(
            programs=[in_guest.AGENT], plugins=[*guest.TCTI_DEVICE, "libcurl.so.4"],
            files={CONFIG: b"[run]\ninterval = 300\n",
                   CONFIG + ".d/50-site.conf": b"[run]\ninterval = 86400\n[collector]\nca = /etc/vtpm-agent/ca.pem\n",
                   "/etc/vtpm-agent/ca.pem": self.authority.ca})
        self.vm = self.enterContext(machine.Vm(image, "tpm-crb", "debian12", network=True,
                                                smbios=[f"type=11,value=vtpm-agent.url=https://{HOST}:{port}"]))

    def command(self, *words):
        return [collector.PROGRAM, *words, "--url", self.collector.url(), "--ca", self.authority.ca,
                "--token-file", os.path.join(self.collector.state, "admin-token")]

    def known(self):
        """What the collector says about the VM, or None."""
        answer = subprocess.run(self.command("show", machine.UUID, "--json"), capture_output=True,
                                timeout=60, check=False)
        return json.loads(answer.stdout) if answer.stdout else None

    def announce(self, event, timeout="120"):
        """A `confirm` that waits."""
        child = process.start(self.command("confirm", machine.UUID, "--event", event, "--timeout",
                                           timeout, "--json"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill, child)
        self.assertTrue(process.wait_until(
            lambda: child.poll() is not None or self.known()["announced"], 30))
        return child

    def verdict(self, child):
        """(exit status, status, continuity, event) of a confirm."""
        out, err = child.communicate(timeout=180)
        self.assertEqual(err, "", self.log())
        report = json.loads(out)
        return (process.reap(child), report["verdict"]["ear.status"], report["continuity"],
                report["event"])

    def log(self):
        return self.vm.guest.shell(f"cat {LOG}")

    def test_survives_and_does_not(self):
        service = self.vm.guest.spawn(["sh", "-c", f"exec vtpm-agent run 2>{LOG}"], timeout=3600)
        self.assertTrue(process.wait_until(self.known, 60), self.log())
        self.assertEqual(self.known()["continuity"], "first-seen")

        with self.subTest("the vTPM moves along"):
            confirm = self.announce("live-migration")
            self.vm.migrate()
            self.assertEqual(self.verdict(confirm), (0, "affirming", "continuous", "live-migration"))

        with self.subTest("the destination has another one"):
            # So that the only report is of the time when it has been replaced.
            self.vm.guest.shell("kill $(pidof vtpm-agent)")
            service.wait()
            self.vm.migrate()
            self.vm.tpm.replace_under_guest(self.vm.ready_made("anew"))
            in_guest.start_tpm(self.vm.guest)
            before = self.known()
            confirm = self.announce("live-migration", "20")
            run = in_guest.agent(self.vm.guest, "report")
            self.assertEqual(run.code, 2, run)
            # Nobody vouches for it: the known one is waited for, and at the end both are told.
            out, err = confirm.communicate(timeout=60)
            self.assertEqual((process.reap(confirm), err), (2, ""), out)
            claim, = json.loads(out)["claims"]
            self.assertEqual(claim["continuity"], "replaced")
            for name in ("continuity", "baseline", "ak_name"):
                self.assertEqual(self.known()[name], before[name])


if __name__ == "__main__":
    unittest.main()
