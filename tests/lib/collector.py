# SPDX-License-Identifier: BSD-2-Clause
"""A real vtpm-collector on a free port, with a state directory of its own.

    with Collector() as collector:
        collector.ask("GET", "/v1/vms", token=collector.admin_token())
"""

import contextlib
import http.client
import os
import re
import subprocess

import by_hand  # noqa: F401
import process

PROGRAM = os.environ.get("VTPM_COLLECTOR") or os.path.join(
    os.environ.get("VTPM_BUILD_DIR", "build/asan"), "collector", "vtpm-collector")


# For guests that report without pause, and many from one address.
UNLIMITED = """[http]
connections-per-address = 0
[store]
reports-per-hour = 0
bytes-per-hour = 0
"""


class Collector:
    """state: use this directory; config: the configuration file's text; listen: --listen's value, None
    leaves it to the configuration; context: an ssl.SSLContext for ask() to use; env: its whole
    environment."""

    def __init__(self, state=None, config=None, listen="127.0.0.1:0", context=None,
                 env=None):
        self.state = state or process.temporary_directory("collector")
        self.log = os.path.join(self.state, "log")
        self.argv = [PROGRAM, "serve", "--state", self.state, "--verbose"]
        if listen:
            self.argv += ["--listen", listen]
        if config is not None:
            path = os.path.join(self.state, "collector.conf")
            with open(path, "w") as file:
                file.write(config)
            self.argv += ["--config", path]
        self.context = context
        self.env = env
        self.child = None

    def start(self):
        with open(self.log, "wb") as log:
            self.child = process.start(self.argv, stdin=subprocess.DEVNULL, stderr=log, env=self.env)
        if not process.wait_until(lambda: self.child.poll() is not None or self.url(), 30):
            raise RuntimeError("the collector does not listen:\n" + self.lines())
        if self.child.poll() is not None:
            raise RuntimeError(f"the collector ended with {self.child.returncode}:\n" + self.lines())
        return self

    def lines(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def url(self):
        found = re.search(r"listening on (https?://\S+:\d+)\n", self.lines())
        return found and found.group(1)

    def admin_token(self):
        with open(os.path.join(self.state, "admin-token")) as file:
            return file.read().strip()

    def ask(self, method, path, body=None, token=None, **headers):
        """The answer, with its body in .body and, as text, in .text."""
        if token:
            headers["Authorization"] = "Bearer " + token
        address = self.url().split("//")[1]
        connection = (http.client.HTTPSConnection(address, timeout=90, context=self.context)
                      if self.context else http.client.HTTPConnection(address, timeout=90))
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.body = answer.read()
            answer.text = answer.body.decode(errors="replace")
            return answer

    def stop(self):
        return process.stop(self.child, 20)

    def kill(self):
        return process.kill(self.child)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.child and self.child.returncode is None:
            self.stop()
