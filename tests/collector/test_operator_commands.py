#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The operators' commands: their output on a terminal and in a pipe, and their exit status."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import process  # noqa: E402
from filled_collector import COLLECTOR, DATA, Collector, uuid  # noqa: E402

OUTCOMES = {"affirming": "survived", "warning": "look at it", "contraindicated": "did not survive", "none": "cannot tell"}
HOSTILE = "web\x1b[31m\u202e\x85\x07 root"


class Commands(unittest.TestCase):
    def setUp(self):
        self.collector = self.enterContext(Collector())

    def run_command(self, *words):
        return self.collector.run_command(*words)

    def run_on_terminal(self, *words):
        return self.collector.run_on_terminal(*words)

    def start_confirm(self, *options):
        child = process.start(self.collector.command("confirm", uuid(1), *options), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        self.assertTrue(process.wait_until(
            lambda: child.poll() is not None or
            self.collector.get(f"/v1/vms/{uuid(1)}")["announced"], 20))
        return child

    def test_confirm_gives_the_verdict(self):
        for status, code in (("affirming", 0), ("warning", 1), ("contraindicated", 2), ("none", 3)):
            with self.subTest(status=status):
                self.collector.report(1)
                child = self.start_confirm("--event", "live-migration", "--timeout", "30")
                self.collector.report(2)
                self.collector.report(1, status=status, reason="counters-moved",
                                      continuity="reset-under-guest")
                out, err = child.communicate(timeout=30)
                self.assertEqual((process.reap(child), err), (code, ""))
                self.assertIn("RESET-UNDER-GUEST", out)
                self.assertIn(f"{OUTCOMES[status]}, with live-migration announced", out)
                self.assertIn("(counters-moved)", out)
                self.assertNotIn("\x1b", out)

    def test_confirm_as_json(self):
        self.collector.report(1)
        child = self.start_confirm("--event", "soft-reboot", "--json")
        number = self.collector.report(1)
        out, _ = child.communicate(timeout=30)
        self.assertEqual(process.reap(child), 0)
        report = json.loads(out)
        self.assertEqual((report["id"], report["event"], report["verdict"]["ear.status"]),
                         (number, "soft-reboot", "affirming"))

    def test_confirm_times_out(self):
        self.collector.report(1)
        began = time.monotonic()
        status, out, err = self.run_command("confirm", uuid(1), "--event", "clear", "--timeout", "2")
        self.assertEqual((status, out), (3, ""))
        self.assertGreaterEqual(time.monotonic() - began, 2)
        self.assertIn("no report of", err)
        self.assertIn("systemctl status vtpm-agent", err)
        self.assertEqual(err.count("\n"), 1)

    def test_confirm_shows_progress_on_a_terminal(self):
        self.collector.report(1)
        status, seen = self.run_on_terminal("confirm", uuid(1), "--event", "clear", "--timeout",
                                            "3")
        self.assertEqual(status, 3)
        self.assertRegex(seen, r"waiting for a new report \(event: clear\): [12] of 3 s")
        shown = [int(passed) for passed in re.findall(r"(\d+) of 3 s", seen)]
        self.assertLessEqual(max(shown), 3, seen)

    def test_confirm_outlives_a_restart(self):
        self.collector.report(1)
        child = self.start_confirm("--event", "live-migration", "--timeout", "60")
        port = self.collector.port
        self.assertEqual(self.collector.stop(), 0)
        self.collector.report(1)
        time.sleep(1)
        self.collector.restart(port)    # as a service would
        out, err = child.communicate(timeout=60)
        self.assertEqual((process.reap(child), err), (0, ""))
        self.assertIn("CONTINUOUS", out)

    def test_confirm_of_nobody(self):
        status, _, err = self.run_command("confirm", uuid(1), "--event", "clear")
        self.assertEqual(status, 3)
        self.assertIn(f"no such VM: {uuid(1)}", err)

    def test_list(self):
        for i in range(1, 4):
            self.collector.report(i, status="warning" if i == 2 else "affirming")
        status, out, err = self.run_command("list")
        self.assertEqual((status, err), (0, ""))
        lines = out.splitlines()
        self.assertEqual(lines[0].split()[:3], ["UUID", "HOSTNAME", "STATUS"])
        self.assertEqual([line.split()[0] for line in lines[1:]], [uuid(i) for i in (1, 2, 3)])
        self.assertEqual(lines[2].split()[1:4], ["web-2", "warning", "continuous"])
        _, out, _ = self.run_command("list", "--status", "warning")
        self.assertEqual(len(out.splitlines()), 2)
        _, out, _ = self.run_command("list", "--search", "web-3", "--json")
        self.assertEqual([vm["uuid"] for vm in json.loads(out)["vms"]], [uuid(3)])

    def test_disks(self):
        self.collector.report(1)
        self.collector.disks(2, "opens", "pcr-differs")
        self.collector.disks(3, "opens")
        _, out, _ = self.run_command("list", "--disks")
        head, line = out.splitlines()
        self.assertIn("DISKS", head)
        self.assertRegex(line, f"^{uuid(2)} .* 1/2 ")
        _, out, _ = self.run_command("list", "--disks", "--json")
        self.assertEqual(json.loads(out)["disks"], {"will_not_open": 1, "vms": 1})
        self.assertRegex(self.run_command("show", uuid(2))[1],
                         r"Disks +1 of 2 will not open at the next boot\n +> have the recovery key ready")
        self.assertRegex(self.run_command("show", uuid(3))[1], r"Disks +none of 1 is known not to open")
        self.assertNotIn("Disks", self.run_command("show", uuid(1))[1])

    def test_disks_on_a_narrow_terminal(self):
        self.assertEqual(self.run_command("list", "--disks"), (0, "no VM has disks that will not open\n", ""))
        self.collector.disks(2, "opens", "pcr-differs")
        status, seen = self.collector.run_on_terminal("list", "--disks", columns=80)
        head, row, verdict = seen.splitlines()[:3]
        self.assertEqual((status, head.split()), (0, ["UUID", "HOSTNAME", "DISKS"]))
        self.assertRegex(row, rf"^{uuid(2)}  \S+ +1/2$")
        self.assertRegex(verdict, r"^    [a-z]+(: [a-z-]+)?$")
        self.assertLessEqual(max(len(line) for line in seen.splitlines()), 80)
        _, seen = self.collector.run_on_terminal("list", "--disks", columns=100)
        self.assertIn("STATUS", seen.splitlines()[0])

    def test_list_fits_the_terminal(self):
        self.collector.report(1, status="contraindicated", continuity="reset-under-guest",
                              reason="reset-without-restart", hostname="w" * 63)
        self.collector.claim(1, "192.0.2.7")
        every = ["UUID", "HOSTNAME", "STATUS", "CONTINUITY", "REASON", "DISKS", "LAST", "REPORT", "SENDER"]
        some = ["UUID", "STATUS", "REASON"]
        for columns, titles in ((80, some), (86, some), (87, [*some, "DISKS"]), (116, [*some, "DISKS"]),
                                (117, [*some, "DISKS", "SENDER"]),
                                (143, [*every[:3], "REASON", "DISKS", "SENDER"]), (162, [*every[:6], "SENDER"]),
                                (184, every), (500, every)):
            with self.subTest(columns=columns):
                status, seen = self.collector.run_on_terminal("list", columns=columns)
                lines = seen.splitlines()
                self.assertEqual((status, lines[0].split(), len(lines)), (0, titles, 4 - ("SENDER" in titles)), seen)
                self.assertLessEqual(max(map(len, lines[:-1])), columns)
                self.assertRegex(lines[1], r" did not survive !  .*reset-without-restart")
                self.assertTrue(lines[-2].endswith("agent web-1 from 192.0.2.1"), seen)
                self.assertEqual(lines[-1], "! somebody else reports as this VM: vtpm-collector show UUID says who")
        _, out, _ = self.run_command("list")
        self.assertRegex(out, r"(?m)^UUID .* CLAIM  DISKS  LAST REPORT  +SENDER$")
        self.assertRegex(out, r"contraindicated  .* yes  .*Z  agent web-1 from 192\.0\.2\.1$")

    def test_announce_names_its_event(self):
        self.collector.report(1)
        self.assertEqual(self.run_command("announce", uuid(1), "--event", "clear")[0], 0)
        status, out, err = self.run_command("announce", uuid(1))
        self.assertEqual((status, out, err.count("\n")), (64, "", 1), err)
        self.assertIn("--event", err)
        self.assertEqual(self.collector.get(f"/v1/vms/{uuid(1)}")["announced"]["event"], "clear")
        self.assertEqual(self.run_command("announce", uuid(1), "--event", "none")[0], 0)

    def test_show_of_what_has_no_baseline(self):
        self.collector.report(1, continuity="first-seen", status="none")
        _, out, _ = self.run_command("show", uuid(1))
        self.assertRegex(out, r"Baseline +none yet")
        self.assertIn("cannot tell, with nothing announced", out)

    def test_show(self):
        self.collector.report(1, is_baseline=True, continuity="first-seen", status="none")
        self.collector.report(1, continuity="replaced", status="contraindicated",
                              reason="ek-changed")
        status, out, _ = self.run_command("show", uuid(1))
        self.assertEqual(status, 2)
        for text in ("REPLACED", "(ek-changed)", "> what to do", "did not survive", "Timeline", "#1", "#2", "web-1"):
            self.assertIn(text, out)
        status, seen = self.run_on_terminal("show", uuid(1))
        self.assertEqual(status, 2)
        self.assertIn("\x1b[1;37;41m", seen)
        status, out, _ = self.run_command("show", uuid(1).upper(), "--json")
        vm = json.loads(out)
        self.assertEqual((status, len(vm["timeline"]), vm["verdict"]["continuity"]),
                         (2, 2, "replaced"))

    def test_hostile_strings_are_escaped(self):
        self.collector.report(1, hostname=HOSTILE, sentence=HOSTILE)
        for words in (("list",), ("show", uuid(1))):
            for seen in (self.run_command(*words)[1], self.collector.run_on_terminal(*words, columns=200)[1]):
                with self.subTest(words=words):
                    self.assertIn("web", seen)
                    for bad in ("\x1b[31m", "\u202e", "\x85", "\x07"):
                        self.assertNotIn(bad, seen)

    def test_accept(self):
        self.collector.report(1, is_baseline=True)
        number = self.collector.report(1, continuity="replaced", status="contraindicated")
        status, out, _ = self.run_command("accept", uuid(1), "--comment", "ticket 7")
        self.assertEqual((status, out),
                         (0, f"report #{number} is now the baseline of {uuid(1)}\n"))
        self.assertEqual(self.collector.get(f"/v1/vms/{uuid(1)}")["baseline"], number)
        shown = self.run_command("show", uuid(1))[1]
        self.assertIn("accepted by an operator: its next report is awaited", shown)
        self.assertNotIn("Reasons", shown)
        self.assertIn("ticket 7", self.collector.get("/v1/audit")["events"][0]["detail"])
        status, _, _ = self.run_command("accept", uuid(1), "--report", "1", "--json")
        self.assertEqual((status, self.collector.get(f"/v1/vms/{uuid(1)}")["baseline"]), (0, 1))

    def test_trust_ca(self):
        root = os.path.join(DATA, "ek-chain", "root.pem")
        self.assertEqual(self.run_command("trust-ca", "add", root)[:2], (0, "1 added\n"))
        status, out, _ = self.run_command("trust-ca", "list")
        self.assertEqual((status, len(out.splitlines())), (0, 1))
        self.assertEqual(self.run_command("trust-ca", "add")[0], 64)
        self.assertEqual(self.run_command("trust-ca", "add", "/nonexistent")[0], 3)
        status, _, err = self.run_command("trust-ca", "add", __file__)
        self.assertEqual(status, 3)
        self.assertIn("test_operator_commands.py: neither a PEM nor a DER certificate\n", err)

    def test_export(self):
        numbers = [self.collector.report(i % 3) for i in range(1, 8)]
        status, out, _ = self.run_command("export")
        self.assertEqual(status, 0)
        self.assertEqual([json.loads(line)["vtpm"]["report"] for line in out.splitlines()], numbers)
        _, out, _ = self.run_command("export", "--after", str(numbers[4]))
        self.assertEqual(len(out.splitlines()), 2)
        self.assertEqual(self.run_command("export", "--after", str(numbers[-1]))[:2], (0, ""))

    def test_export_tells_what_was_changed(self):
        numbers = [self.collector.report(i) for i in range(1, 4)]
        self.collector.tamper(f"UPDATE reports SET verdict = x'7b7d' WHERE id = {numbers[1]}")
        status, out, err = self.run_command("export")
        self.assertEqual((status, len(out.splitlines())), (2, 3))
        self.assertIn(f"report {numbers[1]}: it was changed", err)
        self.assertEqual(err.count("\n"), 1)

    def test_export_of_the_audit_log(self):
        self.collector.report(1)
        for comment in ("one", "two\u202e", "three"):
            self.collector.post(f"/v1/vms/{uuid(1)}/acceptance", {"comment": comment}, 200)
        status, out, err = self.run_command("export", "--audit")
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual((status, err, len(lines)), (0, "", 3))
        for line, before in zip(lines, [None] + lines):
            vtpm = line["vtpm"]
            self.assertEqual(vtpm["previous_hash"], before["vtpm"]["hash"] if before else 64 * "0")
            # As collector/store/store.h describes it.
            text = b"vtpm-store-audit-v2\0" + bytes.fromhex(vtpm["previous_hash"])
            text += vtpm["at_ms"].to_bytes(8, "big")
            for part in (line["host"]["id"], line["event"]["action"], line["user"]["name"],
                         line["event"]["reason"]):
                text += len(part.encode()).to_bytes(4, "big") + part.encode()
            snapshot = bytes.fromhex(vtpm["snapshot"])
            text += len(snapshot).to_bytes(4, "big") + snapshot
            self.assertEqual(vtpm["hash"], hashlib.sha256(text).hexdigest())
        self.assertEqual(len(self.run_command("export", "--audit", "--after", "1")[1].splitlines()), 2)
        for statement, message in (
                ("UPDATE audit SET actor = 'nobody' WHERE id = 3", "audit event 3: it was changed"),
                ("DELETE FROM audit WHERE id = 2", "audit event 3: the event before it is missing"),
                ("DELETE FROM audit WHERE id = 1", "audit event 3: the events before it are missing")):
            self.collector.tamper(statement)
            status, _, err = self.run_command("export", "--audit")
            self.assertEqual(status, 2)
            self.assertIn(message, err)

    def test_export_of_claims(self):
        numbers = []
        for i in range(1, 4):
            self.collector.report(i)
            numbers.append(self.collector.claim(i, f"192.0.2.{i}"))
        status, out, err = self.run_command("export", "--claims")
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual((status, err, [line["vtpm"]["claim"] for line in lines]), (0, "", numbers))
        self.assertEqual((lines[1]["event"]["dataset"], lines[1]["event"]["kind"], lines[1]["host"]),
                         ("vtpm.claim", "alert", {"id": uuid(2), "name": "web-2"}))
        self.assertEqual(lines[1]["vtpm"]["sender"], {"role": None, "name": None, "address": "192.0.2.2"})
        self.assertEqual(lines[1]["vtpm"]["keys"], {"ek": "77" * 32, "ak_name": "00" * 34})
        _, out, _ = self.run_command("export", "--claims", "--after", str(numbers[1]))
        self.assertEqual([json.loads(line)["vtpm"]["claim"] for line in out.splitlines()], numbers[2:])
        # They are forgotten within a day, the newest too: a number behind the last one is no fault.
        self.collector.tamper("DELETE FROM claims")
        self.assertEqual(self.run_command("export", "--claims", "--after", str(numbers[2])), (0, "", ""))
        self.assertEqual(self.run_command("export", "--claims", "--audit")[0], 64)

    def test_wrong_words(self):
        for words, status in ((("confirm",), 64), (("confirm", "x"), 64),
                              (("confirm", uuid(1), "--event", "party"), 64),
                              (("confirm", uuid(1), "--timeout", "0"), 64),
                              (("list", "--report", "1"), 64), (("list", "x"), 64),
                              (("list", "--status", "fine"), 64), (("export", "--json"), 64),
                              (("accept", uuid(1), "--report", "-1"), 64)):
            with self.subTest(words=words):
                result = self.run_command(*words)
                self.assertEqual(result[:2], (status, ""))
                self.assertEqual(result[2].count("\n"), 1)

    def test_unreachable_and_refused(self):
        def run(*words):
            result = subprocess.run([COLLECTOR, *words], capture_output=True, text=True, timeout=60)
            self.assertEqual(result.stdout, "")
            return result.returncode, result.stderr
        status, err = run("list", "--url", "http://127.0.0.1:1")
        self.assertEqual(status, 3)
        self.assertIn("127.0.0.1", err)
        status, err = run("list", "--url", "http://192.0.2.1")
        self.assertEqual(status, 78)
        self.assertIn("https://", err)
        token = os.path.join(self.collector.state, "wrong")
        with open(token, "w") as file:
            file.write("0" * 64 + "\n")
        self.collector.report(1)
        status, err = run("accept", uuid(1), "--url", self.collector.url(), "--token-file", token)
        self.assertEqual(status, 3)
        self.assertIn("--token-file", err)


if __name__ == "__main__":
    unittest.main()
