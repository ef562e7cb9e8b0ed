#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Draws what a program printed to a terminal, from standard input, as SVG: docs/status.svg, docs/compare.svg.

    script -qc 'vtpm-agent' /dev/null | docs/screenshot.py > docs/status.svg
"""

import html
import re
import sys

COLUMN, LINE, SIZE, MARGIN = 8.4, 19, 14, 16
BACKGROUND, FOREGROUND = "#16181d", "#d6d9e0"
COLOURS = {30: "#16181d", 31: "#ff6b68", 32: "#6cc06b", 33: "#e5b454", 36: "#5cc6d0", 37: "#ffffff",
           41: "#c4302b", 42: "#6cc06b", 43: "#e5b454", 46: "#5cc6d0"}


def pieces(line):
    """(column, text, SGR parameters) for each stretch of the line. Where blanks separate columns of
    a table, in one style, they separate stretches: viewers differ in what they make of them."""
    column, style = 0, []
    for text, codes in re.findall(r"([^\x1b]+)|\x1b\[([\d;]*)m", line):
        if text:
            parts = [text] if set(style) & set(range(41, 47)) else re.split(r"( {2,})", text)
            for part in parts:
                yield column, part, style
                column += len(part)
        else:
            style = [int(code) for code in codes.split(";") if code and code != "0"]


def draw(row, column, text, style):
    x, y = MARGIN + column * COLUMN, MARGIN + row * LINE
    fill = next((COLOURS[code] for code in style if 30 <= code <= 37), FOREGROUND)
    for code in style:
        if 41 <= code <= 46:
            yield (f'<rect x="{x:.1f}" y="{y}" width="{len(text) * COLUMN:.1f}" height="{LINE}" '
                   f'rx="3" fill="{COLOURS[code]}"/>')
    attributes = f'fill="{fill}"'
    attributes += ' font-weight="bold"' if 1 in style else ""
    attributes += ' opacity="0.4"' if 2 in style else ""
    x += COLUMN * (len(text) - len(text.lstrip(" ")))
    text = text.strip(" ")
    if text:
        yield (f'<text x="{x:.1f}" y="{y + 14}" textLength="{len(text) * COLUMN:.1f}" {attributes}>'
               f'{html.escape(text)}</text>')


def main():
    lines = sys.stdin.read().replace("\r", "").rstrip("\n").split("\n")
    columns = max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in lines)
    width, height = 2 * MARGIN + columns * COLUMN, 2 * MARGIN + len(lines) * LINE
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
          f'width="{width:.0f}" height="{height}">\n'
          f'<style>text{{font:{SIZE}px "DejaVu Sans Mono",Menlo,Consolas,monospace}}</style>\n'
          f'<rect width="100%" height="100%" rx="10" fill="{BACKGROUND}"/>')
    for row, line in enumerate(lines):
        for column, text, style in pieces(line):
            for element in draw(row, column, text, style):
                print(element)
    print("</svg>")


main()
