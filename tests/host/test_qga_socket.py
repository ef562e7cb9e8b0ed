# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-host confirm --qga-socket: a real qemu-ga on a socket, without libvirt, runs a real vtpm-agent on a
real swtpm; and one in a real guest, behind QEMU's port."""

import json
import os
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import guest  # noqa: E402
import hypervisor  # noqa: E402
import in_guest  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from stub_collector import VERDICT, Stub  # noqa: E402
from swtpm import Swtpm  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
OTHER = "6f9619ff-8b86-4011-b42d-00c04fc964f0"


class Socket(unittest.TestCase):
    def setUp(self):
        self.directory = process.temporary_directory("qga")
        self.path = os.path.join(self.directory, "socket")
        self.tpm = Swtpm()
        self.tpm.__enter__()
        self.addCleanup(self.tpm.__exit__, None, None, None)
        self.program = self.script("agent", f'exec {in_guest.AGENT} "$@" --tcti {self.tpm.tcti}\n')

    def script(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return path

    def start(self, *options):
        child = process.start(["qemu-ga", "-m", "unix-listen", "-p", self.path, "-t", self.directory, "-f",
                               os.path.join(self.directory, "pid"), *options])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.assertTrue(process.wait_until(lambda: os.path.exists(self.path), 30))

    def confirm(self, *words, program=None):
        return hypervisor.vtpm_host("confirm", UUID, "--qga-socket", self.path, "--guest-program",
                                    program or self.program, *words)

    def refused(self, sentence, **changes):
        code, out, err = self.confirm(**changes)
        self.assertEqual((code, out), (3, ""), err)
        self.assertIn(sentence, err)

    def test_survived(self):
        self.start()
        baselines = os.path.join(self.directory, "baselines")
        code, _, err = self.confirm("--save", baselines)
        self.assertEqual(code, 0, err)
        code, out, err = self.confirm("--baseline", baselines, "--event", "live-migration", "--json")
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["continuity"], "continuous")

    def test_enrolled_and_not_healthy(self):
        """That the collector made this vTPM the baseline hides nothing that is wrong with it."""
        first = {**VERDICT, "ear.status": "none", "continuity": "first-seen", "exit_code": 3,
                 "reasons": [{"code": "first-seen", "sentence": "nothing to compare with"}]}
        self.start()
        program = self.script("reporter", f'exec {in_guest.AGENT} "$@" --uuid {UUID} --tcti {self.tpm.tcti}\n')
        for failures, code, word in ((0, 0, "ENROLLED"), (2, 1, "WARNING")):
            with self.subTest(failures), Stub(verdict=first, uuid=UUID, has_credential=False) as stub:
                if failures:
                    oracle.fail_authorizations(self.tpm, failures)
                result = self.confirm("--collector", stub.url, program=program)
                self.assertEqual((result[0], result[1].split()[:1]), (code, [word]), result)
                result = self.confirm("--collector", stub.url, "--json", program=program)
                self.assertEqual((result[0], result[2]), (code, ""), result)
                self.assertEqual(json.loads(result[1])["exit_code"], code)

    def test_what_an_earlier_conversation_left(self):
        self.start()
        with socket.socket(socket.AF_UNIX) as other:
            other.connect(self.path)
            other.sendall(b'{"execute": "guest-info"}\n{"execute": "guest-')
        self.assertEqual(json.loads(self.confirm("--json")[1])["continuity"], "first-seen")

    def test_what_is_missing(self):
        self.refused(f"there is no socket {self.path}")
        self.start("-b", "guest-exec")
        self.refused("the guest's agent forbids guest-exec")

    def test_no_program(self):
        self.start()
        self.refused("the guest has no nothing; install it there", program="nothing")

    def serve(self, answer):
        """A port behind which no agent is: bytes, and nothing more."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.path)
        listener.listen(1)
        self.addCleanup(listener.close)

        def run():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(answer)
                while connection.recv(4096):
                    pass
        threading.Thread(target=run, daemon=True).start()

    def test_silence(self):
        self.serve(b"")
        self.refused("no guest agent answers; in the guest: install qemu-guest-agent")

    def test_another_answer(self):
        """Lines of another conversation, and some that are none, are no answer to ours."""
        self.serve(b'{"return": 1}\n\xff{"return": 1}\n\xff[\n\xff{"return": {}}\n\n')
        self.refused("no guest agent answers")


class Machine(guest.Guest):
    """A guest with a port for its agent, as Proxmox gives it one."""

    def _channel_arguments(self):
        return [*super()._channel_arguments(), "-device", "virtio-serial-pci",
                "-chardev", f"socket,id=qga,path={self._path('qga')},server=on,wait=off",
                "-device", "virtserialport,chardev=qga,name=org.qemu.guest_agent.0"]


class RealGuest(unittest.TestCase):
    def test_survived(self):
        image = guest.Image(programs=[in_guest.AGENT, "qemu-ga"], plugins=guest.TCTI_DEVICE)
        with Swtpm(qemu=True, name="qga", vm_uuid=UUID) as tpm, Machine(image, tpm, uuid=UUID) as machine:
            port = os.path.join(machine.directory, "qga")
            words = ("--qga-socket", port)
            code, _, err = hypervisor.vtpm_host("confirm", UUID, *words)
            self.assertEqual(code, 3)
            self.assertIn("no guest agent answers", err)
            code, _, err = machine.run(["sh", "-c", "port=$(grep -l org.qemu.guest_agent.0 "
                                        "/sys/class/virtio-ports/*/name); port=/dev/$(basename ${port%/name}); "
                                        "qemu-ga -d -m virtio-serial -p $port -t /run -f /run/qemu-ga.pid"])
            self.assertEqual(code, 0, err)
            baselines = process.temporary_directory("baselines")
            code, out, err = hypervisor.vtpm_host("confirm", UUID, *words, "--save", baselines)
            self.assertEqual(code, 0, out + err)
            self.assertEqual(os.listdir(baselines), [f"{UUID}.json"])
            code, out, err = hypervisor.vtpm_host("confirm", UUID, *words, "--baseline", baselines, "--event",
                                                  "live-migration", "--json")
            self.assertEqual((code, json.loads(out)["continuity"]), (0, "continuous"), err)
            # Nothing is believed of another VM.
            code, out, err = hypervisor.vtpm_host("confirm", OTHER, *words)
            self.assertEqual((code, out), (3, ""))
            self.assertIn(f"the guest's evidence is of VM {UUID}", err)


if __name__ == "__main__":
    unittest.main()
