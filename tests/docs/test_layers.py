#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The tables of docs/architecture.md that say who may see whom, held against every #include and every
call of the product. A call counts as one to the room whose header declares the function: so platform/
and core/crypto/crypto.h may be implemented elsewhere."""

import collections
import fnmatch
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import sources  # noqa: E402

BUILD = os.environ["VTPM_BUILD_DIR"]
OF_C = set("""assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h
    math.h setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h
    stdlib.h stdnoreturn.h string.h tgmath.h time.h uchar.h wchar.h wctype.h""".split())


def tables():
    """Each table of the page as a list of rows, each a list of cells, the header first."""
    with open(os.path.join(sources.ROOT, "docs", "architecture.md"), encoding="utf-8") as file:
        blocks = re.findall(r"(?:^\|.*\|\n)+", file.read(), re.MULTILINE)
    return [[[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()
             if not re.match(r"\|[-| ]+\|$", line)] for block in blocks]


def rows(*header):
    """Those of the one table whose header begins and ends with these words."""
    [table] = [table for table in tables() if (table[0][0], table[0][-1]) == header]
    return table[1:]


def names(cell):
    return re.findall(r"`([^`]+)`", cell)


def best(patterns, file):
    """The most exact of the patterns that a file is in: a folder and what is below, or a file."""
    fits = [pattern for pattern in patterns
            if file.startswith(pattern) and pattern.endswith("/") or fnmatch.fnmatch(file, pattern)]
    return max(fits, key=len, default=None)


class Rooms:
    """houses: what stands at the top; rooms: what each has inside, where a table says so."""

    def __init__(self):
        self.houses, self.rooms = {}, {}
        for cells in rows("folder", "may see"):
            for name in names(cells[0]):
                self.houses[name] = set(names(cells[-1]))
        for cells in rows("room", "may see of its own house"):
            for name in names(cells[0]):
                self.rooms[name] = set(names(cells[-1]))

    def house(self, file):
        return best(self.houses, file)

    def room(self, file):
        return best(self.rooms, file) or self.house(file)

    def step(self, here, there):
        """What a table must allow for a file to see another: (whose row, the name in it), or None."""
        if self.house(here) != self.house(there):
            return self.house(here), self.house(there)
        return (self.room(here), self.room(there)) if self.room(here) != self.room(there) else None

    def steps(self):
        """All that the tables allow, but for what a house sees of itself."""
        return {(name, other) for table in (self.houses, self.rooms) for name, seen in table.items()
                for other in seen if other != name}

    def allows(self, step):
        return step[1] in self.houses.get(step[0], set()) | self.rooms.get(step[0], set())


def declared_in(definition, name):
    """The header through which others see what a file defines: its own room's before another's."""
    headers = sources.declarations().get(name, set())
    folder = os.path.dirname(definition)
    beside = {header for header in headers if header.startswith(folder + "/")}
    seen = headers & (sources.includes(definition)[0] | {definition})
    return min(beside & seen or beside or seen or headers, default=None)


def definitions():
    found = collections.defaultdict(list)
    for each in sources.objects(BUILD):
        for name in each.defined:
            found[name].append(each.source)
    return found


def calls():
    """(caller, definition, name) between files; of several definitions the caller's own program's."""
    defined = definitions()
    for each in sources.objects(BUILD):
        for name in sorted(each.wanted & defined.keys()):
            places = defined[name]
            top = each.source.split("/")[0]
            own = [place for place in places if place.split("/")[0] == top]
            if len(own or places) != 1:
                raise AssertionError(f"{each.source}: {name} is defined by {places}")
            yield each.source, (own or places)[0], name


def circles(edges):
    """The strongly connected components of more than one node (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(edges[node]):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


def step_of(rooms, file, other, how, wrong, used):
    """Notes one step: as used, and as wrong where no table allows it."""
    step = rooms.step(file, other)
    used.add(step)
    if step and not rooms.allows(step):
        wrong.add((file, f"{how} {other}, but {step[0]} may not see {step[1]}"))


class TestCase(unittest.TestCase):
    def assert_none(self, found, what="breaks a table of docs/architecture.md"):
        lines = sorted(": ".join(each) for each in found)
        if lines:
            self.fail("\n  ".join([what, *lines]))


class Layers(TestCase):
    def setUp(self):
        self.rooms = Rooms()

    def test_every_file_has_a_room(self):
        self.assertEqual([file for file in sources.files() if not self.rooms.house(file)], [])
        empty = [name for name in self.rooms.rooms
                 if not any(best(self.rooms.rooms, file) == name for file in sources.files())]
        self.assertEqual(empty, [], "docs/architecture.md has rooms without a file")
        divided = {name.split("/")[0] for name in self.rooms.rooms}
        without = {os.path.dirname(file) for file in sources.files() if file.split("/")[0] in divided
                   and best(self.rooms.rooms, file) not in (file, os.path.dirname(file) + "/")
                   and (best(self.rooms.rooms, file) or "/").endswith("/")}
        self.assertEqual(without, set(), "docs/architecture.md has no room for these folders")

    def test_rooms_are_stacked(self):
        """No circle between rooms can then be in the code, which sees what the tables allow."""
        for table in (self.rooms.houses, self.rooms.rooms):
            edges = collections.defaultdict(set, table)
            for seen in table.values():
                for name in seen:
                    edges.setdefault(name, set())
            self.assert_none(circles(edges), "rooms see each other")

    def test_rooms_see_what_they_may(self):
        wrong, used = set(), set()
        for file in sources.files():
            for other in sources.includes(file)[0]:
                step_of(self.rooms, file, other, "includes", wrong, used)
        for caller, definition, name in calls():
            header = declared_in(definition, name)
            self.assertTrue(header, f"{name} of {definition} is declared in no header")
            step_of(self.rooms, caller, header, f"calls {name} of", wrong, used)
        self.assert_none(wrong)
        if any(each.source.startswith("collector/") for each in sources.objects(BUILD)):
            self.assert_none(self.rooms.steps() - used, "docs/architecture.md allows what nobody does")

    def test_private_headers(self):
        self.assert_none({(file, f"includes {other}") for file in sources.files()
                          for other in sources.includes(file)[0] if other.endswith("private.h")
                          and not file.startswith(os.path.dirname(other) + "/")},
                         "a private header is its own folder's")

    def test_files_are_stacked(self):
        edges = collections.defaultdict(set)
        for file in sources.files():
            for other in sources.includes(file)[0]:
                edges[os.path.splitext(file)[0]].add(os.path.splitext(other)[0])
        for caller, definition, name in calls():
            header = declared_in(definition, name) or definition
            beside = header.split("/")[0] == definition.split("/")[0]
            edges[os.path.splitext(caller)[0]].add(
                os.path.splitext(definition if beside else header)[0])
        for node in list(edges):
            edges[node].discard(node)
            for other in list(edges[node]):
                edges.setdefault(other, set())
        self.assert_none(circles(edges), "files include or call each other")


class Foreign(TestCase):
    def test_libraries_stay_where_they_belong(self):
        owners = {}
        for cells in rows("header", "seen only by"):
            for name in names(cells[0]):
                owners[name] = names(cells[-1])
        [[_, system]] = [[names(cells[0]), names(cells[-1])]
                         for cells in rows("header", "seen only by") if not names(cells[0])]
        wrong, used = set(), set()
        for file in sources.files():
            for header in sources.includes(file)[1] - OF_C:
                name = best(owners, header)
                allowed = owners[name] if name else system
                place = best(allowed, file)
                if not place and not (file.endswith(".cpp") and "." not in header):
                    wrong.add((file, f"includes <{header}>, which only {', '.join(allowed)} may"))
                used.add((name, place))
        self.assert_none(wrong)
        listed = {(name, place) for name, places in owners.items() for place in places}
        self.assert_none(listed - used, "docs/architecture.md allows what nobody does")

    def test_time_is_read_waited_for_and_written_in_one_place(self):
        """The platform has the clocks, the collector its ticker, and core/text.c writes times."""
        places = {"clock_gettime": ("linux/clock.c",), "nanosleep": ("linux/clock.c",),
                  "pthread_cond_timedwait": ("collector/ticker.c",)}
        for name in ("gettimeofday", "gmtime", "gmtime_r", "localtime", "localtime_r", "strftime", "usleep"):
            places[name] = ()
        found = {(file, word) for file in sources.files() for word in sources.words(file) & places.keys()}
        self.assert_none({(file, word) for file, word in found if file not in places[word]},
                         "goes round platform/system.h, ticker.h or text_time()")

    def test_windows_is_in_its_rooms(self):
        wrong = {(file, word) for file in sources.files() if not file.startswith(("win32/", "window/"))
                 for word in sources.words(file) & {"_WIN32", "WIN32", "_WIN64", "__MINGW32__",
                                                    "__MINGW64__", "_MSC_VER"}}
        self.assert_none(wrong, "Windows is in win32/ and window/")


if __name__ == "__main__":
    unittest.main(verbosity=2)
