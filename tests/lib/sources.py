# SPDX-License-Identifier: BSD-2-Clause
"""What the product's sources and objects say of each other: includes, declarations, calls."""

import collections
import functools
import glob
import json
import os
import re
import subprocess

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
NO_PRODUCT = ("build", "tests")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "defined", "_Static_assert",
            "__attribute__", "_Alignas"}

Object = collections.namedtuple("Object", "source defined wanted")


@functools.cache
def files():
    """All C and C++ files of the product, relative to the project, in order."""
    folders = [entry.name for entry in os.scandir(ROOT)
               if entry.is_dir() and not entry.name.startswith(".") and entry.name not in NO_PRODUCT]
    found = []
    for folder in folders:
        for kind in ("c", "h", "cpp"):
            found += glob.glob(f"{folder}/**/*.{kind}", root_dir=ROOT, recursive=True)
    return dict.fromkeys(sorted(found))


@functools.cache
def text(file):
    with open(os.path.join(ROOT, file), encoding="utf-8") as opened:
        return opened.read()


@functools.cache
def code(file):
    """A file without its comments and the contents of its strings; preprocessor lines stay."""
    kept = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
    return kept.sub(lambda match: '""' if match.group()[0] == '"' else " ", text(file))


@functools.cache
def words(file):
    return frozenset(re.findall(r"[A-Za-z_]\w*", code(file)))


@functools.cache
def includes(file):
    """(own, foreign): files of the product, and what stands in angle brackets. What is generated is
    in neither."""
    own, foreign = set(), set()
    for name, other in INCLUDE.findall(text(file)):
        beside = os.path.normpath(os.path.join(os.path.dirname(file), name)) if name else ""
        if other:
            foreign.add(other)
        elif name in files():
            own.add(name)
        elif beside in files():
            own.add(beside)
    return own, foreign


def _outside_braces(file):
    lines = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", "", code(file), flags=re.MULTILINE | re.DOTALL)
    lines = re.sub(r'extern ""\s*\{', "", lines)    # C's linkage for C++ is no scope
    while True:
        shorter = re.sub(r"\{[^{}]*\}", ";", lines)
        if shorter == lines:
            return lines
        lines = shorter


def _declared(statement):
    if re.match(r"\s*typedef\b", statement):
        return []
    functions = [name for name in re.findall(r"\b([A-Za-z_]\w*)\s*\(", statement)
                 if name not in KEYWORDS]
    if functions:
        return functions[:1]
    statement = re.sub(r"\[[^]]*\]", "", statement)
    if re.match(r"\s*(?:struct\s+\w+\s*$|enum\s|union\s)", statement):
        return []
    return re.findall(r"([A-Za-z_]\w*)\s*(?:,|$)", statement)    # objects; functions by their type's name


@functools.cache
def declarations():
    """name -> the headers that declare it as a function or an object (and a few that are neither)."""
    found = collections.defaultdict(set)
    for file in files():
        if file.endswith(".h"):
            for statement in _outside_braces(file).split(";"):
                for name in _declared(statement):
                    found[name].add(file)
    return found


def inline_functions():
    """(name, header) of each function that a header defines."""
    found = []
    for file in files():
        if file.endswith(".h"):
            found += [(name, file) for name in
                      re.findall(r"\bstatic\s+inline\b[^;{]*?\b([A-Za-z_]\w*)\s*\(", code(file))]
    return found


def _symbols(paths):
    """path -> (defined, wanted): asked once for all, since there are hundreds."""
    found = {path: (set(), set()) for path in paths}
    listing = subprocess.run(["nm", *paths], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        if line[:-1] in found:    # "path:" begins a file's list
            defined, wanted = found[line[:-1]]
        elif line:
            kind, name = line.split()[-2:]
            if kind == "U":
                wanted.add(name.removeprefix(".refptr."))    # mingw-w64's for data of elsewhere
            elif kind in "TDBRCV" and not name.startswith(("__", "_Z", ".")):
                defined.add(name)
    return found


@functools.cache
def objects(build):
    """One Object for each source of the product that this build compiles."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    paths = {}
    for command in commands:
        source = os.path.relpath(command["file"], ROOT)
        if source in files() and source not in paths:    # tests compile some of them once more
            name = re.search(r" -o (\S+) -c ", command["command"]).group(1)
            paths[source] = os.path.join(command["directory"], name)
            if not os.path.exists(paths[source]):
                raise RuntimeError(f"{paths[source]} is not built: cmake --build {build}")
    symbols = _symbols(paths.values())
    return [Object(source, symbols[path][0], symbols[path][1] - symbols[path][0])
            for source, path in paths.items()]
