#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each fault that a guest can see of its vTPM is told apart: check, exit status, one line, remedy."""

import os
import stat
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from proxy import Proxy  # noqa: E402
from swtpm import Swtpm  # noqa: E402

TPM_PARTS = ("properties", "algorithms", "pcrs", "clock", "self_test", "random", "persistent", "nv",
             "eks", "certificates", "srk", "ak", "quote")
# A TPM reached through a TCTI is not this machine's own: these have nothing to compare it with.
FOREIGN = {"boot-pcrs": "unknown", "tpm-time": "unknown", "certificate-uuid": "unknown"}
HEALTHY = {**dict.fromkeys(
    ("device", "version", "responsive", "failure-mode", "self-test", "random", "lockout",
     "hierarchies", "slots", "pcr-banks", "ek", "ek-certificate", "attestation"), "pass"),
    **FOREIGN}


class Fault(unittest.TestCase):
    maxDiff = None

    def check(self, result, code, check, found, sentence, results=None):
        """One check decides: its sentence is the reason everywhere, and it has a remedy."""
        self.assertEqual((result.code, result.err), (code, ""), result)
        self.assertEqual(result.json["exit_code"], code)
        self.assertEqual(result.json["reason"], check)
        self.assertEqual((result.checks[check]["result"], result.checks[check]["sentence"]),
                         (found, sentence))
        self.assertGreater(len(result.checks[check].get("remedy", "")), 20)
        if results is not None:
            seen = result.results
            seen.pop("disk-unlock", None)  # this machine's disks, which may not be readable
            self.assertEqual(seen, results)

    def check_session(self, result, code, message):
        error = result.evidence["session"]["error"]
        self.assertEqual((error["code"], error["message"]), (code, message))

    def assert_nothing_read(self, result):
        self.assertEqual([part for part in TPM_PARTS if part in result.evidence], [])

    def errors(self, result):
        return {part: result.evidence[part]["error"]["code"] for part in TPM_PARTS
                if "error" in result.evidence.get(part, {})}


class Device(Fault):
    def setUp(self):
        # Device nodes work there: others often mount /tmp without
        self.directory = process.public_directory("nodes", "/dev")
        self.addCleanup(process.remove_directory, self.directory)

    def node(self, name="tpm0", device=None, mode=0o666):
        path = os.path.join(self.directory, name)
        if device:
            os.mknod(path, stat.S_IFCHR | mode, device)
            os.chmod(path, mode)
        return path

    def ask(self, path, **options):
        return agent.status(tcti=f"device:{path}", **options)

    def check_device(self, result, code, found, error, message, sentence):
        self.check(result, code, "device", found, sentence, {"device": found})
        self.check_session(result, error, message)
        self.assert_nothing_read(result)

    def test_missing(self):
        path = self.node()
        message = f"open {path}: no such device node"
        self.check_device(self.ask(path), 2, "fail", "device-missing", message,
                          f"no TPM device: {message}")

    @unittest.skipIf(os.path.exists("/dev/tpm0"), "this machine has a TPM")
    def test_missing_in_this_machine(self):
        result = agent.status()
        message = "open /dev/tpm0: no such device node"
        self.check_device(result, 2, "fail", "device-missing", message, f"no TPM device: {message}")
        device = result.evidence["device"]
        self.assertEqual((device["transport"], device["path"]), ("device", "/dev/tpm0"))
        self.assertEqual([device[node]["access"] for node in ("raw", "resource_manager")],
                         ["missing", "missing"])

    def test_parent_is_no_directory(self):
        path = self.node(device=os.makedev(1, 3)) + "/tpm0"
        self.assertEqual(self.ask(path).evidence["session"]["error"]["code"], "device-missing")

    def test_no_driver(self):
        # A miscellaneous device's major with a minor that no driver has.
        path = self.node(device=os.makedev(10, 250))
        message = f"open {path}: no driver behind the node"
        self.check_device(self.ask(path), 2, "fail", "device-unbound", message,
                          f"no driver serves the TPM device: {message}")

    def test_no_permission(self):
        path = self.node(device=os.makedev(10, 250), mode=0)
        message = (f"open {path}: permission denied; add the user to group tss or run as root")
        self.check_device(self.ask(path, nobody=True), 3, "unknown", "permission", message, message)

    def test_no_tpm_but_a_file(self):
        path = os.path.join(self.directory, "file")
        with open(path, "wb") as file:
            file.write(b"precious")
        message = f"open {path}: not a character device"
        for each in (path, self.directory):
            message = f"open {each}: not a character device"
            self.check_device(self.ask(each), 2, "fail", "device-missing", message,
                              f"no TPM device: {message}")
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"precious")

    def test_no_tpm_but_another_device(self):
        result = self.ask("/dev/null")
        self.check(result, 2, "responsive", "fail", "not the answer of a TPM 2.0: "
                   "TPM2_GetCapability: an answer of 0 bytes, too short for its header")
        self.assertEqual(set(self.errors(result).values()), {"malformed"})
        result = self.ask("/dev/zero")
        self.check(result, 2, "responsive", "fail", "not the answer of a TPM 2.0: "
                   "TPM2_GetCapability: an answer with the unknown tag 0x0000")

    def test_no_tcti(self):
        tcti = "swtpm:host=127.0.0.1,port=1"
        result = agent.status(tcti=tcti)
        self.assertEqual((result.code, result.results), (2, {"device": "fail"}))
        self.assertIn(f'cannot open the TCTI "{tcti}"', result.checks["device"]["sentence"])

    def test_a_tcti_that_is_not_installed(self):
        """That is no vTPM that was lost: what was asked for is wrong."""
        for tcti in ("no-such-tcti", "no-such-tcti:host=127.0.0.1"):
            for command in ("status", "evidence", "unlock"):
                result = agent.run(command, tcti=tcti)
                self.assertEqual((result.code, result.out), (78, ""), result)
                self.assertIn(f'--tcti {tcti}: there is no TCTI "no-such-tcti"; install', result.err)


class Conversation(Fault):
    """The TPM is there and does not answer as it should: the answers are the mangling TCTI's."""

    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())

    def ask(self, options):
        return agent.status(tcti=agent.mangled(options, self.tpm))

    def test_healthy(self):
        result = self.ask("mangle=none")
        self.assertEqual((result.code, result.results), (0, HEALTHY))
        self.assertEqual((result.json["status"], result.json["verdict"]), ("affirming", "healthy"))
        self.assertNotIn("reason", result.json)

    def test_tpm_12(self):
        result = self.ask("mangle=tag12")
        message = ("TPM2_GetCapability: answered with a TPM 1.2 tag: not a TPM 2.0, or one whose "
                   "emulator died")
        self.check(result, 2, "version", "fail", message,
                   {"device": "pass", "version": "fail", "responsive": "pass"})
        self.check_session(result, "tpm-1.2", message)
        self.assert_nothing_read(result)

    def test_emulator_dies_behind_tpm_tis(self):
        result = self.ask("mangle=tag12,code=0x181")
        self.assertEqual((result.code, result.json["reason"]), (2, "version"))
        self.assertIn("TPM2_ReadClock: answered with a TPM 1.2 tag",
                      result.checks["version"]["sentence"])
        self.assertIn("values", result.evidence["properties"])

    def test_never_started(self):
        with Swtpm(startup=False) as tpm:
            for result in (agent.status(tpm=tpm), self.ask("mangle=rc,rc=0x100")):
                message = ("TPM2_GetCapability: TPM_RC_INITIALIZE (0x100): nobody has started the "
                           "TPM")
                self.check(result, 2, "started", "fail", message,
                           {"device": "pass", "responsive": "pass", "started": "fail"})
                self.check_session(result, "tpm-initialize", message)
                self.assertEqual(result.evidence["session"]["error"]["rc"], "0x00000100")
                self.assert_nothing_read(result)

    def test_io_error(self):
        for mangle in ("eio", "lost"):
            result = self.ask(f"mangle={mangle}")
            message = "TPM2_GetCapability: the TCTI failed with 0x000a000a"
            self.check(result, 2, "responsive", "fail", f"no answer: {message}",
                       {"device": "pass", "responsive": "fail"})
            self.check_session(result, "io", message)
            self.assert_nothing_read(result)

    def test_io_error_in_the_middle(self):
        result = self.ask("mangle=eio,code=0x17B,nth=3")
        message = "TPM2_GetRandom: the TCTI failed with 0x000a000a"
        self.check(result, 2, "responsive", "fail", f"no answer: {message}")
        self.check_session(result, "io", message)
        self.assertEqual(self.errors(result), {"random": "io"})
        # What was read before stays; what would have come after is not there.
        self.assertEqual([part for part in TPM_PARTS if part in result.evidence],
                         ["properties", "algorithms", "clock", "self_test", "random"])

    def test_emulator_dies_in_the_middle(self):
        with Swtpm() as tpm:
            def kill(code, _send):
                if code == 0x181:
                    tpm.kill()
            with Proxy(tpm, before=kill) as proxy:
                result = agent.status(tcti=proxy.tcti)
        self.assertEqual((result.code, result.json["reason"]), (2, "responsive"))
        self.assertIn("no answer: TPM2_ReadClock: ", result.checks["responsive"]["sentence"])
        self.assertEqual(result.evidence["session"]["error"]["code"], "io")

    def test_garbled_answer(self):
        """One answer that makes no sense is the TPM's fault; the rest is still read."""
        for options, part in (("truncate,at=9,code=0x181", "clock"),
                              ("truncate,at=20,fix=1,code=0x181", "clock"),
                              ("oversize,at=5,code=0x17C", "self_test"),
                              ("truncate,at=30,fix=1,code=0x131,nth=1", "srk"),
                              ("truncate,at=25,fix=1,code=0x158", "quote")):
            result = self.ask("mangle=" + options)
            self.assertEqual((options, self.errors(result)), (options, {part: "malformed"}))
            self.assertEqual((result.code, result.json["reason"]), (2, "responsive"))
            self.assertIn("not the answer of a TPM 2.0: TPM2_",
                          result.checks["responsive"]["sentence"])
            self.assertEqual([name for name in TPM_PARTS if name not in result.evidence], [])

    def test_failure_mode(self):
        result = self.ask("mangle=rc,rc=0x101")
        self.check(result, 2, "failure-mode", "fail", "the TPM is in failure mode: "
                   "TPM2_GetCapability: tpm:error(2.0): commands not being accepted because of a "
                   "TPM failure (0x101)")
        self.assertEqual(set(self.errors(result).values()), {"tpm-failure"})
        self.assertEqual({name for name, found in result.results.items() if found == "pass"},
                         {"device", "responsive"})

    def test_failure_of_one_command(self):
        for code, part in ((0x17B, "random"), (0x131, "srk"), (0x158, "quote"), (0x14E,
                                                                                 "certificates")):
            result = self.ask(f"mangle=rc,rc=0x101,code={code:#x}")
            self.assertEqual(self.errors(result)[part], "tpm-failure")
            self.assertEqual((result.code, result.json["reason"]), (2, "failure-mode"))

    def test_state_lost(self):
        """What libtpms really does when its state cannot be written: NFS gone, disk full, F4 and F17
        of the fault table."""
        with Swtpm() as tpm:
            os.rename(tpm.state, tpm.state + ".gone")
            with self.assertRaises(oracle.Refused):
                oracle.tpm2(tpm, "nvdefine", "0x1500001", "-s", "8", "-a", "ownerread|ownerwrite")
            result = agent.status(tpm=tpm)
            os.rename(tpm.state + ".gone", tpm.state)
        self.check(result, 2, "failure-mode", "fail", "the TPM is in failure mode: "
                   "TPM2_GetTestResult: TPM_RC_FAILURE (0x101)")
        self.assertEqual(result.evidence["self_test"]["result"], "0x00000101")
        self.assertEqual((result.results["self-test"], result.results["version"]),
                         ("fail", "unknown"))
        # libtpms tells some properties all the same, and wrong ones: they must not be shown.
        self.assertEqual(self.errors(result)["properties"], "tpm-failure")
        self.assertNotIn("permanent", result.json["tpm"])
        self.assertEqual(result.json["tpm"]["vendor"], "")

    def test_no_permission_for_a_command(self):
        result = self.ask("mangle=rc,rc=0x921,code=0x131")
        self.assertEqual(self.errors(result), {"srk": "tpm-lockout", "ak": "tpm-lockout"})
        self.assertEqual((result.code, result.json["reason"]), (1, "attestation"))
        result = self.ask("mangle=rc,rc=0x80280400,code=0x131")
        self.assertEqual(self.errors(result), {"srk": "tpm-blocked", "ak": "tpm-blocked"})
        self.assertEqual(result.code, 1)

    def test_unknown_command(self):
        # The same from the TPM and from the kernel's resource manager in its place.
        for rc in (0x143, 0xB0143):
            result = self.ask(f"mangle=rc,rc={rc:#x},code=0x17C")
            self.assertEqual(self.errors(result), {"self_test": "unsupported"})
            self.assertEqual((result.code, result.results["self-test"]), (0, "unknown"))


class State(Fault):
    """The TPM answers, and its answers say that something is wrong."""

    def start(self, **options):
        return self.enterContext(Swtpm(**options))

    def test_lockout(self):
        tpm = self.start()
        oracle.tpm2(tpm, "nvdefine", "0x1500001", "-s", "8", "-a", "authread|authwrite", "-p", "pin")
        expected = [(0, "pass", "no lockout, 1 of 3 failures"),
                    (1, "warn", "2 of 3 failed authorizations"),
                    (2, "fail", "locked out after 3 failed authorizations: PINs are refused")]
        for failures, (code, found, sentence) in enumerate(expected, 1):
            with self.assertRaises(oracle.Refused):
                oracle.tpm2(tpm, "nvread", "0x1500001", "-C", "0x1500001", "-P", "wrong")
            result = agent.status(tpm=tpm)
            self.assertEqual((result.code, result.results), (code, {**HEALTHY, "lockout": found}))
            self.assertEqual(result.checks["lockout"]["sentence"], sentence)
            self.assertEqual(result.json["tpm"]["lockout"]["counter"], failures)
            self.assertEqual(result.json["tpm"]["permanent"]["in_lockout"], failures == 3)
            # Keys and quote work in lockout, and looking does not add to the counter.
            self.assertEqual(self.errors(result), {})
            self.assertEqual(oracle.lockout_counter(tpm), failures)

    def test_authorizations_set(self):
        cases = {"o": ("owner_auth_set", {"srk": "tpm-auth"}, {**HEALTHY, "parts": "unknown"}),
                 "e": ("endorsement_auth_set", {}, HEALTHY),
                 "l": ("lockout_auth_set", {}, HEALTHY)}
        for hierarchy, (bit, errors, results) in cases.items():
            with self.subTest(hierarchy=hierarchy):
                tpm = self.start()
                oracle.tpm2(tpm, "changeauth", "-c", hierarchy, "secret")
                result = agent.status(tpm=tpm)
                self.assertEqual([name for name, value in result.json["tpm"]["permanent"].items()
                                  if value], [bit])
                self.assertEqual((self.errors(result), result.results), (errors, results))
                self.assertEqual(result.code, 0)
                self.assertEqual(oracle.lockout_counter(tpm), 0)

    def test_auth_with_da_in_owner_nv(self):
        """A certificate index that only an authorization with DA protection opens is left alone."""
        tpm = self.start(certificates=False)
        oracle.tpm2(tpm, "nvdefine", "0x1c00002", "-C", "p", "-s", "8", "-p", "pin",
                    "-a", "authread|ppwrite|platformcreate")
        oracle.tpm2(tpm, "nvwrite", "0x1c00002", "-C", "p", "-i-", stdin=b"whatever")
        result = agent.status(tpm=tpm)
        self.assertEqual(self.errors(result), {})
        self.assertEqual([(each["index"], each["error"]["code"])
                          for each in result.evidence["certificates"]["unread"]],
                         [("0x01c00002", "tpm-auth")])
        self.assertEqual(oracle.lockout_counter(tpm), 0)

    def test_endorsement_auth_and_no_key(self):
        tpm = self.start()
        for handle in oracle.handles(tpm, "persistent"):
            oracle.tpm2(tpm, "evictcontrol", "-C", "o", "-c", hex(handle))
        oracle.tpm2(tpm, "changeauth", "-c", "e", "secret")
        result = agent.status(tpm=tpm)
        self.assertEqual(self.errors(result), {"eks": "tpm-auth"})
        self.assertEqual((result.results["ek"], result.code), ("unknown", 0))
        self.assertEqual(oracle.lockout_counter(tpm), 0)

    def test_owner_hierarchy_disabled(self):
        tpm = self.start()
        oracle.tpm2(tpm, "hierarchycontrol", "-C", "p", "shEnable", "clear")
        result = agent.status(tpm=tpm)
        self.check(result, 1, "hierarchies", "warn",
                   "owner hierarchy disabled: no storage keys until the next start",
                   {**HEALTHY, "hierarchies": "warn", "parts": "warn"})
        self.assertEqual(self.errors(result), {"srk": "tpm-rc"})
        # The TPM lists its persistent objects and lets nobody read them.
        self.assertEqual(result.evidence["persistent"]["objects"],
                         [{"handle": "0x81010001"}, {"handle": "0x81010016"}])

    def test_endorsement_hierarchy_disabled(self):
        tpm = self.start()
        oracle.tpm2(tpm, "hierarchycontrol", "-C", "p", "ehEnable", "clear")
        result = agent.status(tpm=tpm)
        expected = {**HEALTHY, "hierarchies": "warn", "ek": "unknown"}
        del expected["ek-certificate"]
        self.check(result, 1, "hierarchies", "warn",
                   "endorsement hierarchy disabled: no endorsement key until the next start",
                   expected)
        self.assertEqual(self.errors(result), {"eks": "tpm-rc"})

    def test_platform_hierarchy_disabled(self):
        tpm = self.start()
        oracle.tpm2(tpm, "hierarchycontrol", "-C", "p", "phEnable", "clear")
        result = agent.status(tpm=tpm)
        self.assertEqual((result.code, result.results), (0, HEALTHY))
        self.assertFalse(result.json["tpm"]["startup_clear"]["platform_enabled"])

    def test_platform_nv_disabled(self):
        tpm = self.start()
        oracle.tpm2(tpm, "hierarchycontrol", "-C", "p", "phEnableNV", "clear")
        result = agent.status(tpm=tpm)
        self.assertEqual((result.code, result.results["ek-certificate"]), (0, "unknown"))
        self.assertEqual(self.errors(result), {})
        self.assertEqual([(item["index"], "name" in item)
                          for item in result.evidence["nv"]["indices"]],
                         [("0x01c00002", False), ("0x01c00016", False), ("0x01c08000", False)])

    def test_sha1_only(self):
        tpm = self.start(banks="sha1")
        self.check(agent.status(tpm=tpm), 1, "pcr-banks", "warn",
                   "no bank of SHA-256 or stronger: sha1", {**HEALTHY, "pcr-banks": "warn"})

    def test_no_slot_free(self):
        tpm = self.start()
        path = os.path.join(tpm.directory, "key")
        for _ in range(3):
            oracle.tpm2(tpm, "createprimary", "-C", "o", "-c", path)
        result = agent.status(tpm=tpm)
        self.assertEqual((result.code, result.json["reason"]), (1, "slots"))
        self.assertEqual(result.checks["slots"]["sentence"],
                         "room for 0 more objects and 3 sessions")
        self.assertEqual(self.errors(result), dict.fromkeys(("eks", "srk", "ak"), "tpm-rc"))

    def test_certificate_of_another_tpm(self):
        tpm, other = self.start(name="a", vm_uuid="11111111-1111-4111-8111-111111111111"), \
            self.start(name="b", vm_uuid="22222222-2222-4222-8222-222222222222")
        path = os.path.join(tpm.directory, "certificate")
        oracle.tpm2(other, "nvread", "0x1c00002", "-o", path)
        bare = self.start(certificates=False)
        oracle.tpm2(bare, "nvdefine", "0x1c00002", "-C", "p", "-s", str(os.path.getsize(path)),
                    "-a", "ppread|ownerread|authread|ppwrite|no_da|platformcreate")
        oracle.tpm2(bare, "nvwrite", "0x1c00002", "-C", "p", "-i", path)
        self.check(agent.status(tpm=bare), 2, "ek-certificate", "fail",
                   "the certificate in NV 0x01c00002 is not for this TPM's EK")

    def test_something_else_in_the_certificate_range(self):
        tpm = self.start(certificates=False)
        oracle.tpm2(tpm, "nvdefine", "0x1c00003", "-C", "p", "-s", "8",
                    "-a", "ppread|ownerread|authread|ppwrite|no_da|platformcreate")
        oracle.tpm2(tpm, "nvwrite", "0x1c00003", "-C", "p", "-i-", stdin=b"template")
        result = agent.status(tpm=tpm)
        self.assertEqual(result.evidence["certificates"], {"certificates": []})
        self.assertEqual(result.code, 0)

    def test_wrong_model(self):
        result = agent.status("--expect-model", "tpm-crb", tpm=self.start())
        self.assertEqual((result.code, result.results["model"]), (0, "unknown"))


if __name__ == "__main__":
    unittest.main()
