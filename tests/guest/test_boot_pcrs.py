#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""PCR 0 to 7 of a UEFI guest with two banks, extended as Windows, systemd and a user do, by TPM commands.
What the kernel reads of the TPM is computed here as well."""

import hashlib
import json
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import in_guest  # noqa: E402
from guest import Guest  # noqa: E402
from swtpm import Swtpm  # noqa: E402

ALGORITHMS = {"sha1": 0x0004, "sha256": 0x000b}
PASSWORD = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)
CC_PCR_EXTEND = 0x182
SYSTEM_LOG = "/run/log/systemd/tpm2-measure.log"


def hashes(text):
    return {bank: hashlib.new(bank, text).digest() for bank in ALGORITHMS}


SEPARATOR = hashes(b"os-separator")
SEPARATED = (0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 14)
CAP = {"sha1": bytes(20)}
CAPPED = (*range(11), 12, 13)


def extend_command(pcr, digests):
    body = struct.pack(">I", pcr) + PASSWORD + struct.pack(">I", len(digests))
    for bank, digest in digests.items():
        body += struct.pack(">H", ALGORITHMS[bank]) + digest
    return struct.pack(">HII", 0x8002, 10 + len(body), CC_PCR_EXTEND) + body


def record(pcr, digests):
    """As systemd writes it: RFC 7464, CEL-JSON without a number."""
    listed = [{"hashAlg": bank, "digest": digest.hex()} for bank, digest in digests.items()]
    text = json.dumps({"pcr": pcr, "digests": listed, "content_type": "systemd",
                       "content": {"eventType": "os-separator", "string": "os-separator"}})
    return b"\x1e" + text.encode() + b"\n"


class BootPcrs(unittest.TestCase):
    def boot(self, **options):
        tpm = self.enterContext(Swtpm(qemu=True, banks="sha1,sha256"))
        self.guest = self.enterContext(Guest(in_guest.image(), tpm, **options))

    def extend(self, pcrs, digests):
        before = {bank: self.guest.pcrs(bank, pcrs) for bank in digests}
        for answer in self.guest.tpm_commands(*(extend_command(pcr, digests) for pcr in pcrs)):
            self.assertEqual(in_guest.response_code(answer), 0)
        for bank, digest in digests.items():
            expected = [hashlib.new(bank, bytes.fromhex(value) + digest).hexdigest()
                        for value in before[bank]]
            self.assertEqual(self.guest.pcrs(bank, pcrs), expected)

    def status(self, result, sentence):
        run = in_guest.status(self.guest)
        self.assertEqual(run.results["boot-pcrs"], result, run)
        self.assertIn(sentence, run.checks["boot-pcrs"]["sentence"])
        return run

    def save(self, code=0):
        self.assertEqual(in_guest.agent(self.guest, "baseline", "save", "--force", "/tmp/baseline").code, code)

    def compare(self, code, continuity, *reasons):
        run = in_guest.agent(self.guest, "compare", "/tmp/baseline", "--json")
        found = [reason["code"] for reason in run.json["reasons"]]
        self.assertEqual((run.code, run.json["continuity"]), (code, continuity), run.json)
        self.assertEqual(set(reasons), set(found), run.json)

    def check_separator(self):
        """systemd from 261 on: without its log the separator is known, with it the log leads there."""
        events = self.status("pass", "match the event log (").evidence["event_log"]["events"]
        self.save()
        self.extend(SEPARATED, SEPARATOR)
        self.status("pass", "and what it cannot have: os-separator (systemd)")
        self.compare(0, "continuous", "same-tpm", "boot-pcrs-extended")
        self.guest.shell(f"mkdir -p {os.path.dirname(SYSTEM_LOG)}")
        self.guest.put(SYSTEM_LOG, b"".join(record(pcr, SEPARATOR) for pcr in SEPARATED))
        run = self.status("pass", f"match the event log ({events + len(SEPARATED)} events)")
        self.assertNotIn("cannot have", run.checks["boot-pcrs"]["sentence"])
        self.guest.put(SYSTEM_LOG, b"\x1e{")
        run = self.status("pass", "os-separator (systemd)")
        self.assertIn("the system's log: record 1", run.err)

    def check_extended_later(self):
        """As tpm2_pcrextend 7:sha256=… does: the TPM was not reset, and the baseline can be saved."""
        self.save()
        self.extend((7,), {"sha256": hashlib.sha256(b"mine").digest()})
        run = self.status("warn", "the event log does not explain sha256 PCR 7")
        self.assertEqual(run.code, 1, run)
        self.compare(1, "continuous", "same-tpm", "boot-pcrs-extended")
        self.save(code=1)
        self.compare(0, "continuous", "same-tpm", "boot-pcrs-unexplained")

    def check_every_pcr_extended(self):
        """What is left then is no boot that the log tells of."""
        self.extend(range(8), hashes(b"mine"))
        self.status("fail", "none of PCR 0 to 7 holds what the event log leads to: sha1 PCR 0")
        run = in_guest.agent(self.guest, "baseline", "save", "--force", "/tmp/other")
        self.assertNotIn(run.code, (0, 1), run)
        self.assertIn("no baseline saved", run.err)

    def test_linux(self):
        self.boot(ovmf=True)
        self.check_separator()
        self.check_extended_later()
        self.check_every_pcr_extended()

    def test_windows(self):
        """It measures into SHA-256 and caps SHA-1; capping its own bank as well is not its way."""
        self.boot()
        self.extend(CAPPED, CAP)
        run = self.status("pass", "and what it cannot have: the cap (Windows)")
        self.assertEqual(run.code, 0, run)
        self.save()
        self.compare(0, "continuous", "same-tpm")
        self.extend(CAPPED, {"sha256": bytes(32)})
        self.status("fail", "none of PCR 0 to 7 holds what the event log leads to")


if __name__ == "__main__":
    unittest.main()
