# SPDX-License-Identifier: BSD-2-Clause
"""Guests that report to whichever of several collectors answers, and what must have become of it."""

import hashlib
import random
import threading
import time

import client
import history
import load


class Roaming(load.Guest):
    """Goes to another collector for each step, a challenge's answer included. kept: reports of which the
    answer did not come, and which another collector says it has."""

    def __init__(self, collectors, seed):
        super().__init__(collectors[0].url())
        self.folder.cleanup()  # its TPM needs none
        self.collectors, self.random = collectors, random.Random(seed)
        self.kept, self.asked_again = set(), 0

    def elsewhere(self):
        # One that is about to start has not said where.
        self.move(self.random.choice([url for url in (each.url() for each in self.collectors) if url]))

    def step(self):
        """A report, or the last one once more where its answer did not come."""
        self.elsewhere()
        if self.in_flight:
            self.asked_again += 1
        else:
            answer = self.challenge()
            if answer.status != 201:
                return answer
            self.in_flight = self.prepare(answer.json)
            self.elsewhere()
        digest = hashlib.sha256(client.decode(self.in_flight["evidence"])).digest()
        answer = self.send()
        if answer.code == "challenge-spent":
            self.kept.add(digest)
        return answer

    def run(self, ends, refused):
        """Until `ends` is set; what is neither taken nor put off is kept in `refused`."""
        while not ends.is_set():
            try:
                answer = self.step()
            except load.CUT:
                self.disconnect()
                time.sleep(0.02)
                continue
            if answer.status == 503:
                time.sleep(0.05)
            elif answer.status != 200 and answer.code != "challenge-spent":
                refused.append(answer.json)


class Load:
    """Guests in threads of their own, as a context; afterwards none has anything in flight."""

    def __init__(self, collectors, count, seed=1):
        self.guests = [Roaming(collectors, seed + number) for number in range(count)]
        self.ends, self.refused, self.threads = threading.Event(), [], []

    def __enter__(self):
        self.threads = [threading.Thread(target=guest.run, args=(self.ends, self.refused)) for guest in self.guests]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join()

    def count(self):
        return sum(len(guest.acknowledged) for guest in self.guests)

    def settle(self):
        """What was cut off last is sent again, by now to collectors that answer."""
        for guest in self.guests:
            while guest.in_flight:
                guest.step()
            guest.close()

    def check(self, test, place):
        """Chains are whole; there is each report that was acknowledged, under its number, and each that a
        collector says it has, and no other, and none twice."""
        found = history.read(place)
        test.assertEqual(self.refused, [])
        for guest in self.guests:
            there = found.get(guest.uuid, {})
            test.assertEqual({digest: there.get(digest) for digest in guest.acknowledged}, guest.acknowledged)
            test.assertEqual(there.keys(), guest.acknowledged.keys() | guest.kept)
