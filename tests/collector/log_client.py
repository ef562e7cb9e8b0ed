# SPDX-License-Identifier: BSD-2-Clause
"""A guest in Python that was booted with an event log, and sends that to a collector which asks for it."""

import hashlib
import http.client

import client
import event_log
from software_client import SoftwareClient


class LogClient(SoftwareClient):
    """`log`: of its boot, None for none; `values`: what its TPM holds, {PCR: hexadecimal}, where that is more than the
    log leads to."""

    def __init__(self, url, uuid, log=None, values=None, **options):
        super().__init__(url, uuid, **options)
        self.boot(log, values)

    def boot(self, log, values=None):
        self.log = log
        self.values = values or {str(i): value.hex() for i, value in event_log.replay(log).items()} if log else {}
        self.boot_id = hashlib.sha256(log or b"").hexdigest()

    def pcrs(self):
        return {**super().pcrs(), **self.values}

    def evidence(self, **changes):
        digits = self.boot_id
        guest = {"hostname": "guest", "uptime_ms": 1000000,
                 "boot_id": "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))}
        log = {"event_log": event_log.part(self.log)} if self.log else {}
        return super().evidence(**{"guest": guest, **log, **changes})

    def upload(self, ticket, log=None, kind="application/octet-stream"):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        headers = {"Content-Type": kind}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        try:
            connection.request("POST", "/v1/event-logs" + (f"?ticket={ticket}" if ticket is not None else ""),
                               self.log if log is None else log, headers)
            answer = connection.getresponse()
            return client.Answer(answer.status, answer.read(), answer.headers)
        finally:
            connection.close()
