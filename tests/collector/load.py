# SPDX-License-Identifier: BSD-2-Clause
"""Guests that report to a collector without pause, and remember what it acknowledged."""

import hashlib
import http.client
import threading
import uuid

import client
from software_client import SoftwareClient

CUT = (OSError, http.client.HTTPException, ValueError)  # ValueError: half an answer's JSON


class Guest(SoftwareClient):
    """acknowledged: {SHA-256 of the evidence: report's number}; in_flight: the request whose answer
    did not come, or None; refused: the answers that were neither."""

    def __init__(self, url, token=None, context=None):
        super().__init__(url, str(uuid.uuid4()), token=token, context=context)
        self.acknowledged, self.in_flight, self.refused = {}, None, []

    def send(self):
        """Sends what is in flight; it stays so until there is an answer."""
        answer = self.post("/v1/reports", self.in_flight)
        if answer.status == 200 and not answer.json["noted"]:
            digest = hashlib.sha256(client.decode(self.in_flight["evidence"])).digest()
            self.acknowledged[digest] = answer.json["report"]
        if answer.status != 503:
            self.in_flight = None
        return answer

    def report_once(self):
        """One report; what is neither acknowledged nor cut off is kept for the test to judge."""
        answer = self.challenge()
        if answer.status == 201:
            self.in_flight = self.prepare(answer.json)
            answer = self.send()
        if answer.status != 200:
            self.refused.append(answer)
        return answer

    def report_until_cut(self):
        try:
            while self.report_once().status == 200:
                pass
        except CUT:
            self.disconnect()


def start(guests):
    """Each in a thread of its own, until the collector does not answer it, or refuses."""
    threads = [threading.Thread(target=guest.report_until_cut) for guest in guests]
    for thread in threads:
        thread.start()
    return threads


def join(threads):
    for thread in threads:
        thread.join()
