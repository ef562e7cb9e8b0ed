#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A TPM that hangs does not hang the agent: every run ends by --timeout, says which command did not
return, and leaves nothing behind that anybody waits for."""

import os
import signal
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from proxy import Proxy  # noqa: E402
from swtpm import Swtpm  # noqa: E402

GRACE = 5.0  # of a busy machine
REMEDY = ("On the host, see what this domain's swtpm waits for: its log, and the storage of its "
          "state directory (a hung NFS mount).")


class Timeout(unittest.TestCase):
    def assert_unresponsive(self, result, timeout, command):
        # communicate() in agent.run() waits until both pipes are closed, by whoever holds them.
        self.assertGreaterEqual(result.seconds, timeout - 0.05)
        self.assertLess(result.seconds, timeout + GRACE)
        self.assertEqual((result.code, result.err), (2, ""))
        message = f"{command}: the TPM did not answer in time"
        self.assertEqual(result.evidence["session"]["error"],
                         {"code": "timeout", "message": message})
        self.assertEqual((result.json["reason"], result.results["responsive"]),
                         ("responsive", "fail"))
        self.assertEqual((result.checks["responsive"]["sentence"],
                          result.checks["responsive"]["remedy"]),
                         (f"unresponsive: {message}", REMEDY))

    def assert_ends(self, result):
        """The process that waited for the TPM ends by itself once that has answered."""
        self.assertTrue(process.wait_until(lambda: not process.members(result.session)))

    def test_hung_from_the_start(self):
        for timeout in (1, 2):
            with Swtpm() as tpm:
                tpm.suspend()
                result = agent.status("--timeout", str(timeout), tpm=tpm)
                # The TCTI waits for the control channel: there is no command yet.
                self.assertLess(result.seconds, timeout + GRACE)
                self.assertEqual((result.code, result.err), (2, ""))
                self.assertEqual(result.evidence["session"]["error"]["code"], "timeout")
                self.assertEqual(result.json["reason"], "responsive")
                self.assertNotIn("properties", result.evidence)
                tpm.resume()
                self.assert_ends(result)
                self.assertEqual(agent.status(tpm=tpm).code, 0)

    def test_hung_in_the_middle(self):
        with Swtpm() as tpm:
            def suspend(code, _send):
                if code == 0x181:
                    tpm.suspend()

            with Proxy(tpm, before=suspend) as proxy:
                result = agent.status("--timeout", "1", tcti=proxy.tcti)
                self.assert_unresponsive(result, 1, "TPM2_ReadClock")
                self.assertIn("values", result.evidence["properties"])
                self.assertEqual(result.evidence["clock"]["error"]["code"], "timeout")
                self.assertNotIn("self_test", result.evidence)
                self.assertEqual(len(process.members(result.session)), 1)
                tpm.resume()
                self.assert_ends(result)
            self.assertEqual(agent.status(tpm=tpm).code, 0)

    def test_each_command_can_hang(self):
        commands = {0x17A: "TPM2_GetCapability", 0x17C: "TPM2_GetTestResult",
                    0x17B: "TPM2_GetRandom", 0x173: "TPM2_ReadPublic",
                    0x169: "TPM2_NV_ReadPublic", 0x14E: "TPM2_NV_Read",
                    0x131: "TPM2_CreatePrimary", 0x165: "TPM2_FlushContext",
                    0x17E: "TPM2_PCR_Read", 0x158: "TPM2_Quote"}
        tpms = [self.enterContext(Swtpm()) for _ in commands]

        def hang(code, tpm):
            return agent.status("--timeout", "1", tcti=agent.mangled(
                f"mangle=hang,code={code:#x}", tpm))

        with ThreadPoolExecutor(len(commands)) as pool:
            results = list(pool.map(hang, commands, tpms))
        for name, result in zip(commands.values(), results):
            self.assert_unresponsive(result, 1, name)
            # This TCTI hangs for ever, and so do those who wait for it.
            for broker in process.members(result.session):
                os.kill(broker, signal.SIGKILL)

    def test_slow_is_not_hung(self):
        with Swtpm() as tpm:
            result = agent.status("--timeout", "30", tcti=agent.mangled(
                "mangle=slow,ms=300,code=0x181", tpm))
            self.assertEqual(result.code, 0)
            self.assertEqual(result.evidence["session"]["slowest"], "TPM2_ReadClock")
            self.assertGreater(result.evidence["session"]["slowest_us"], 300000)

    def test_slow_beyond_the_deadline(self):
        """Each command returns, and all of them together take too long."""
        with Swtpm() as tpm:
            result = agent.status("--timeout", "1", tcti=agent.mangled("mangle=slow,ms=150", tpm))
            self.assertLess(result.seconds, 1 + GRACE)
            self.assertEqual((result.code, result.evidence["session"]["error"]["code"]),
                             (2, "timeout"))
            self.assertTrue(process.wait_until(lambda: oracle.handles(tpm, "transient") == []))

    def test_formats(self):
        for words, expected in ((["status"], "BROKEN"),
                                (["status", "--format", "nagios"], "VTPM CRITICAL - unrespons"),
                                (["status", "--format", "prometheus"], "\nvtpm_status 2\n"),
                                (["evidence"], '"code":"timeout"')):
            with Swtpm() as tpm:
                tpm.suspend()
                result = agent.run(*words, "--timeout", "1", tpm=tpm)
                self.assertEqual((result.code, result.err), (2, ""))
                self.assertIn(expected, result.out)
                self.assertLess(result.seconds, 1 + GRACE)


if __name__ == "__main__":
    unittest.main()
