#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""BitLocker's volumes, by a server of COM in the place of WMI's: what Windows tells, and what of it the
agent makes, with and without a baseline, before a real TPM."""

import json
import os
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import oracle  # noqa: E402
from wine import Wine  # noqa: E402

GUID = "26a21bda-a627-11d7-9931-806e6f6e6963"
OTHER = "0c5b2d1e-93b5-4a6e-8a56-2f3a1e0f9d11"
ON, SUSPENDED, OFF = "1 0 1 0", "0 0 1 1", "0 0 0 0"
TPM, PASSWORD, TPM_PIN, TPM_KEY, TPM_PIN_KEY = "1 7,11", "3", "4 0,2,4,11", "5 7,11", "6 7,11"
ACCESS_DENIED, INVALID_NAMESPACE, INVALID_CLASS = "80041003", "8004100E", "80041010"


class BitLocker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.wine = Wine()
        cls.wine.use_wmi()
        cls.tpm = cls.wine.tpm().start()
        cls.wine.agent("baseline", "save", "--force", "baseline.json", tpm=cls.tpm)

    def save(self, name, *volumes, tpm=None):
        """A baseline of these volumes, made one of an earlier boot."""
        result = self.wine.agent("baseline", "save", "--force", name, tpm=tpm or self.tpm, WMI_VOLUMES=self.told(*volumes))
        self.assertIn(result.code, (0, 1), result)  # a firmware that measures nothing is a warning
        with open(self.wine.path(name)) as file:
            document = json.load(file)
        self.assertNotEqual(document["guest"]["boot_id"], str(uuid.UUID(int=1)))
        document["guest"]["boot_id"] = str(uuid.UUID(int=1))
        with open(self.wine.path(name), "w") as file:
            json.dump(document, file)

    @classmethod
    def tearDownClass(cls):
        cls.tpm.close()
        cls.wine.close()

    def told(self, *volumes):
        """Writes what the server tells: of each volume letter, GUID and states, and its protectors."""
        with open(self.wine.path("volumes"), "w") as file:
            for letter, guid, states, *protectors in volumes:
                file.write(f"volume {letter} {guid} {states}\n")
                file.writelines(f"protector {protector}\n" for protector in protectors)
        return "Z:" + self.wine.path("volumes")

    def run_unlock(self, words, volumes, tpm=None, **environment):
        return self.wine.agent("unlock", *words, tpm=tpm or self.tpm, WMI_VOLUMES=self.told(*volumes), **environment)

    def unlock(self, *volumes, baseline=None, tpm=None, **environment):
        words = ["--json"] + (["--baseline", baseline] if baseline else [])
        result = self.run_unlock(words, volumes, tpm, **environment)
        self.assertEqual(result.err, "", result)
        return result

    def only(self, result, code):
        """The one volume, after it was held to the exit status."""
        self.assertEqual(result.code, code, result)
        self.assertEqual(len(result.json["volumes"]), 1, result)
        return result.json["volumes"][0]

    def test_without_a_baseline_nothing_is_promised(self):
        volume = self.only(self.unlock(("C:", GUID, ON, TPM, PASSWORD)), 3)
        self.assertEqual((volume["device"], volume["uuid"], volume["result"]), ("C:", GUID, "unseen"))
        self.assertEqual([(slot["type"], slot["result"], slot.get("pcrs")) for slot in volume["slots"]],
                         [("bitlocker-tpm", "unseen", [7, 11]), ("bitlocker-recovery-password", "not-tpm", None)])

    def test_same_as_at_the_baseline(self):
        for protector, result in ((TPM, "opens"), (TPM_PIN, "needs-pin"), (TPM_KEY, "needs-key"),
                                  (TPM_PIN_KEY, "needs-key")):
            with self.subTest(protector):
                self.save("before.json", ("C:", GUID, ON, protector))
                volume = self.only(self.unlock(("C:", GUID, ON, protector), baseline="before.json"), 0)
                self.assertEqual(volume["result"], result)

    def test_what_a_baseline_does_not_prove(self):
        """Of this very boot, or of one in which the disk was not protected: whether it opens shows later."""
        volume = ("C:", GUID, ON, TPM)
        self.wine.agent("baseline", "save", "--force", "now.json", tpm=self.tpm, WMI_VOLUMES=self.told(volume))
        result = self.only(self.unlock(volume, baseline="now.json"), 3)
        self.assertEqual((result["result"], result["slots"][0]["detail"]),
                         ("unseen", "the baseline is of this very boot, or it is not known of which"))
        page = self.run_unlock(("--baseline", "now.json"), [volume]).out
        self.assertIn("cannot be told; the baseline is of this very boot", " ".join(page.split()))
        for before in (("C:", GUID, OFF), ("C:", GUID, SUSPENDED, TPM), ("C:", OTHER, ON, TPM)):
            with self.subTest(before):
                self.save("before.json", before)
                self.assertEqual(self.only(self.unlock(volume, baseline="before.json"), 3)["result"], "unseen")

    def test_a_service_does_not_forget(self):
        """Its baseline moves on, also over a boot with the recovery key."""
        volume = ("C:", GUID, ON, TPM)

        def run(*volumes):
            self.wine.agent("run", "--once", "--state", "state", tpm=tpm, WMI_VOLUMES=self.told(*volumes))
            result = self.run_unlock(("--json", "--state", "state"), [volume], tpm)
            return self.only(result, result.code)["result"]
        with self.wine.tpm() as tpm:
            self.assertEqual(run(volume), "unseen")
            oracle.tpm2(tpm, "pcrextend", "7:sha1=" + 20 * "ab" + ",sha256=" + 32 * "ab")
            self.assertEqual(run(volume), "pcr-differs")
            self.assertEqual(run(volume), "pcr-differs")
            # Resumed, it was sealed anew.
            self.assertEqual(run(("C:", GUID, SUSPENDED, TPM)), "unseen")

    def test_a_pin_is_a_warning_before_a_reboot(self):
        self.save("before.json", ("C:", GUID, ON, TPM_PIN))
        result = self.run_unlock(("--before-reboot", "--baseline", "before.json"), [("C:", GUID, ON, TPM_PIN)])
        self.assertEqual(result.code, 1, result)

    def test_suspended(self):
        for restarts, words in (("1", "for 1 more restart"), ("0", "until somebody resumes it")):
            volume = self.only(self.unlock(("C:", GUID, f"0 0 1 {restarts}", TPM)), 0)
            self.assertEqual((volume["result"], volume["slots"][0]["detail"]), ("suspended", words))
        # A Windows that does not count them.
        volume = self.only(self.unlock(("C:", GUID, SUSPENDED, TPM), WMI_METHOD="GetSuspendCount:80041002"), 0)
        self.assertEqual(volume["slots"][0]["detail"], "for how long is not told")

    def test_pcr_changed(self):
        with self.wine.tpm() as tpm:
            volumes = (("C:", GUID, ON, TPM, PASSWORD), ("D:", OTHER, ON, TPM_PIN))
            self.save("before.json", *volumes, tpm=tpm)
            oracle.tpm2(tpm, "pcrextend", "7:sha1=" + 20 * "ab" + ",sha256=" + 32 * "ab")
            result = self.unlock(*volumes, baseline="before.json", tpm=tpm)
            first, second = result.json["volumes"]
            self.assertEqual((result.code, first["result"], second["result"]), (2, "pcr-differs", "needs-pin"))
            self.assertEqual(first["slots"][0]["differ"], [7])
            page = self.run_unlock(("--baseline", "before.json"), volumes, tpm).out
            for words in ("asks for the recovery key: PCR 7 holds another value than at the baseline",
                          "manage-bde -protectors -disable C:, then -enable"):
                self.assertIn(words, " ".join(page.split()))
            # The same of a verdict, whichever it is.
            verdict = self.wine.agent("compare", "before.json", "--json", tpm=tpm,
                                      WMI_VOLUMES=self.told(*volumes)).json
            self.assertIn("1 of 2 disks will not open at the next boot, for PCR 7: " + GUID,
                          [reason["sentence"] for reason in verdict["reasons"]])

    def test_bitlockers_own_pcr_is_not_compared(self):
        with self.wine.tpm() as tpm:
            self.save("before.json", ("C:", GUID, ON, TPM), tpm=tpm)
            oracle.tpm2(tpm, "pcrextend", "11:sha1=" + 20 * "ab" + ",sha256=" + 32 * "ab")
            volume = self.only(self.unlock(("C:", GUID, ON, TPM), baseline="before.json", tpm=tpm), 0)
            self.assertEqual(volume["result"], "opens")

    def test_cleared(self):
        with self.wine.tpm() as tpm:
            self.wine.agent("baseline", "save", "--force", "before.json", tpm=tpm)
            oracle.tpm2(tpm, "clear", "-c", "p")
            volume = self.only(self.unlock(("C:", GUID, ON, TPM), baseline="before.json", tpm=tpm), 2)
            self.assertEqual(volume["result"], "other-vtpm")

    def test_replaced(self):
        with self.wine.tpm() as tpm:
            volume = self.only(self.unlock(("C:", GUID, ON, TPM), baseline="baseline.json", tpm=tpm), 2)
            self.assertEqual(volume["result"], "other-vtpm")
            verdict = self.wine.agent("compare", "baseline.json", "--json", tpm=tpm,
                                      WMI_VOLUMES=self.told(("C:", GUID, ON, TPM))).json
            self.assertIn("disks-will-not-open", [reason["code"] for reason in verdict["reasons"]])

    def test_no_protector_of_a_tpm(self):
        volume = self.only(self.unlock(("C:", GUID, ON, PASSWORD)), 0)
        self.assertEqual((volume["result"], volume["slots"][0]["type"]), ("not-tpm", "bitlocker-recovery-password"))

    def test_not_encrypted(self):
        volume = self.only(self.unlock(("-", GUID, OFF)), 0)
        self.assertEqual(volume["device"], rf"\\?\Volume{{{GUID}}}" + "\\")
        self.assertEqual((volume["result"], volume["slots"][0]["detail"]), ("not-tpm", "BitLocker is off"))

    def test_locked(self):
        volume = self.only(self.unlock(("E:", GUID, "2 1 0 0", TPM)), 3)
        self.assertEqual(volume["slots"][0]["detail"], "the volume is locked now")

    def test_one_is_asked_for(self):
        volumes = (("C:", GUID, ON, TPM), ("D:", OTHER, ON, PASSWORD))
        result = self.run_unlock(("--json", "--volume", "d:"), volumes)
        self.assertEqual(self.only(result, 0)["device"], "D:")
        result = self.run_unlock(("--json", "--volume", "F:"), volumes)
        self.assertEqual((result.code, result.out), (3, ""), result)
        self.assertIn("BitLocker knows no volume F:", result.err)

    def test_more_volumes_than_room(self):
        result = self.unlock(*(("-", f"26a21bda-a627-11d7-9931-{number:012x}", ON, TPM) for number in range(90)))
        self.assertEqual((len(result.json["volumes"]), result.json["left_out"]), (16, 74))

    def test_no_bitlocker_here(self):
        for variable, code in (("WMI_CONNECT", INVALID_NAMESPACE), ("WMI_CLASS", INVALID_CLASS)):
            result = self.unlock(("C:", GUID, ON, TPM), **{variable: code})
            self.assertEqual((result.code, result.json["volumes"]), (0, []), result)

    def test_access_denied(self):
        volumes = [("C:", GUID, ON, TPM)]
        for variable in ("WMI_CONNECT", "WMI_CLASS", "WMI_LIST"):
            with self.subTest(variable):
                result = self.run_unlock((), volumes, **{variable: ACCESS_DENIED})
                self.assertEqual(result.code, 3, result)
                self.assertIn("run as administrator", result.err)
                # All else is told, and what is missing is named.
                result = self.wine.agent(tpm=self.tpm, WMI_VOLUMES=self.told(*volumes), **{variable: ACCESS_DENIED})
                self.assertIn("an administrator also sees which disks open", " ".join(result.out.split()))

    def test_garbage(self):
        for name in ("ProtectionStatus", "LockStatus", "ConversionStatus", "VolumeKeyProtectorID", "KeyProtectorType",
                     "PlatformValidationProfile", "ReturnValue", "__PATH"):
            for kind in ("WMI_NULL", "WMI_TYPE"):
                with self.subTest(name=name, kind=kind):
                    volume = self.only(self.unlock(("C:", GUID, ON, TPM), baseline="baseline.json", **{kind: name}), 3)
                    self.assertEqual((volume["result"], volume["slots"][0]["type"]), ("unknown", "bitlocker"))
        for name in ("VolumeKeyProtectorID", "PlatformValidationProfile"):
            with self.subTest(huge=name):
                volume = self.only(self.unlock(("C:", GUID, ON, TPM), baseline="baseline.json", WMI_HUGE=name), 3)
                self.assertEqual(volume["result"], "unknown")
        volume = self.only(self.unlock(("C:", GUID, ON, "1 7,24"), baseline="baseline.json"), 3)
        self.assertEqual(volume["result"], "unknown")
        # Without a name it is still a volume.
        volume = self.only(self.unlock(("C:", GUID, SUSPENDED, TPM), WMI_NULL="DeviceID"), 0)
        self.assertEqual((volume["device"], volume.get("uuid")), ("C:", None))

    def test_methods_that_fail(self):
        for kind in ("WMI_METHOD", "WMI_FAIL"):
            for method in ("GetProtectionStatus", "GetLockStatus", "GetConversionStatus", "GetKeyProtectors",
                           "GetKeyProtectorType", "GetKeyProtectorPlatformValidationProfile"):
                with self.subTest(kind=kind, method=method):
                    volume = self.only(self.unlock(("C:", GUID, ON, TPM), **{kind: f"{method}:80310000"}), 3)
                    self.assertEqual(volume["slots"][0]["detail"], f"{method}: 0x80310000")

    def test_a_provider_that_hangs(self):
        for method in ("ConnectServer", "GetKeyProtectors"):
            with self.subTest(method):
                result = self.run_unlock(("--timeout", "8"), [("C:", GUID, ON, TPM)], WMI_SILENT=method)
                self.assertEqual(result.code, 3, result)
                self.assertIn("BitLocker did not answer in time", result.err)
                self.assertLess(result.seconds, 8)
                # The TPM has its time all the same.
                result = self.wine.status("--timeout", "8", tpm=self.tpm, WMI_SILENT=method,
                                          WMI_VOLUMES=self.told(("C:", GUID, ON, TPM)))
                self.assertEqual(result.checks["attestation"]["result"], "pass", result)
                self.assertIn("BitLocker did not answer in time", result.checks["disk-unlock"]["sentence"])

    def test_evidence_has_no_letter_and_no_id(self):
        part = self.wine.evidence(tpm=self.tpm, WMI_VOLUMES=self.told(("C:", GUID, ON, TPM))).json["unlock"]
        self.assertEqual(part, {"volumes": [{"uuid": GUID, "slots": [
            {"token": 0, "type": "bitlocker-tpm", "result": "unseen", "pcrs": [7, 11]}]}]})


if __name__ == "__main__":
    unittest.main()
