#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a test takes from a module of the tests stands there. Python finds this out as late as the line
runs, and some lines run once in hours."""

import ast
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import sources  # noqa: E402


def trees():
    for folder, _, names in os.walk(os.path.join(sources.ROOT, "tests")):
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, sources.ROOT), ast.parse(file.read(), path)


def named(target):
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def top_level(tree):
    """The names that a module has once it is read."""
    names, todo = set(), list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.With)):
            names |= named(node)
        todo += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
    return names


def taken(tree):
    """What a file takes from which module: (module, name, line)."""
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.module, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.Import):
            modules.update({alias.asname or alias.name: alias.name for alias in node.names})
    hidden = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    hidden |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = node.value.id
            if name in modules and name not in hidden:
                yield modules[name], node.attr, node.lineno


class Imports(unittest.TestCase):
    def test_taken_from_where_it_stands(self):
        files = list(trees())
        modules = {}
        for path, tree in files:
            name = os.path.basename(path)[:-len(".py")]
            modules[name] = modules.get(name, {"__file__", "__doc__"}) | top_level(tree)
        found = [f"{path}:{line}: there is no {name} in {module}.py"
                 for path, tree in files for module, name, line in taken(tree)
                 if module in modules and name not in modules[module]]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_finds_what_is_not_there(self):
        module = ast.parse("import os\nHERE = 1\ntry:\n    def read(): pass\nexcept OSError: pass\n")
        self.assertEqual(top_level(module), {"os", "HERE", "read"})
        user = ast.parse("import lib\nfrom lib import read\nlib.HERE\nlib.gone(1)\ndef f(lib2): lib2.x\n")
        self.assertEqual(list(taken(user)), [("lib", "read", 2), ("lib", "HERE", 3), ("lib", "gone", 4)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
