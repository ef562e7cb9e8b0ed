#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the agent makes of /sys, in a tree made for it: each driver's model, and TPMs that the machine
shows but no driver serves."""

import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import namespaces  # noqa: E402

MODELS = {
    "tpm_crb": "tpm-crb", "tpm_crb_acpi": "tpm-crb", "tpm_tis": "tpm-tis", "tpm_ibmvtpm": "tpm-spapr",
    "tpm-svsm": "tpm-svsm", "ftpm-tee": "ftpm-tee", "tpm_tis_spi": "tpm-tis-spi", "tpm_tis_i2c": "tpm-tis-i2c",
    "vtpm": "xen-tpmfront", "cr50_i2c": "cr50-i2c", "tpm_loongson": "tpm-loongson",
}
MISSING = "no TPM device: open /dev/tpm0: no such device node"
UNBOUND = "no driver serves the TPM device: open /dev/tpm0: no such device node, but "
# bus, device, modalias as the kernel writes it, and what is said of it
ANNOUNCED = [
    ("acpi", "PNP0C31:00", "acpi:PNP0C31:", "ACPI shows PNP0C31:00; load tpm_tis"),
    ("acpi", "MSFT0101:00", "acpi:MSFT0101:", "ACPI shows MSFT0101:00; load tpm_crb or tpm_tis"),
    ("acpi", "MSFT0101:00", "acpi:MSFT0101:TPM:", "ACPI shows MSFT0101:00; load tpm_crb or tpm_tis"),
    ("platform", "c000000.tpm_tis", "of:Ntpm_tisT(null)Ctcg,tpm-tis-mmio",
     "the kernel shows c000000.tpm_tis; load tpm_tis"),
    ("platform", "tpm-svsm", "platform:tpm-svsm", "the kernel shows tpm-svsm; load tpm_svsm"),
    ("platform", "ftpm", "of:NftpmT(null)Cmicrosoft,ftpm", "the kernel shows ftpm; load tpm_ftpm_tee"),
    ("spi", "spi0.0", "spi:tpm_tis-spi", "the kernel shows spi0.0; load tpm_tis_spi"),
    ("i2c", "1-002e", "of:NtpmT(null)Cinfineon,slb9673Ctcg,tpm-tis-i2c",
     "the kernel shows 1-002e; load tpm_tis_i2c"),
    ("vio", "30000003", "vio:TIBM,vtpmSIBM,vtpm20", "the kernel shows 30000003; load tpm_ibmvtpm"),
    ("xen", "vtpm-0", "xen:vtpm", "the kernel shows vtpm-0; load xen-tpmfront"),
]


@unittest.skipIf(os.path.exists("/dev/tpm0"), "this machine has a TPM")
class Devices(unittest.TestCase):
    def setUp(self):
        namespaces.tmpfs("/sys", "1m")
        self.addCleanup(namespaces.unmount, "/sys")

    def write(self, path, content):
        os.makedirs(os.path.dirname(f"/sys/{path}"), exist_ok=True)
        with open(f"/sys/{path}", "wb") as file:
            file.write(content)

    def announce(self, bus="acpi", device="MSFT0101:00", modalias="acpi:MSFT0101:", **attributes):
        for name, text in {"modalias": modalias, **attributes}.items():
            self.write(f"bus/{bus}/devices/{device}/{name}", f"{text}\n".encode())

    def start_method(self, method):
        self.write("firmware/acpi/tables/TPM2", struct.pack("<36xHHQI", 0, 0, 0, method))

    def sentence(self):
        result = agent.status()
        self.assertEqual(result.code, 2)
        device = result.checks["device"]
        self.assertEqual(device["result"], "fail")
        code = result.evidence["session"]["error"]["code"]
        self.assertEqual(code, "device-missing" if device["sentence"] == MISSING
                         else "device-unbound")
        return device["sentence"]

    def report(self, uuid=None):
        if uuid:
            self.write("class/dmi/id/product_uuid", f"{uuid}\n".encode())
        return agent.run("report", "--url", "http://127.0.0.1:9")

    def test_no_smbios(self):
        """Root, too, has to name the VM then."""
        result = self.report()
        self.assertEqual(result.code, 3, result)
        self.assertIn("this VM's UUID is not known: name it with --uuid (/sys/class/dmi/id: the machine "
                      "has no SMBIOS)", result.err)

    def test_placeholders(self):
        for uuid in ("00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
                     "03000200-0400-0500-0006-000700080009"):
            result = self.report(uuid)
            self.assertEqual(result.code, 3, result)
            self.assertIn(f"name it with --uuid (/sys/class/dmi/id/product_uuid: {uuid.lower()} is a "
                          "placeholder, which many machines have)", result.err)
            self.assertNotIn("uuid", agent.status().evidence["smbios"])
        self.write("class/dmi/id/product_uuid", b"5d0c9b52-3b8e-4f8e-a3a4-0b1f6f2c9d10\n")
        self.assertEqual(agent.status().evidence["smbios"]["uuid"],
                         "5d0c9b52-3b8e-4f8e-a3a4-0b1f6f2c9d10")

    def test_models(self):
        os.makedirs("/sys/class/tpm/tpm0/device")
        for driver, model in MODELS.items():
            with self.subTest(driver):
                os.symlink(f"../../bus/any/drivers/{driver}", "/sys/class/tpm/tpm0/device/driver")
                device = agent.status().evidence["device"]
                self.assertEqual((device["driver"], device["model"]), (driver, model))
                os.unlink("/sys/class/tpm/tpm0/device/driver")

    def test_model_of_a_program(self):
        os.makedirs("/sys/class/tpm/tpm0")
        self.assertEqual(agent.status().evidence["device"]["model"], "tpm-vtpm-proxy")

    def test_nothing_is_shown(self):
        self.assertEqual(self.sentence(), MISSING)
        self.announce(device="LNXSYSTM:00", modalias="acpi:LNXSYSTM:")
        self.assertEqual(self.sentence(), MISSING)

    def test_announced(self):
        for bus, device, modalias, sentence in ANNOUNCED:
            with self.subTest(modalias):
                self.announce(bus, device, modalias)
                self.assertEqual(self.sentence(), UNBOUND + sentence)
                os.unlink(f"/sys/bus/{bus}/devices/{device}/modalias")

    def test_the_table_tells_which(self):
        self.announce(status=15)
        for method, module in ((6, "tpm_tis"), (7, "tpm_crb"), (2, "tpm_crb"), (15, "tpm_crb")):
            self.start_method(method)
            self.assertEqual(self.sentence(), f"{UNBOUND}ACPI shows MSFT0101:00; load {module}")
        self.write("firmware/acpi/tables/TPM2", b"TPM2")
        self.assertEqual(self.sentence(),
                         f"{UNBOUND}ACPI shows MSFT0101:00; load tpm_crb or tpm_tis")

    def test_the_driver_gave_up(self):
        self.announce()
        self.start_method(7)
        for driver in ("acpi/drivers/tpm_crb", "platform/drivers/tpm_crb_acpi"):
            os.makedirs(f"/sys/bus/{driver}")
            self.assertEqual(self.sentence(), f"{UNBOUND}ACPI shows MSFT0101:00; tpm_crb is there, but "
                             "does not serve it")
            os.rmdir(f"/sys/bus/{driver}")

    def test_switched_off_by_the_firmware(self):
        self.announce(status=0)
        self.assertEqual(self.sentence(), MISSING)

    def test_the_kernel_has_one(self):
        self.announce()
        os.makedirs("/sys/class/tpm/tpm0/device")
        self.assertEqual(self.sentence(), MISSING)


if __name__ == "__main__":
    namespaces.leave_mounts()
    unittest.main()
