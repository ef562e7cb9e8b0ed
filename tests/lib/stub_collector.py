# SPDX-License-Identifier: BSD-2-Clause
"""docs/protocol.md's two requests in a server of the tests' own: to look at what the agent sends without
the collector's code, and to give the answers that a collector never would.

    with Stub() as stub:
        agent.run("report", "--url", stub.url, tpm=tpm)
    stub.reports[0].evidence
"""

import base64
import hashlib
import http.server
import json
import os
import sys
import threading
import traceback

import credential
import oracle

VERDICT = {"format": "vtpm-verdict", "ear.status": "affirming", "continuity": "continuous",
           "event": "none", "quote_verified": True, "proven": ["clock"], "exit_code": 0,
           "reasons": [{"code": "same-tpm", "sentence": "the same vTPM as before"}]}


class Report:
    """What came in the second request, and whether the quote is bound to it."""

    def __init__(self, request, nonce, secret):
        self.request = request
        self.document = base64.b64decode(request["evidence"], validate=True)
        self.evidence = json.loads(self.document)
        self.is_bound = None
        if "quote" in request:
            attest = oracle.read_quote(base64.b64decode(request["quote"]["attest"]))
            expected = hashlib.sha256(b"vtpm-report-v1\0" + nonce + secret
                                      + hashlib.sha256(self.document).digest()).digest()
            digest = hashlib.sha256(b"".join(
                bytes.fromhex(value) for bank in self.evidence["pcrs"]["banks"].values()
                for _, value in sorted(bank.items(), key=lambda item: int(item[0])))).digest()
            self.is_bound = (attest["nonce"] == expected, attest["digest"] == digest)


class Stub:
    """`answer(path, number)` may return (status, headers, body) in the place of the protocol's own
    answer, or None; it may also wait. `pick(eks)` chooses the key that a credential is made for."""

    def __init__(self, *, answer=lambda path, number: None, pick=lambda eks: eks[0], verdict=None,
                 context=None, has_credential=True, port=0, address="127.0.0.1", is_kept=True, claim=None,
                 ticket=None, uuid=""):
        self.answer, self.pick, self.has_credential = answer, pick, has_credential
        self.verdict, self.is_kept, self.claim, self.ticket = verdict or VERDICT, is_kept, claim, ticket
        self.uuid, self.accepted = uuid, None
        self.requests, self.challenges, self.reports, self.connections = [], [], [], 0
        self.secret = self.nonce = b""
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def setup(self):
                stub.connections += 1
                super().setup()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stub.requests.append((self.path, self.headers, body))
                status, headers, answer = (stub.answer(self.path, len(stub.requests))
                                           or stub.serve(self.path, body))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        self.scheme = "http"
        if context:
            self.scheme = "https"
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.server.handle_error = lambda *_: self.note_error()
        self.port = self.server.server_address[1]
        self.url = f"{self.scheme}://{address}:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def note_error(self):
        """A client that goes away is what some tests are about; anything else is the stub's own fault."""
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()

    def serve(self, path, body):
        if path.startswith("/v1/event-logs?"):
            return 201, {}, b"{}"
        request = json.loads(body)
        if path == "/v1/challenges":
            return 201, {}, json.dumps(self.challenge(request)).encode()
        self.reports.append(Report(request, self.nonce, self.secret))
        return 200, {}, json.dumps(
            {**({"event_log_ticket": self.ticket} if self.ticket else {}),
             **({"accepted": self.accepted} if self.accepted is not None else {}), "version": "1.0", "report": len(self.reports) if self.is_kept else None, "claim": self.claim, "uuid": self.uuid,
             "enrolment": "accepted", "received": "2026-11-24T10:00:00Z", "verdict": self.verdict}).encode()

    def challenge(self, request):
        self.challenges.append(request)
        self.nonce, self.secret = os.urandom(32), b""
        answer = {"version": "1.0", "challenge": os.urandom(16).hex(), "expires_in": 60,
                  "nonce": base64.b64encode(self.nonce).decode(), "credential": None,
                  "pcr_selection": "all"}
        if self.has_credential:
            self.secret = os.urandom(32)
            ek = base64.b64decode(self.pick(request["eks"])["public"])
            ak = base64.b64decode(request["ak"])
            id_object, encrypted = credential.make(
                ek, b"\0\x0b" + hashlib.sha256(ak).digest(), self.secret)
            alg = int.from_bytes(ek[2:4], "big")
            answer["credential"] = {
                "ek_name": (ek[2:4] + hashlib.new(credential.HASHES[alg], ek).digest()).hex(),
                "id_object": base64.b64encode(credential.sized(id_object)).decode(),
                "encrypted_secret": base64.b64encode(credential.sized(encrypted)).decode()}
        return answer
