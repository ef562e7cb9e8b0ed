# SPDX-License-Identifier: BSD-2-Clause
"""A second agent, written from docs/protocol.md and docs/evidence.md alone: Python's standard library and
tpm2-tools, no code of this project. What it sends can be spoilt at each step: see Client.report()."""

import base64
import hashlib
import http.client
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.parse

AK_ATTRIBUTES = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign"
BOOT_ID = "0d4b3c0e-6a3f-4a2f-8f0e-6f9619ff8b86"
EKS = {"rsa2048": "rsa", "p256": "ecc", "p384": "ecc384"}


def encode(data):
    return base64.b64encode(data).decode()


def decode(text):
    return base64.b64decode(text)


def to_json(message):
    """A request's body; bytes are sent as they are."""
    return message if isinstance(message, bytes) else json.dumps(message).encode()


class Answer:
    def __init__(self, status, body):
        self.status = status
        self.json = json.loads(body) if body else None

    @property
    def code(self):
        return self.json.get("code")


class Client:
    """A guest with this UUID, its TPM at `tcti`, and the kind of EK that it shows."""

    def __init__(self, url, tcti, uuid, ek="rsa2048", token=None):
        self.address = urllib.parse.urlsplit(url).netloc
        self.tcti, self.uuid, self.ek, self.token = tcti, uuid, ek, token
        self.folder = tempfile.TemporaryDirectory()
        self._make_keys()

    def close(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def tpm2(self, tool, *arguments):
        done = subprocess.run([f"tpm2_{tool}", *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, check=False,
                              env=dict(os.environ, TPM2TOOLS_TCTI=self.tcti))
        if done.returncode:
            raise RuntimeError(f"tpm2_{tool}: {done.stderr.decode()}")
        return done.stdout.decode()

    def flush(self):
        self.tpm2("flushcontext", "-t")

    def _make_keys(self):
        self.tpm2("createprimary", "-C", "e", "-G", "ecc:ecdsa-sha256:null", "-a", AK_ATTRIBUTES,
                  "-c", self.path("ak"))
        self.tpm2("readpublic", "-c", self.path("ak"), "-f", "tpmt", "-o", self.path("ak.pub"),
                  "-n", self.path("ak.name"))
        self.flush()
        if self.ek == "p384":  # as swtpm_setup made it persistent
            self.ek_context = "0x81010016"
        else:
            self.ek_context = self.path("ek")
            self.tpm2("createek", "-G", EKS[self.ek], "-c", self.ek_context, "-u",
                      self.path("ek.tss"))
            self.flush()
        self.tpm2("readpublic", "-c", self.ek_context, "-f", "tpmt", "-o", self.path("ek.pub"))
        self.flush()

    def post(self, path, message):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        try:
            connection.request("POST", path, to_json(message), headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        finally:
            connection.close()

    def challenge(self, **changes):
        request = {"version": "1.0", "uuid": self.uuid, "event": "none",
                   "ak": encode(self.content("ak.pub")),
                   "eks": [{"public": encode(self.content("ek.pub"))}]}
        return self.post("/v1/challenges", {**request, **changes})

    def activate(self, credential):
        if credential is None:
            return b""
        with open(self.path("blob"), "wb") as file:
            file.write(bytes.fromhex("badcc0de00000001")
                       + base64.b64decode(credential["id_object"])
                       + base64.b64decode(credential["encrypted_secret"]))
        arguments = ["-c", self.path("ak"), "-C", self.ek_context, "-i", self.path("blob"), "-o",
                     self.path("secret")]
        if self.ek != "p384":
            self.tpm2("startauthsession", "--policy-session", "-S", self.path("session"))
            self.tpm2("policysecret", "-S", self.path("session"), "-c", "e")
            arguments += ["-P", "session:" + self.path("session")]
        try:
            self.tpm2("activatecredential", *arguments)
        finally:
            self.flush()
            self.tpm2("flushcontext", "-l")
        return self.content("secret")

    def pcrs(self):
        self.tpm2("pcrread", "sha256:all", "-o", self.path("pcrs"))
        values = self.content("pcrs")
        return {str(i): values[32 * i:32 * i + 32].hex() for i in range(24)}

    def clock(self):
        values = dict(re.findall(r"(\w+): +(\w+)", self.tpm2("readclock")))
        uptime = int(values["time"]) + 1000  # the guest that this plays was booted with its TPM
        return {"time_ms": int(values["time"]), "clock_ms": int(values["clock"]),
                "reset_count": int(values["reset_count"]),
                "restart_count": int(values["restart_count"]),
                "is_safe": values["safe"] == "yes", "uptime_ms": uptime}

    def evidence(self, **changes):
        ak = self.content("ak.pub")
        clock = self.clock()
        document = {
            "format": "vtpm-evidence", "version": "1.0", "agent": "client.py",
            "iat": int(time.time()), "smbios": {"uuid": self.uuid},
            "guest": {"hostname": "guest", "boot_id": BOOT_ID, "uptime_ms": clock["uptime_ms"]},
            "clock": clock,
            "session": {"commands": 1, "tpm_time_us": 1, "slowest_us": 1,
                        "slowest": "TPM2_Quote"},
            "pcrs": {"update_counter": 0, "rereads": 0, "is_consistent": True,
                     "banks": {"sha256": self.pcrs()}},
            "ak": {"hierarchy": "endorsement",
                   "key": {"type": "ecc", "curve": "P-256",
                           "name": self.content("ak.name").hex(), "public": encode(ak)}}}
        return json.dumps({**document, **changes}).encode()

    def quote(self, evidence, nonce, secret):
        qualifying = hashlib.sha256(b"vtpm-report-v1\0" + nonce + secret
                                    + hashlib.sha256(evidence).digest()).hexdigest()
        self.tpm2("quote", "-c", self.path("ak"), "-l", "sha256:all", "-q", qualifying, "-g",
                  "sha256", "-m", self.path("attest"), "-s", self.path("signature"), "-f", "tss")
        self.flush()
        return self.content("attest"), self.content("signature")

    def prepare(self, challenge, **changes):
        """The second request for a challenge's answer, as a dictionary to be spoilt or sent."""
        nonce = base64.b64decode(challenge["nonce"])
        evidence = self.evidence(**changes)
        attest, signature = self.quote(evidence, nonce, self.activate(challenge["credential"]))
        return {"version": "1.0", "challenge": challenge["challenge"],
                "evidence": encode(evidence),
                "quote": {"attest": encode(attest), "signature": encode(signature)}}

    def report(self):
        answer = self.challenge()
        if answer.status != 201:
            return answer
        return self.post("/v1/reports", self.prepare(answer.json))
