# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-status.exe under Wine and Xvfb: real keys go in, and what its controls show comes out.

    with StatusWindow(wine, tpm=tpm) as window:
        window.wait(lambda seen: seen.verdict == "Healthy")
        window.press("F5")
"""

import os
import re
import subprocess
import time

import process
from wine import DIRECTORY, WINE

STATUS = os.path.join(DIRECTORY, "window", "vtpm-status.exe")
PROBE = os.path.join(DIRECTORY, "tests", "wine", "probe.exe")
# In the order in which the window makes them: window/window.h.
STATICS = ("verdict", "headline", "summary", "refused", "list name", "details name", "event name")


class Row:
    def __init__(self, image, selected, label, mark, found, remedy):
        self.image, self.selected = int(image), selected == "1"
        self.label, self.mark, self.found, self.remedy = label, mark, found, remedy

    @property
    def is_heading(self):
        return not (self.mark or self.found or self.remedy)


class Control:
    def __init__(self, kind, visible, enabled, text):
        self.kind, self.text = kind, text.replace("\\n", "\n")
        self.visible, self.enabled = visible == "1", enabled == "1"


class Look:
    """What the window shows at one moment."""

    def __init__(self, text):
        self.rows, self.controls, self.focus = [], {}, None
        statics = iter(STATICS)
        for line in text.splitlines():
            kind, *fields = line.split("\t")
            if kind == "row":
                self.rows.append(Row(*fields))
                continue
            control = Control(*fields)
            if kind == "window":
                self.title = control.text
            elif kind == "focus":
                self.focus = control
            else:
                self.controls[self._name(control, statics)] = control

    @staticmethod
    def _name(control, statics):
        if control.kind == "Static":
            return next(statics)
        if control.kind == "Button":
            return control.text.replace("&", "").rstrip("…")
        return control.kind

    @property
    def verdict(self):
        return self.controls["verdict"].text

    @property
    def headline(self):
        return self.controls["headline"].text

    @property
    def status(self):
        return self.controls["msctls_statusbar32"].text

    @property
    def details(self):
        return self.controls["Edit"].text

    @property
    def is_idle(self):
        return "Refresh" in self.controls and self.controls["Refresh"].enabled and bool(self.rows)

    def sections(self):
        """{title: [row, …]}"""
        found = {}
        for row in self.rows:
            if row.is_heading:
                section = found.setdefault(row.label, [])
            else:
                section.append(row)
        return found

    def row(self, section, label):
        return next(row for row in self.sections()[section] if row.label == label)

    def selected(self):
        return [row for row in self.rows if row.selected]


class StatusWindow:
    def __init__(self, wine, *words, tpm=None, limited=False, **changes):
        self.wine, self.display = wine, wine.display
        self.environment = {**wine.tpm_environment(tpm), **changes}
        argv = [WINE, PROBE, "limited", STATUS] if limited else [WINE, STATUS, *words]
        self.child = process.start(argv, env=wine.environment(**self.environment),
                                   cwd=wine.directory, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        process.kill(self.child)
        # Of a limited one that was its parent; the window goes with its X server's connection.
        self.wine.run([WINE, "taskkill", "/f", "/im", "vtpm-status.exe"], **self.environment)

    def probe(self, what):
        return self.wine.run([WINE, PROBE, what], **self.environment)

    def look(self):
        result = self.probe("look")
        return Look(result.out) if result.code == 0 else None

    def wait(self, condition, timeout=30):
        """A look at the window when the condition has come true. Controls change one by one: so it is
        taken anew."""
        end = time.monotonic() + timeout
        while True:
            seen = self.look()
            if seen and condition(seen):
                return self.look()
            if time.monotonic() > end:
                raise TimeoutError("the window does not come to show that: " + repr(
                    seen and (seen.title, seen.verdict, seen.headline, seen.status)))
            time.sleep(0.1)

    def ready(self, timeout=30):
        return self.wait(lambda seen: seen.is_idle, timeout)

    def press(self, *keys):
        self.display.key(*keys)

    def refresh(self):
        """F5, and what the window shows after it."""
        before = self.look().status
        self.press("F5")
        return self.wait(lambda seen: seen.is_idle and seen.status != before)

    def answer_dialog(self, path):
        """Types a file's name into the dialog that is open, and confirms it."""
        assert process.wait_until(lambda: self.probe("message").code == 0, 30), "no dialog"
        self.display.type(path)
        self.press("Return")

    def answer_message(self, words):
        """Waits for a message box that says so, and closes it."""
        assert process.wait_until(lambda: words in self.probe("message").out, 30), words
        self.press("Return")

    def is_alive(self):
        return self.probe("alive").code == 0

    def clipboard(self):
        return self.probe("clipboard").out

    def has_ended(self, timeout=10):
        return process.wait_until(lambda: self.child.poll() is not None, timeout)


def without_times(text):
    """The page without the rows that differ from one run to the next."""
    rows = re.sub(r"\n {20,}", " ", text.replace("\r", "")).split("\n")
    return [row for row in rows
            if not re.match(r".{9}(On for|Clock|Up for|Responsive|TPM time) ", row)]
