# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-host confirm, through libvirt and QEMU's guest agent, of a real guest with an encrypted vTPM and
no network."""

import hashlib
import json
import os
import shutil
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import hypervisor  # noqa: E402
import in_guest  # noqa: E402
import process  # noqa: E402
from collector import Collector  # noqa: E402
from guest import TCTI_DEVICE, Image  # noqa: E402
from hypervisor import Guest, virsh, vtpm_host  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
BARE = "6f9619ff-8b86-4011-b42d-00c04fc96400"
IDLE = "6f9619ff-8b86-4011-b42d-00c04fc96401"
SECRET = "11111111-2222-4333-8444-555555555555"
BASELINES = "/run/baselines"
BASELINE = f"{BASELINES}/{UUID}.json"
MIGRATED = ("--event", "live-migration", "--baseline", BASELINES)


def setUpModule():
    global guest
    hypervisor.start()
    hypervisor.define_secret(SECRET)
    image = Image(programs=[in_guest.AGENT, "qemu-ga"], plugins=TCTI_DEVICE)
    for name, uuid, options in (
            ("web1", UUID, {"image": image, "channel": True, "memory": 256, "secret": SECRET}),
            ("bare", BARE, {"secret": SECRET}), ("idle", IDLE, {"secret": SECRET})):
        virsh("define", hypervisor.file(hypervisor.domain(name, uuid, **options)))
    virsh("start", "bare")
    guest = Guest("web1").start()


def tearDownModule():
    guest.stop()
    virsh("destroy", "bare")


class Confirm(unittest.TestCase):
    """In the order of their names: one guest, which ends with another TPM."""

    def refused(self, sentence, *words, status=3):
        code, out, err = vtpm_host("confirm", *words)
        self.assertEqual((code, out), (status, ""), err)
        self.assertIn(sentence, err)
        self.assertEqual(err.count("\n"), 1, err)

    def verdict(self, *words):
        code, out, err = vtpm_host("confirm", *words, "--json")
        self.assertTrue(out, err)
        verdict = json.loads(out)
        self.assertEqual(verdict["exit_code"], code)
        return code, verdict["continuity"], verdict["reasons"][0]["code"]

    def test_1_what_is_missing(self):
        self.refused("libvirt has no such domain here", "nobody")
        self.refused("the domain does not run; start it first", "idle")
        self.refused("has no guest agent channel; add <channel type='unix'>", "bare")
        self.refused("no guest agent answers; in the guest: install qemu-guest-agent", "web1")
        guest.start_guest_agent("-b", "guest-exec")
        self.refused("the guest's agent forbids guest-exec; in the guest: take guest-exec", "web1")
        guest.start_guest_agent()
        virsh("suspend", "web1")
        self.refused("the domain is paused; virsh resume", "web1")
        virsh("resume", "web1")
        self.refused("the guest has no nothing; install it there", "web1", "--guest-program",
                     "nothing")
        self.refused("in the guest: evidence: applet not found", "web1", "--guest-program", "busybox")


    def test_2_survived(self):
        self.assertEqual(self.verdict("web1"), (3, "first-seen", "first-seen"))
        self.refused("open /run/none: No such file", "web1", "--baseline", "/run/none")
        # What happened to one that nobody knew cannot be told.
        code, out, err = vtpm_host("confirm", "web1", "--event", "live-migration", "--save", "/run/moved")
        self.assertEqual(code, 3, err)
        self.assertNotIn("ENROLLED", out)
        code, out, err = vtpm_host("confirm", "web1", "--save", BASELINES)
        self.assertEqual(code, 0, err)
        self.assertTrue(out.startswith("ENROLLED  this vTPM is now the baseline"), out)
        self.assertEqual(os.listdir(BASELINES), [f"{UUID}.json"])
        self.assertEqual(self.verdict("web1", *MIGRATED), (0, "continuous", "same-tpm"))
        self.assertEqual(self.verdict(UUID, "--event", "none", "--baseline", BASELINE),
                         (0, "continuous", "same-tpm"))
        code, out, err = vtpm_host("confirm", "web1", *MIGRATED)
        self.assertEqual(code, 0, err)
        self.assertTrue(out.startswith("CONTINUOUS  "), out)

    def test_2_survived_while_another_looks(self):
        """What the guest says later is kept by another run, while this one still waits for its answer."""
        guest.shell("printf '#!/bin/sh\\nvtpm-agent \"$@\"; sleep 20\\n' > /usr/bin/late; "
                    "chmod +x /usr/bin/late")
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(self.verdict, "web1", "--guest-program", "late", *MIGRATED)
            time.sleep(10)
            code, _, err = vtpm_host("confirm", "web1", "--save", BASELINES)
            self.assertEqual(code, 0, err)
            self.assertFalse(late.done())
            self.assertEqual(late.result(), (0, "continuous", "same-tpm"))
        self.assertEqual(os.listdir(BASELINES), [f"{UUID}.json"])

    def test_3_agent_that_hangs(self):
        guest.shell("printf '#!/bin/sh\\nsleep 600\\n' > /usr/bin/slow; chmod +x /usr/bin/slow")
        self.refused("slow did not end within 11 s in the guest", "web1", "--guest-program", "slow",
                     "--timeout", "1")

    def test_4_replayed(self):
        """Evidence of another time is no answer to this question."""
        guest.shell("vtpm-agent evidence --nonce 0011223344556677 > /run/old; "
                    "printf '#!/bin/sh\\ncat /run/old\\n' > /usr/bin/liar; chmod +x /usr/bin/liar")
        self.assertEqual(self.verdict("web1", "--guest-program", "liar", *MIGRATED),
                         (3, "unverified", "bad-quote"))
        guest.shell(f"printf '#!/bin/sh\\nvtpm-agent \"$@\" | sed s/{UUID}/{BARE}/\\n' > /usr/bin/liar")
        self.refused(f"the guest's evidence is of VM {BARE}", "web1", "--guest-program", "liar")

    def test_5_all(self):
        code, out, err = vtpm_host("confirm", "--all", *MIGRATED, "--json")
        answer = json.loads(out)
        self.assertEqual((code, answer["status"]), (3, "none"), err)
        outcomes = {row["domain"]: (row["status"], row["verdict"] and row["verdict"]["continuity"],
                                    row["error"]) for row in answer["domains"]}
        self.assertEqual(set(outcomes), {"web1", "bare"})
        self.assertEqual(outcomes["web1"], ("affirming", "continuous", None))
        self.assertIn("no guest agent channel", outcomes["bare"][2])

        code, out, err = vtpm_host("confirm", "--all", "--save", "/run/kept")
        self.assertTrue(out.startswith("UNKNOWN  of 2 running vTPMs, 1 is now the baseline\n"), out)
        self.assertEqual(os.listdir("/run/kept"), [f"{UUID}.json"])

        code, out, err = vtpm_host("confirm", "--all", *MIGRATED, "--parallel", "1")
        self.assertEqual(code, 3, err)
        self.assertTrue(out.startswith("UNKNOWN  1 of 2 running vTPMs survived\n"), out)
        self.assertIn("with live-migration announced; 1 more is shut off", out)
        self.assertLess(out.index("Cannot tell"), out.index("Survived -"))

    def test_6_collector(self):
        """The host carries the guest's report; the collector verifies what the guest's TPM signed."""
        token = os.path.join(process.temporary_directory("token"), "token")
        with open(token, "w") as file:
            file.write("agents-secret-token-0123456789abcdef\n")
        digest = hashlib.sha256(b"agents-secret-token-0123456789abcdef").hexdigest()
        with open(token + "s", "w") as file:
            file.write(f"agent web1 {digest}\n")
        with Collector(config=f"[auth]\ntokens = {token}s\n") as collector:
            words = ("web1", "--collector", collector.url())
            self.refused("the collector wants a credential", *words)
            words += ("--token-file", token)
            self.assertEqual(self.verdict(*words), (0, "first-seen", "first-seen"))
            self.assertEqual(self.verdict(*words, "--event", "live-migration"),
                             (0, "continuous", "same-tpm"))
            code, out, err = vtpm_host("confirm", "--all", *words[1:])
            self.assertEqual(code, 3, err)
            self.assertIn("web1", out.split("Survived -")[1])
            self.not_carried(words)
            # A TPM that is gone cannot sign: the distress report goes the same way.
            guest.shell("printf '#!/bin/sh\\nexec vtpm-agent \"$@\" --tcti device:/dev/none\\n' "
                        "> /usr/bin/blind; chmod +x /usr/bin/blind")
            self.assertEqual(self.verdict(*words, "--guest-program", "blind"),
                             (2, "missing", "no-device"))
        self.refused("ailed to connect", *words)

    def not_carried(self, words):
        """Root in the guest speaks of another VM: nothing of it is sent with the host's credential."""
        for script, sentence in (
                (f"exec vtpm-agent \"$@\" --uuid {BARE}", f"the guest's question is of VM {BARE}"),
                (f"exec vtpm-agent \"$@\" --uuid {BARE} --tcti device:/dev/none",
                 f"the guest's question is of VM {BARE}"),
                # The question is its own; the report, with the evidence in it, another's.
                (f"[ $2 = ask ] && exec vtpm-agent \"$@\"; exec vtpm-agent \"$@\" --uuid {BARE}",
                 f"the guest's evidence is of VM {BARE}"),
                ("[ $2 = ask ] && exec vtpm-agent \"$@\"; "
                 "vtpm-agent \"$@\" | sed s/challenge.:./\\&A/", "answers another challenge")):
            with self.subTest(script):
                guest.shell(f"cat > /usr/bin/other <<'END'\n#!/bin/sh\n{script}\nEND\nchmod +x /usr/bin/other")
                self.refused(sentence, *words, "--guest-program", "other")

    def test_9_replaced(self):
        guest.stop()
        shutil.rmtree(f"{hypervisor.STATE}/{UUID}")
        guest.start()
        guest.start_guest_agent()
        self.assertEqual(self.verdict("web1", "--event", "hard-reboot", "--baseline", BASELINES),
                         (2, "replaced", "ek-changed"))
        code, out, _ = vtpm_host("confirm", "--all", *MIGRATED)
        self.assertEqual(code, 2)
        self.assertIn("0 of 2 running vTPMs survived", out)
        self.assertLess(out.index("Did not survive"), out.index("Cannot tell"))
        # What is broken is no baseline, and stays until a person says otherwise.
        before = open(BASELINE).read()
        code, out, err = vtpm_host("confirm", "web1", "--baseline", BASELINES, "--save", BASELINES)
        self.assertEqual(code, 2, err)
        self.assertIn("a broken vTPM's is no baseline", out)
        self.assertEqual(open(BASELINE).read(), before)
        self.assertEqual(sorted(os.listdir(BASELINES)), [f"{UUID}.json", f"{UUID}.verdict.json"])
        code, out, err = vtpm_host("confirm", "web1", "--save", BASELINES)
        self.assertEqual((code, os.listdir(BASELINES)), (0, [f"{UUID}.json"]), err)
        self.assertTrue(out.startswith("HEALTHY  this vTPM's evidence is kept in the place of what was there"), out)
        self.assertEqual(self.verdict("web1", "--baseline", BASELINES), (0, "continuous", "same-tpm"))
        # A state of the same TPM that was set back looks right at the second look.
        with open(f"{BASELINES}/{UUID}.verdict.json", "w") as file:
            json.dump({"format": "vtpm-verdict", "ear.status": "contraindicated", "iat": 1,
                       "continuity": "rolled-back", "event": "none", "quote_verified": True,
                       "reasons": [{"code": "random-repeated", "sentence": "the same bytes"}]}, file)
        for _ in range(2):
            self.assertEqual(self.verdict("web1", "--baseline", BASELINES),
                             (2, "rolled-back", "random-repeated"))


if __name__ == "__main__":
    unittest.main(failfast=True)
