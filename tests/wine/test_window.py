#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-status.exe: what its controls show, and what comes of its keys."""

import json
import os
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from display import Display  # noqa: E402
from status_window import StatusWindow, without_times  # noqa: E402
from wine import Wine  # noqa: E402

TPM_CC_CREATE_PRIMARY = "131"
SECTIONS = ["Health", "TPM", "Keys", "NV indices", "PCRs", "Lockout and authorizations",
            "Clock and boots", "In Windows' words", "Guest"]
# win32/resources/icons, by their place in the list of images; a row without a mark has none.
IMAGES = {"OK": 0, "Warning": 1, "Failed": 2, "Unknown": 3, "": -2}
LOG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "eventlog")
NO_TPM = "mscoree,mshtml=;tbs=b"


class Window(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.display = Display()
        cls.wine = Wine(cls.display)
        cls.wine.use_wmi()
        cls.tpm = cls.wine.tpm().start()

    @classmethod
    def tearDownClass(cls):
        cls.tpm.close()
        cls.wine.close()
        cls.display.close()

    def open(self, *words, **options):
        options.setdefault("tpm", self.tpm)
        return StatusWindow(self.wine, *words, **options)

    def test_status(self):
        with self.open() as window:
            seen = window.ready()
            self.assertEqual(list(seen.sections()), SECTIONS)
            self.assertEqual(seen.row("Health", "Attestation").mark, "OK")
            self.assertEqual({row.mark: row.image for row in seen.rows},
                             {mark: IMAGES[mark] for mark in {row.mark for row in seen.rows}})
            # SeaBIOS and OVMF measure; swtpm alone has nobody who does.
            self.assertEqual((seen.verdict, seen.title), ("Warning", "vTPM status – warning"))
            self.assertIn("PCR 0 to 7 are all zero", seen.headline)
            # What decides is selected, and stands below in full, with its remedy.
            self.assertEqual([row.label for row in seen.selected()], ["Boot PCRs"])
            self.assertIn("What to do: On the host, use a firmware", seen.details)
            self.assertFalse(seen.controls["Restart as administrator"].visible)

    def test_boot(self):
        """What was booted, where there is a log: the rows of vtpm-agent boot."""
        log = "Z:" + os.path.realpath(os.path.join(LOG, "rhel-shim-grub.bin"))
        with self.open(TBS_LOG=log) as window:
            seen = window.ready()
            self.assertEqual([name for name in seen.sections() if name not in SECTIONS],
                             ["What was started", "Secure Boot"])
            self.assertEqual(seen.row("Secure Boot", "Secure Boot").found, "on")
            self.assertIn("Microsoft Corporation UEFI CA 2011 (db)", seen.row("Secure Boot", "Let pass by").found)
            self.assertIn("shimx64.efi", seen.row("What was started", "Program").found)

    def test_disks(self):
        """BitLocker's, where there are some: the rows of vtpm-agent unlock, by the service's baseline too."""
        with open(self.wine.path("volumes"), "w") as file:
            file.write("volume C: 26a21bda-a627-11d7-9931-806e6f6e6963 1 0 1 0\nprotector 1 7,11\nprotector 3\n")
        told = {"WMI_VOLUMES": "Z:" + self.wine.path("volumes")}
        with self.open(**told) as window:
            seen = window.ready()
            self.assertIn("C:, 26a21bda-a627-11d7-9931-806e6f6e6963", seen.row("Encrypted disks", "Disk").found)
            row = seen.row("Encrypted disks", "Protector 0")
            self.assertEqual(row.mark, "Unknown")
            self.assertIn("cannot be told without a baseline", row.found)
        os.mkdir(self.wine.path("state"))
        self.wine.agent("baseline", "save", "--force", "state\\baseline.json", tpm=self.tpm, **told)
        # Of an earlier boot: of this very one it would promise nothing.
        with open(self.wine.path("state/baseline.json")) as file:
            document = json.load(file)
        document["guest"]["boot_id"] = str(uuid.UUID(int=1))
        with open(self.wine.path("state/baseline.json"), "w") as file:
            json.dump(document, file)
        with self.open("--state", "state", **told) as window:
            seen = window.ready()
            self.assertEqual(seen.row("Encrypted disks", "Protector 0").mark, "OK")
            # What is saved is what was read: evidence knows no baseline.
            window.press("ctrl+s")
            window.answer_dialog("disks.json")
            window.wait(lambda seen: seen.status == "Evidence saved")
            with open(self.wine.path("disks.json")) as file:
                self.assertEqual(json.load(file)["unlock"]["volumes"][0]["slots"][0]["result"], "unseen")

    def test_says_what_the_console_says(self):
        """One model, two views; and a copy is the console's page."""
        with self.open() as window:
            window.ready()
            window.press("ctrl+c")
            window.wait(lambda seen: seen.status == "Copied as text")
            copied = window.clipboard()
            console = self.wine.agent(tpm=self.tpm).out
            self.assertGreater(len(copied.splitlines()), 40)
            self.assertEqual(without_times(copied), without_times(console))

    def test_keyboard(self):
        with self.open() as window:
            self.assertEqual(window.ready().focus.kind, "SysListView32")
            window.press("Home", "Down", "Down", "Down")
            seen = window.look()
            self.assertEqual(len(seen.selected()), 1)
            self.assertTrue(seen.details.startswith(seen.selected()[0].label + ": "))
            focused = []
            for _ in range(7):
                window.press("Tab")
                focused.append(window.look().focus.text.split("\n")[0])
            self.assertTrue(focused[0].startswith(seen.selected()[0].label))
            self.assertEqual(focused[1:], ["&Refresh", "&Copy as text", "&Save evidence…", "nothing",
                                           "Co&mpare with baseline…", "Checks and properties"])
            window.press("Escape")
            self.assertTrue(window.has_ended())

    def test_refresh_shows_another_tpm(self):
        with self.wine.tpm() as tpm, self.open(tpm=tpm) as window:
            before = window.ready().row("Clock and boots", "Resets").found
            tpm.restart()
            after = window.refresh()
            self.assertNotEqual(after.row("Clock and boots", "Resets").found, before)
            self.assertEqual([row.label for row in after.selected()], ["Boot PCRs"])

    def test_saves_and_compares(self):
        with self.wine.tpm() as tpm, self.open(tpm=tpm) as window:
            window.ready()
            window.press("ctrl+s")
            window.answer_dialog("saved.json")
            window.wait(lambda seen: seen.status == "Evidence saved")
            result = self.wine.agent("compare", "saved.json", "--json", tpm=tpm)
            self.assertEqual(result.json["continuity"], "continuous", result)

            window.press("ctrl+o")
            window.answer_dialog("saved.json")
            seen = window.wait(lambda seen: seen.is_idle and "Reasons" in seen.sections())
            self.assertEqual((seen.verdict, seen.title), ("Continuous", "vTPM status – continuous"))
            self.assertTrue(seen.controls["Back to status"].visible)

            tpm.restart()  # without a reboot of this Windows, as when it was hibernated
            self.wine.age_clock(tpm)
            window.press("F5")
            seen = window.wait(lambda seen: seen.verdict == "Restarted")
            self.assertEqual(seen.rows[1].mark, "Warning")

            window.press("Escape")
            window.wait(lambda seen: seen.is_idle and "Health" in seen.sections())

    def test_compares_after_an_announced_event(self):
        with self.wine.tpm() as tpm, self.open(tpm=tpm) as window:
            self.wine.agent("baseline", "save", "--force", "announced.json", tpm=tpm)
            window.ready()
            window.press("alt+e", "Down")  # live migration
            window.press("ctrl+o")
            window.answer_dialog("announced.json")
            seen = window.wait(lambda seen: seen.is_idle and "Reasons" in seen.sections())
            self.assertIn("live-migration announced", seen.controls["summary"].text)

    def test_no_baseline_in_that_file(self):
        with open(self.wine.path("broken.json"), "w") as file:
            file.write("{}")
        with self.open() as window:
            window.ready()
            window.press("ctrl+o")
            window.answer_dialog("broken.json")
            window.answer_message("not \"vtpm-evidence\"")
            self.assertIn("Health", window.ready().sections())

    def test_wrong_words(self):
        for words, message in ((("--frob",), "--frob"), (("compare",), "takes no command"),
                               (("--json",), "no form of output"), (("--event", "clear"), "--event"),
                               (("--timeout", "0"), "from 1 to 3600")):
            with self.subTest(words=words), self.open(*words) as window:
                window.answer_message(message)
                self.assertTrue(window.has_ended())
                self.assertEqual(window.child.returncode, 64)

    def test_saved_evidence_is_what_was_shown(self):
        with self.wine.tpm() as tpm, self.open(tpm=tpm) as window:
            shown = window.ready().row("Clock and boots", "Resets").found
            tpm.restart()
            window.press("ctrl+s")
            window.answer_dialog("shown.json")
            window.wait(lambda seen: seen.status == "Evidence saved")
            with open(self.wine.path("shown.json")) as file:
                clock = json.load(file)["clock"]
            self.assertEqual(f"{clock['reset_count']}, restarts {clock['restart_count']}", shown)

    def test_no_tpm(self):
        with self.open(WINEDLLOVERRIDES=NO_TPM) as window:
            seen = window.ready()
            self.assertEqual(seen.verdict, "Broken")
            self.assertEqual(list(seen.sections()), ["Health", "Guest"])
            self.assertEqual(seen.row("Health", "Device").mark, "Failed")
            self.assertIn("0x8028400f", seen.headline)

    def test_hung_tpm(self):
        self.tpm.suspend()
        try:
            with self.open("--timeout", "6") as window:
                seen = window.wait(lambda seen: seen.status.startswith("Asking the TPM"))
                self.assertIn("of at most 6 s", seen.status)
                self.assertTrue(window.is_alive())
                self.assertFalse(seen.controls["Refresh"].enabled)
                seen = window.ready()
                self.assertEqual(seen.verdict, "Broken")
                self.assertIn("did not answer", seen.headline)
        finally:
            self.tpm.resume()
            self.tpm.restart()

    def test_closes_while_the_tpm_hangs(self):
        self.tpm.suspend()
        try:
            with self.open("--timeout", "60") as window:
                window.wait(lambda seen: seen.status.startswith("Asking the TPM"))
                window.press("Escape")
                self.assertTrue(window.has_ended())
        finally:
            self.tpm.resume()
            self.tpm.restart()

    def test_not_elevated(self):
        with self.open(limited=True, TBS_COMMAND=f"{TPM_CC_CREATE_PRIMARY}:80280400") as window:
            seen = window.ready()
            self.assertTrue(seen.controls["Restart as administrator"].visible)
            self.assertEqual(seen.controls["refused"].text,
                             "An administrator also sees the owner seed, attestation key and quote.")
            self.assertEqual(seen.row("TPM", "Manufacturer").mark, "")
            self.assertNotIn("as administrator", seen.status)


if __name__ == "__main__":
    unittest.main()
