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
BROKEN = {"error": {"code": "device-missing", "message": "no /dev/tpm0"}}  # in the place of a part
EKS = {"rsa2048": "rsa", "p256": "ecc", "p384": "ecc384"}


def encode(data):
    return base64.b64encode(data).decode()


def decode(text):
    return base64.b64decode(text)


def to_json(message):
    """A request's body; bytes are sent as they are."""
    return message if isinstance(message, bytes) else json.dumps(message).encode()


class Answer:
    def __init__(self, status, body, headers):
        self.status = status
        self.headers = headers
        self.json = json.loads(body) if body else None

    @property
    def code(self):
        return self.json.get("code")


class Client:
    """A guest with this UUID, its TPM at `tcti`, and the kinds of EK that it shows, the preferred one first.
    `certificates` has the DER of those that it shows one of; `ak` further arguments of the tool that makes the
    attestation key."""

    def __init__(self, url, tcti, uuid, ek="rsa2048", token=None, ak=(), certificates=None):
        self.address = urllib.parse.urlsplit(url).netloc
        self.tcti, self.uuid, self.token, self.ak = tcti, uuid, token, ak
        self.kinds, self.certificates = ek.split(), certificates or {}
        self.source = None  # (address, port) to connect from
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
        self.make_key("ak", *self.ak)
        for kind in self.kinds:
            context = self.context(kind)
            if kind != "p384":
                self.tpm2("createek", "-G", EKS[kind], "-c", context, "-u", self.path("ek.tss"))
                self.flush()
            self.tpm2("readpublic", "-c", context, "-f", "tpmt", "-o", self.path(kind + ".pub"), "-n",
                      self.path(kind + ".name"))
            self.flush()

    def make_key(self, name, *further, hierarchy="e", kind="ecc:ecdsa-sha256:null",
                 attributes=AK_ATTRIBUTES):
        self.tpm2("createprimary", "-C", hierarchy, "-G", kind, "-a", attributes, "-c", self.path(name),
                  *further)
        self.tpm2("readpublic", "-c", self.path(name), "-f", "tpmt", "-o", self.path(name + ".pub"), "-n",
                  self.path(name + ".name"))
        self.flush()

    def context(self, kind):
        """As swtpm_setup made it persistent, or made anew."""
        return "0x81010016" if kind == "p384" else self.path(kind)

    def shown(self, kind):
        ek = {"public": encode(self.content(kind + ".pub"))}
        if kind in self.certificates:
            ek["certificate"] = encode(self.certificates[kind])
        return ek

    def fingerprint(self, kind):
        return hashlib.sha256(self.content(kind + ".pub")).hexdigest()

    def post(self, path, message):
        connection = http.client.HTTPConnection(self.address, timeout=30, source_address=self.source)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        try:
            connection.request("POST", path, to_json(message), headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), answer.headers)
        finally:
            connection.close()

    def challenge(self, **changes):
        request = {"version": "1.0", "uuid": self.uuid, "event": "none",
                   "ak": encode(self.content("ak.pub")),
                   "eks": [self.shown(kind) for kind in self.kinds]}
        return self.post("/v1/challenges", {**request, **changes})

    def activate(self, credential, key="ak"):
        if credential is None:
            return b""
        kind, = (kind for kind in self.kinds
                 if self.content(kind + ".name").hex() == credential["ek_name"])
        with open(self.path("blob"), "wb") as file:
            file.write(bytes.fromhex("badcc0de00000001")
                       + decode(credential["id_object"])
                       + decode(credential["encrypted_secret"]))
        arguments = ["-c", self.path(key), "-C", self.context(kind), "-i", self.path("blob"), "-o",
                     self.path("secret")]
        if kind != "p384":
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

    def ak_part(self, key="ak"):
        return {"hierarchy": "endorsement",
                "key": {"type": "ecc", "curve": "P-256", "name": self.content(key + ".name").hex(),
                        "public": encode(self.content(key + ".pub"))}}

    def evidence(self, **changes):
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
            "ak": self.ak_part()}
        return json.dumps({**document, **changes}).encode()

    def quote(self, evidence, nonce, secret, pcrs="sha256:all", key="ak"):
        qualifying = hashlib.sha256(b"vtpm-report-v1\0" + nonce + secret
                                    + hashlib.sha256(evidence).digest()).hexdigest()
        self.tpm2("quote", "-c", self.path(key), "-l", pcrs, "-q", qualifying, "-g", "sha256", "-m",
                  self.path("attest"), "-s", self.path("signature"), "-f", "tss")
        self.flush()
        return self.content("attest"), self.content("signature")

    def prepare(self, challenge, nonce=None, secret=None, pcrs="sha256:all", key="ak", evidence=None,
                **changes):
        """The second request for a challenge's answer, as a dictionary to be spoilt or sent. What is given
        stands in the place of what is right; `changes` are the evidence's."""
        if nonce is None:
            nonce = decode(challenge["nonce"])
        if secret is None:
            secret = self.activate(challenge["credential"])
        if evidence is None:
            evidence = self.evidence(**changes)
        attest, signature = self.quote(evidence, nonce, secret, pcrs, key)
        return {"version": "1.0", "challenge": challenge["challenge"],
                "evidence": encode(evidence),
                "quote": {"attest": encode(attest), "signature": encode(signature)}}

    def report(self, **changes):
        answer = self.challenge(**changes)
        if answer.status != 201:
            return answer
        return self.post("/v1/reports", self.prepare(answer.json))
