#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent boot: the page, the document and the list of events, of logs whose facts are known."""

import datetime
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import agent  # noqa: E402
import event_log  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
import schemas  # noqa: E402
import secure_boot  # noqa: E402
from swtpm import Swtpm  # noqa: E402

LOGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "eventlog")


def log(name):
    return os.path.join(LOGS, f"{name}.bin")


class Boot(unittest.TestCase):
    def setUp(self):
        self.directory = process.public_directory("boot")
        self.addCleanup(process.remove_directory, self.directory)

    def run_boot(self, name, *words):
        result = agent.run("boot", "--log", log(name), *words)
        self.assertEqual((result.code, result.err), (0, ""), result)
        return result

    def document(self, name, *words):
        document = json.loads(self.run_boot(name, "--json", *words).out)
        self.assertEqual(schemas.complaints("boot.schema.json", document), [])
        return document

    def test_page(self):
        page = self.run_boot("rhel-shim-grub").out
        tense = "expired" if datetime.date.today() > datetime.date(2026, 6, 24) else "until"
        for words in ("Secure Boot is on", "shimx64.efi", f"Microsoft Corporation KEK CA 2011, {tense} 2026-06-24",
                      "missing Microsoft Corporation KEK 2K CA 2023 in KEK", "vtpm-agent boot --events --log", "Red Hat Secure Boot CA 5 (Shim)", "vmlinuz-5.14.0-130.el9.x86_64", "boot loader's commands"):
            self.assertIn(words, page)
        self.assertIn("Secure Boot is off", self.run_boot("gce-ubuntu").out)
        self.assertIn("booted by a BIOS", self.run_boot("seabios-sha256").out)
        self.assertIn("setup mode", self.run_boot("ovmf-sha256").out)

    def test_document(self):
        document = self.document("gce-ubuntu")
        self.assertNotIn("events", document)
        self.assertNotIn("firmware", document)  # of the machine that reads a log from elsewhere
        self.assertEqual(document["boot"]["firmware"], "GCE Virtual Firmware v1")
        self.assertEqual(document["boot"]["secure_boot"], "off")
        self.assertEqual([each["name"] for each in document["boot"]["variables"]], ["PK", "KEK", "db", "dbx"])
        self.assertEqual(document["exit_code"], 0)

    def test_events(self):
        for name, count in {"rhel-shim-grub": 97, "gce-ubuntu": 112, "ovmf-four-banks": 25}.items():
            with self.subTest(name=name):
                events = self.document(name, "--events")["events"]
                self.assertEqual([each["event"] for each in events], list(range(count)))
                lines = self.run_boot(name, "--events").out.splitlines()
                head, *lines, marks, arguments = lines
                self.assertEqual(len(lines), count)
                self.assertEqual(head, " EVENT   PCR    MEANING")
                self.assertIn("= the data is what was measured; ! it is not", marks)
                self.assertIn("-v shows them", arguments)
                for line, event in zip(lines, events):
                    number, pcr, rest = re.fullmatch(r" *(\d+) +(\d+)  ([ =!] .*)", line).groups()
                    self.assertEqual((int(number), int(pcr)), (event["event"], event["pcr"]))
                    self.assertEqual(rest[2:], event["meaning"])
                    self.assertEqual(rest[0], {"other": " ", "matches": "=", "differs": "!"}[event["data"]])
        self.assertEqual(set(events[5]["digests"]), {"sha1", "sha256", "sha384", "sha512"})

    def test_secrets_need_to_be_asked_for(self):
        """The root's UUID stands in this log's command lines."""
        secret = "bf817bdf-6a3a-4221-8edb-2c1ca7c5537f"
        for words in ((), ("--json",), ("--events",), ("--events", "--json")):
            self.assertNotIn(secret, self.run_boot("gce-ubuntu", *words).out)
        self.assertIn(secret, agent.run("boot", "--log", log("gce-ubuntu"), "--events", "--verbose").out)

    def test_size_in_evidence(self):
        """A log like that of a machine with Secure Boot costs the document little."""
        for name in ("rhel-shim-grub", "gce-ubuntu", "ovmf-secureboot"):
            size = len(json.dumps(self.document(name)["boot"], separators=(",", ":")))
            self.assertLess(size, 8192, name)

    def test_size_of_windows(self):
        """A whole document of such a guest: 16 kB for a log of 64 kB."""
        path = os.path.join(self.directory, "windows")
        keys = secure_boot.Keys(self.directory)
        names = [f"Microsoft Corporation UEFI CA {i}" for i in range(8)]
        for name in names:
            keys.make(name, name)
        with open(path, "wb") as file:
            written = file.write(event_log.windows([keys.certificate(name) for name in names]))
        boot = agent.run("boot", "--log", path, "--json").json["boot"]
        self.assertEqual((len(boot["certificates"]), boot["variables"][3]["hashes"]), (8, 371))
        self.assertNotIn("left_out", boot)
        with Swtpm() as tpm:
            evidence = agent.run("evidence", tpm=tpm).json
        size = len(json.dumps({**evidence, "boot": boot}, separators=(",", ":")))
        self.assertGreater(written, 60000)
        self.assertLessEqual(size, 16384)

    def test_into_a_file(self):
        path = os.path.join(self.directory, "out")
        self.assertEqual(self.run_boot("ovmf-secureboot", "--output", path).out, "")
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), self.run_boot("ovmf-secureboot").out)

    def test_what_cannot_be_read(self):
        bad = os.path.join(self.directory, "bad")
        with open(log("ovmf-secureboot"), "rb") as file, open(bad, "wb") as cut:
            cut.write(file.read()[:-1])
        for path, message in {bad: r"event 22 at offset \d+: cut off: 40 bytes of event data, 39 are left",
                              bad + "2": f"open {bad}2: No such file or directory"}.items():
            for words in ((), ("--json",), ("--events", "--json")):
                result = agent.run("boot", "--log", path, *words)
                self.assertEqual((result.code, result.out), (3, ""))
                self.assertRegex(result.err, rf"^vtpm-agent: (\S+bad: )?{message}\n$")

    def test_a_log_that_tells_nothing(self):
        path = os.path.join(self.directory, "first")
        with open(log("rhel-shim-grub"), "rb") as whole, open(path, "wb") as first:
            head = whole.read(32)
            first.write(head + whole.read(int.from_bytes(head[28:], "little")))
        for words in ((), ("--json",)):
            result = agent.run("boot", "--log", path, *words)
            self.assertEqual((result.code, result.err), (3, ""))
        self.assertEqual((result.json["exit_code"], result.json["status"]), (3, "none"))

    def test_what_is_no_log(self):
        path = os.path.join(self.directory, "file")
        for content, message in ((b"", "an empty file"), (b"root:x:0:0:root:/root:/bin/sh\n" * 9,
                                                          r"no TCG event log \(it begins with no event\)")):
            with open(path, "wb") as file:
                file.write(content)
            result = agent.run("boot", "--log", path)
            self.assertEqual((result.code, result.out), (3, ""))
            self.assertRegex(result.err, rf"^vtpm-agent: {path}: {message}\n$")

    def test_of_this_machine(self):
        """With a log, what its TPM says to it; without one, why."""
        with Swtpm() as tpm:
            result = agent.run("boot", "--json", tpm=tpm)
            evidence = agent.run("evidence", tpm=tpm).json
        if "error" in evidence["event_log"]:
            self.assertEqual((result.code, result.out), (3, ""))
            message = evidence["event_log"]["error"]["message"]
            self.assertEqual(result.err, f"vtpm-agent: {message}; --log FILE reads a log kept elsewhere\n")
            if evidence["event_log"]["error"]["code"] == "not-found":
                self.assertRegex(message, "^(securityfs is not mounted|no event log was handed over)")
        else:
            self.assertEqual(result.json["boot"], evidence["boot"])
            self.assertEqual(result.json["checks"][0]["id"], "boot-pcrs")

    def boot_of(self, name):
        return self.document(name)["boot"]

    def test_compare_names_what_changed(self):
        """Another boot of the same TPM: PCR 4 and 7 differ, and so does what the logs have of them."""
        paths = [os.path.join(self.directory, name) for name in ("then", "now")]
        with Swtpm() as tpm:
            for path, name in zip(paths, ("gce-ubuntu", "rhel-shim-grub")):
                document = agent.run("evidence", tpm=tpm).json
                document["boot"] = self.boot_of(name)
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(document, file)
                oracle.tpm2(tpm, "pcrextend", *(f"{pcr}:sha256={'11' * 32}" for pcr in (4, 7)))
        result = agent.run("compare", paths[0], "--evidence", paths[1], "--json")
        self.assertEqual(schemas.complaints("verdict.schema.json", result.json), [])
        sentences = {change["pcr"]: [] for change in result.json["boot_changes"]}
        for change in result.json["boot_changes"]:
            sentences[change["pcr"]].append(change["sentence"])
        self.assertEqual(set(sentences), {4, 7})
        self.assertIn("boot loader or kernel: another grubx64.efi", sentences[4])
        self.assertIn("Secure Boot: off -> on", sentences[7])
        self.assertIn("Secure Boot: another dbx, 0 -> 1 hashes", sentences[7])
        page = agent.run("compare", paths[0], "--evidence", paths[1]).out
        self.assertRegex(page, r"PCR 7 +Secure Boot: off -> on\n")
        same = agent.run("compare", paths[0], "--evidence", paths[0], "--json")
        self.assertNotIn("boot_changes", same.json)


if __name__ == "__main__":
    unittest.main()
