#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every value the agent shows is what tpm2-tools, IBM's tss2 and OpenSSL find in the same TPM."""

import base64
import datetime
import hashlib
import os
import re
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import manufacture  # noqa: E402
import oracle  # noqa: E402
from swtpm import Swtpm  # noqa: E402

BANKS = "sha1,sha256,sha384"
OUR_POLICY = hashlib.sha256(b"vtpm-agent").digest()
CURVES = {"P-192": "NIST_P192", "P-224": "NIST_P224", "P-256": "NIST_P256", "P-384": "NIST_P384",
          "P-521": "NIST_P521"}


def number(text):
    return int(text, 0)


def bits_of(fields, positions):
    return sum(int(fields[name]) << bit for name, bit in positions.items())


class Evidence(unittest.TestCase):
    """One TPM with something in every list, read once by everybody."""

    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm(banks=BANKS))
        cls.furnish()
        cls.status = agent.status(tpm=cls.tpm)
        cls.evidence = agent.evidence(tpm=cls.tpm).json
        cls.seen = (cls.status.evidence, cls.evidence)

    @classmethod
    def furnish(cls):
        tpm = cls.tpm
        oracle.tpm2(tpm, "pcrextend", "7:sha1=" + "11" * 20 + ",sha256=" + "22" * 32)
        oracle.tpm2(tpm, "pcrextend", "23:sha384=" + "33" * 48)
        oracle.tpm2(tpm, "nvdefine", "0x1500001", "-s", "8", "-a", "ownerread|ownerwrite|authread")
        oracle.tpm2(tpm, "nvdefine", "0x1500002", "-s", "8", "-a",
                    "nt=counter|ownerread|ownerwrite|authread|authwrite|no_da")
        oracle.tpm2(tpm, "nvincrement", "0x1500002", "-C", "o")
        path = os.path.join(tpm.directory, "srk")
        oracle.tpm2(tpm, "createprimary", "-C", "o", "-G", "rsa2048", "-c", path)
        oracle.tpm2(tpm, "evictcontrol", "-C", "o", "-c", path, "0x81000001")
        oracle.tpm2(tpm, "flushcontext", "-t")
        oracle.tpm2(tpm, "dictionarylockout", "-s", "-n", "7", "-t", "100", "-l", "200")
        # An orderly power cycle, so that the counters are not those of every new TPM.
        tpm.restart()
        oracle.tpm2(tpm, "pcrextend", "7:sha1=" + "11" * 20 + ",sha256=" + "22" * 32)

    def test_document(self):
        for document in self.seen:
            self.assertEqual((document["format"], document["version"]), ("vtpm-evidence", "1.1"))
            self.assertEqual([name for name, part in document.items()
                              if isinstance(part, dict) and "error" in part
                              and name not in ("smbios", "event_log")], [])
        self.assertEqual((self.status.json["format"], self.status.json["exit_code"]),
                         ("vtpm-status", self.status.code))
        self.assertEqual(self.status.code, 0, self.status)

    def test_properties(self):
        expected = {name: number(value["raw"]) for name, value in
                    oracle.capability(self.tpm, "properties-fixed").items()}
        variable = oracle.capability(self.tpm, "properties-variable")
        expected["TPM2_PT_PERMANENT"] = bits_of(variable.pop("TPM2_PT_PERMANENT"), {
            "ownerAuthSet": 0, "endorsementAuthSet": 1, "lockoutAuthSet": 2, "disableClear": 8,
            "inLockout": 9, "tpmGeneratedEPS": 10})
        expected["TPM2_PT_STARTUP_CLEAR"] = bits_of(variable.pop("TPM2_PT_STARTUP_CLEAR"), {
            "phEnable": 0, "shEnable": 1, "ehEnable": 2, "phEnableNV": 3, "orderly": 31})
        expected.update((name, number(value)) for name, value in variable.items())
        # tpm2-tools 5.4 leaves this one out.
        expected.setdefault("TPM2_PT_MAX_CAP_BUFFER", 1024)
        for document in self.seen:
            self.assertEqual(document["properties"]["values"], expected)
        self.assertEqual(expected["TPM2_PT_MAX_AUTH_FAIL"], 7)

    def test_properties_by_tss(self):
        names, values = zip(*self.evidence["properties"]["values"].items())
        border = names.index("TPM2_PT_PERMANENT")
        for first, group in (("0x100", values[:border]), ("0x200", values[border:])):
            text = oracle.tss(self.tpm, "getcapability", "-cap", "6", "-pr", first)
            found = re.findall(r"^TPM_PT ([0-9a-f]{8}) value ([0-9a-f]{8}) (TPM_PT_\w+)", text, re.M)
            self.assertEqual(tuple(int(value, 16) for _, value, _ in found), group)
            self.assertEqual(len(found), int(text.split()[0]))

    def test_properties_decoded(self):
        fixed = oracle.capability(self.tpm, "properties-fixed")
        raw = {name: number(value["raw"]) for name, value in fixed.items()}
        seen = self.status.json["tpm"]
        day = datetime.date(raw["TPM2_PT_YEAR"], 1, 1) + datetime.timedelta(
            raw["TPM2_PT_DAY_OF_YEAR"] - 1)
        vendor = b"".join(struct.pack(">I", raw[f"TPM2_PT_VENDOR_STRING_{i}"]) for i in range(1, 5))
        version = struct.pack(">II", raw["TPM2_PT_FIRMWARE_VERSION_1"],
                              raw["TPM2_PT_FIRMWARE_VERSION_2"])
        self.assertEqual(seen["family"], fixed["TPM2_PT_FAMILY_INDICATOR"]["value"].strip('"'))
        self.assertEqual(seen["specification_revision"], fixed["TPM2_PT_REVISION"]["value"])
        self.assertEqual(seen["specification_date"], day.isoformat())
        self.assertEqual(seen["manufacturer"], fixed["TPM2_PT_MANUFACTURER"]["value"].strip('"'))
        self.assertEqual(seen["vendor"], vendor.rstrip(b"\0").decode())
        self.assertEqual(seen["firmware"], ".".join(map(str, struct.unpack(">4H", version))))
        self.assertEqual(seen["total_commands"],
                         len(re.findall(r"commandIndex:", oracle.tpm2(self.tpm, "getcap",
                                                                      "commands"))))
        self.assertEqual(seen["lockout"],
                         {"counter": 0, "max": 7, "interval_s": 100, "recovery_s": 200})
        self.assertEqual(seen["permanent"], dict.fromkeys(
            ("owner_auth_set", "endorsement_auth_set", "lockout_auth_set", "clear_disabled",
             "in_lockout"), False))
        self.assertEqual(seen["startup_clear"], dict.fromkeys(
            ("platform_enabled", "owner_enabled", "endorsement_enabled", "orderly"), True))

    def test_algorithms(self):
        expected = {name: bits_of(fields, {"asymmetric": 0, "symmetric": 1, "hash": 2, "object": 3,
                                           "signing": 8, "encrypting": 9, "method": 10})
                    for name, fields in oracle.capability(self.tpm, "algorithms").items()}
        seen = self.evidence["algorithms"]["algorithms"]
        self.assertEqual(seen, expected)
        # tss2 has no name for CMAC.
        text = oracle.tss(self.tpm, "getcapability", "-cap", "0")
        self.assertEqual([name.lower() for name in re.findall(r"TPM_ALG_ID TPM_ALG_(\w+)", text)],
                         [name for name in seen if name != "cmac"])
        self.assertEqual(int(text.split()[0]), len(seen))

    def test_curves(self):
        expected = list(oracle.capability(self.tpm, "ecc-curves"))
        self.assertEqual(["TPM2_ECC_" + CURVES.get(name, name)
                          for name in self.evidence["algorithms"]["curves"]], expected)

    def test_pcrs(self):
        expected = oracle.pcrs(self.tpm)
        self.assertEqual(list(expected), BANKS.split(","))
        for document in self.seen:
            self.assertEqual(document["pcrs"]["banks"], expected)
            self.assertTrue(document["pcrs"]["is_consistent"])
            self.assertEqual(document["pcrs"]["rereads"], 0)
        self.assertNotEqual(expected["sha256"]["7"], "00" * 32)

    def test_pcrs_by_tss(self):
        for pcr in ("0", "7", "17", "23"):
            text = oracle.tss(self.tpm, "pcrread", "-ha", pcr, "-halg", "sha1", "-halg", "sha256",
                              "-halg", "sha384")
            values = [re.sub(r"\s", "", digest) for digest in
                      re.findall(r"digest length \d+\n((?: [0-9a-f ]+\n)+)", text)]
            self.assertEqual(values, [self.evidence["pcrs"]["banks"][bank][pcr]
                                      for bank in BANKS.split(",")])

    def test_update_counter(self):
        answer = self.tpm.command(bytes.fromhex("800100000014" "0000017e" "00000001000b03010000"))
        self.assertEqual(struct.unpack(">I", answer[10:14])[0],
                         self.evidence["pcrs"]["update_counter"])

    def test_clock(self):
        before = self.status.evidence["clock"]
        seen = self.evidence["clock"]
        fields = oracle.tree(oracle.tpm2(self.tpm, "readclock"))
        info = fields["clock_info"]
        self.assertEqual((seen["reset_count"], seen["restart_count"], seen["is_safe"]),
                         (int(info["reset_count"]), int(info["restart_count"]),
                          info["safe"] == "yes"))
        self.assertEqual(seen["reset_count"], 3)
        for key, later in (("time_ms", fields["time"]), ("clock_ms", info["clock"])):
            self.assertLessEqual(before[key], seen[key])
            self.assertLessEqual(seen[key], int(later))
            self.assertLess(int(later) - before[key], 60000)
        text = oracle.tss(self.tpm, "readclock")
        self.assertEqual([int(text.split(name)[1].split()[0])
                          for name in ("resetCount", "restartCount", "safe")],
                         [seen["reset_count"], seen["restart_count"], int(seen["is_safe"])])
        with open("/proc/uptime") as file:
            self.assertAlmostEqual(seen["uptime_ms"] / 1000, float(file.read().split()[0]),
                                   delta=60)

    def test_self_test(self):
        self.assertEqual(oracle.tree(oracle.tpm2(self.tpm, "gettestresult"))["status"], "success")
        self.assertEqual(self.evidence["self_test"]["result"], "0x00000000")

    def test_random(self):
        first, second = (document["random"] for document in self.seen)
        self.assertEqual((first["bytes"], first["is_healthy"], len(first["sha256"])),
                         (512, True, 64))
        self.assertNotEqual(first["sha256"], second["sha256"])

    def test_persistent_objects(self):
        expected = oracle.handles(self.tpm, "persistent")
        objects = {number(item["handle"]): item
                   for item in self.evidence["persistent"]["objects"]}
        self.assertEqual(list(objects), expected)
        self.assertIn(0x81000001, expected)
        for handle, item in objects.items():
            public = oracle.tree(oracle.tpm2(self.tpm, "readpublic", "-c", hex(handle)))
            self.assertEqual((item["name"], item["type"]),
                             (public["name"], public["type"]["value"]))
        text = oracle.tss(self.tpm, "getcapability", "-cap", "1", "-pr", "0x81000000")
        self.assertEqual([int(word, 16) for word in text.split()[2:]], expected)

    def test_nv_indices(self):
        expected = {number(name): fields for name, fields in
                    oracle.tree(oracle.tpm2(self.tpm, "nvreadpublic")).items()}
        indices = {number(item["index"]): item for item in self.evidence["nv"]["indices"]}
        self.assertEqual(list(indices), sorted(expected))
        self.assertEqual(list(indices), oracle.handles(self.tpm, "nv-index"))
        for handle, item in indices.items():
            fields = expected[handle]
            self.assertEqual(
                (item["name"], item["name_alg"], number(item["attributes"]), item["size"]),
                (fields["name"], fields["hash algorithm"]["friendly"],
                 number(fields["attributes"]["value"]), number(fields["size"])))
            self.assertEqual(item["is_written"],
                             "written" in fields["attributes"]["friendly"].split("|"))
            text = oracle.tss(self.tpm, "nvreadpublic", "-ha", f"{handle:08x}")
            self.assertIn(item["name"], re.sub(r"\s", "", text))
        self.assertEqual([indices[handle]["is_written"] for handle in (0x1500001, 0x1500002)],
                         [False, True])

    def test_endorsement_keys(self):
        keys = {number(key["handle"]): key for key in self.evidence["eks"]["keys"]}
        self.assertEqual(list(keys), [0x81010001, 0x81010016])
        for handle, key in keys.items():
            path = os.path.join(self.tpm.directory, "public")
            oracle.tpm2(self.tpm, "readpublic", "-c", hex(handle), "-f", "tss", "-o", path)
            with open(path, "rb") as file:
                self.assertEqual(base64.b64decode(key["public"]), file.read()[2:])
            self.assertEqual(key["name"],
                             "000b" + hashlib.sha256(base64.b64decode(key["public"])).hexdigest()
                             if handle == 0x81010001 else
                             "000c" + hashlib.sha384(base64.b64decode(key["public"])).hexdigest())
        self.assertEqual((keys[0x81010001]["type"], keys[0x81010001]["bits"]), ("rsa", 2048))
        self.assertEqual((keys[0x81010016]["type"], keys[0x81010016]["curve"]), ("ecc", "P-384"))

    def test_certificates(self):
        certificates = {number(item["index"]): item
                        for item in self.evidence["certificates"]["certificates"]}
        self.assertEqual(list(certificates), [0x01C00002, 0x01C00016])
        keys = {key["handle"]: key for key in self.evidence["eks"]["keys"]}
        for (index, item), file_name in zip(certificates.items(),
                                            ("ek-rsa2048.crt", "ek-secp384r1.crt")):
            path = os.path.join(self.tpm.directory, "certificate")
            oracle.tpm2(self.tpm, "nvread", hex(index), "-o", path)
            der = base64.b64decode(item["der"])
            with open(path, "rb") as file:
                stored = file.read()
            self.assertEqual((stored[:len(der)], stored[len(der):].strip(b"\xff\0")), (der, b""))
            manufactured = os.path.join(manufacture.template(BANKS), file_name)
            with open(manufactured, "rb") as file:
                self.assertEqual(der, file.read())
            self.compare_with_openssl(item, der)
            key = keys[item["ek_handle"]]
            self.assertEqual((item["type"], item.get("bits"), item.get("curve"), item["is_ek"]),
                             (key["type"], key.get("bits"), key.get("curve"), True))

    def compare_with_openssl(self, item, der):
        text = oracle.command("openssl", "x509", "-inform", "DER", "-noout", "-subject", "-issuer",
                              "-serial", "-enddate", "-dateopt", "iso_8601", "-nameopt", "RFC2253",
                              stdin=der).decode()
        fields = dict(line.split("=", 1) for line in text.splitlines())
        self.assertEqual((item["subject"], item["issuer"]), (fields["subject"], fields["issuer"]))
        self.assertEqual(int(item["serial"], 16), int(fields["serial"], 16))
        self.assertEqual(re.sub(r"\D", "", item["not_after"]),
                         re.sub(r"\D", "", fields["notAfter"]))
        self.assertEqual(item["sha256"], hashlib.sha256(der).hexdigest())
        self.assertIn(manufacture.TEMPLATE_UUID, item["subject"])

    def create_primary(self, hierarchy, kind, attributes):
        """The name of a primary key made by tpm2-tools with our marker as its policy."""
        policy, context = (os.path.join(self.tpm.directory, name) for name in ("policy", "context"))
        with open(policy, "wb") as file:
            file.write(OUR_POLICY)
        oracle.tpm2(self.tpm, "createprimary", "-C", hierarchy, "-G", kind, "-g", "sha256", "-a",
                    attributes, "-L", policy, "-c", context)
        try:
            return oracle.tree(oracle.tpm2(self.tpm, "readpublic", "-c", context))["name"]
        finally:
            oracle.tpm2(self.tpm, "flushcontext", "-t")

    def test_attestation_key(self):
        ak = self.evidence["ak"]
        self.assertEqual(ak["hierarchy"], "endorsement")
        self.assertEqual(ak["key"]["name"], self.create_primary(
            "e", "ecc256:ecdsa-sha256:null",
            "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign"))
        public = oracle.read_ecc_public(base64.b64decode(ak["key"]["public"]))
        self.assertEqual(public["policy"], OUR_POLICY)

    def test_owner_seed(self):
        self.assertEqual(self.evidence["srk"]["name"], self.create_primary(
            "o", "ecc256:null:aes128cfb",
            "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt"))

    def test_guest(self):
        guest = self.evidence["guest"]
        with open("/proc/sys/kernel/random/boot_id") as file:
            self.assertEqual(guest["boot_id"], file.read().strip())
        self.assertEqual(guest["hostname"], os.uname().nodename)
        self.assertEqual(guest["kernel"], " ".join((os.uname().sysname, os.uname().release,
                                                    os.uname().machine)))

    def test_session(self):
        log = os.path.join(self.tpm.directory, "commands")
        session = agent.evidence(tcti=agent.mangled(f"mangle=none,log={log}", self.tpm)
                                 ).json["session"]
        with open(log) as file:
            codes = [line.split()[1] for line in file]
        self.assertEqual(session["commands"], len(codes))
        self.assertRegex(session["slowest"], "^TPM2_[A-Z]")
        self.assertLess(session["slowest_us"], session["tpm_time_us"])


class AfterClear(unittest.TestCase):
    """TPM2_Clear evicts the persistent EK and makes a new owner seed; the EKs by template stay."""

    def test_identity(self):
        with Swtpm() as tpm:
            before = agent.evidence(tpm=tpm).json
            oracle.tpm2(tpm, "clear", "-c", "p")
            for handle in oracle.handles(tpm, "persistent"):
                oracle.tpm2(tpm, "evictcontrol", "-C", "p", "-c", hex(handle))
            after = agent.evidence(tpm=tpm).json
            self.assertEqual(after["persistent"]["objects"], [])
            self.assertEqual([key.get("handle") for key in after["eks"]["keys"]], [None, None])
            self.assertEqual([(key["name"], key["public"]) for key in after["eks"]["keys"]],
                             [(key["name"], key["public"]) for key in before["eks"]["keys"]])
            self.assertNotEqual(after["srk"]["name"], before["srk"]["name"])
            self.assertEqual(after["ak"]["key"], before["ak"]["key"])
            self.assertEqual([item["is_ek"] for item in after["certificates"]["certificates"]],
                             [True, True])
            path = os.path.join(tpm.directory, "ek")
            oracle.tpm2(tpm, "createek", "-c", path, "-G", "rsa", "-u", path + ".public")
            oracle.tpm2(tpm, "flushcontext", "-t")
            with open(path + ".public", "rb") as file:
                self.assertEqual(file.read()[2:], base64.b64decode(after["eks"]["keys"][0]["public"]))


class OtherTpms(unittest.TestCase):
    def test_without_certificates(self):
        with Swtpm(certificates=False) as tpm:
            result = agent.status(tpm=tpm)
            self.assertEqual(result.evidence["certificates"], {"certificates": []})
            self.assertEqual((result.results["ek-certificate"], result.code), ("unknown", 0))

    def test_of_another_vm(self):
        uuid = "11111111-2222-4333-8444-555555555555"
        with Swtpm(name="web1", vm_uuid=uuid) as tpm, Swtpm() as other:
            one, two = (agent.evidence(tpm=each).json for each in (tpm, other))
        self.assertIn(f"web1:{uuid}", one["certificates"]["certificates"][0]["subject"])
        for key in ("eks", "srk", "ak", "certificates"):
            self.assertNotEqual(one[key], two[key])


if __name__ == "__main__":
    unittest.main()
