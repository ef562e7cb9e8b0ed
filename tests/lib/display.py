# SPDX-License-Identifier: BSD-2-Clause
"""An X server without a screen, for programs with windows: keys go in, photographs come out.

    with Display() as display:
        subprocess.run([...], env={"DISPLAY": display.name})
        display.key("ctrl+c")
"""

import os
import struct
import subprocess
import zlib

import process

XWD_HEADER = ">25I"


class Display:
    def __init__(self, width=1280, height=960):
        self.directory = process.temporary_directory("display")
        read, write = os.pipe()
        with open(os.path.join(self.directory, "log"), "wb") as log:
            self.server = process.start(
                ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24",
                 "-fbdir", self.directory, "-nolisten", "tcp"],
                pass_fds=[write], stdout=log, stderr=log)
        os.close(write)
        with os.fdopen(read) as number:
            self.name = ":" + number.readline().strip()
        if self.name == ":":
            raise RuntimeError("Xvfb does not start; run scripts/bootstrap test")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _xdotool(self, *words):
        subprocess.run(["xdotool", *words], env={**os.environ, "DISPLAY": self.name}, check=True,
                       timeout=60)

    def key(self, *names):
        """Presses keys one after the other, as xdotool names them: "F5", "ctrl+c"."""
        self._xdotool("key", "--delay", "50", *names)

    def type(self, text):
        self._xdotool("type", "--delay", "20", text)

    def pixels(self):
        """Width, height, and for each row its bytes: blue, green, red, nothing."""
        with open(os.path.join(self.directory, "Xvfb_screen0"), "rb") as file:
            screen = file.read()
        header = struct.unpack_from(XWD_HEADER, screen)
        width, height, line, colours = header[4], header[5], header[12], header[19]
        begin = header[0] + colours * 12
        return width, height, [screen[begin + y * line:begin + y * line + 4 * width]
                               for y in range(height)]

    def photograph(self, path, box=None):
        """Writes a PNG of the screen, or of its part (left, top, right, bottom)."""
        width, height, rows = self.pixels()
        left, top, right, bottom = box or (0, 0, width, height)
        image = bytearray()
        for row in rows[top:bottom]:
            part = row[4 * left:4 * right]
            line = bytearray(3 * (right - left))
            line[0::3], line[1::3], line[2::3] = part[2::4], part[1::4], part[0::4]
            image += b"\0" + line
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            for name, data in ((b"IHDR", struct.pack(">IIBBBBB", right - left, bottom - top,
                                                     8, 2, 0, 0, 0)),
                               (b"IDAT", zlib.compress(bytes(image), 9)), (b"IEND", b"")):
                file.write(struct.pack(">I", len(data)) + name + data
                           + struct.pack(">I", zlib.crc32(name + data)))

    def close(self):
        process.stop(self.server)
        process.remove_directory(self.directory)
