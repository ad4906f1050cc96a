# SPDX-License-Identifier: BSD-2-Clause
"""The source tree as the lint checks see it: files, their lines, and functions found by layout.

Our format puts a function's `{` and `}` alone in column 1, so functions need no C parser.
"""

import functools
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HYPERVISOR = ("boot", "arch", "core", "mm", "drivers", "vmm", "api")
ABI = "api/abi/"
EVERYTHING = HYPERVISOR + ("control", "tests", "scripts", "iso", ".ci")


@functools.lru_cache(None)
def files(folders=EVERYTHING, endings=(".c", ".h", ".S")):
    """Paths from the root, sorted."""
    found = []
    for folder in folders:
        for base, names, leaves in os.walk(os.path.join(ROOT, folder)):
            names[:] = [n for n in names if n != "__pycache__"]
            found += [os.path.relpath(os.path.join(base, leaf), ROOT) for leaf in leaves
                      if leaf.endswith(endings)]
    return sorted(found)


@functools.lru_cache(None)
def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def lines(path):
    """(number, line) pairs from 1."""
    return list(enumerate(text(path).split("\n"), 1))


def functions(path):
    """(name, first line, number of lines, is static) of every function defined in a C file."""
    rows = text(path).split("\n")
    found, start = [], None
    for i, row in enumerate(rows):
        if row == "{" and start is None:
            start = i
        elif row.startswith("}") and start is not None:
            head = start - 1
            while head > 0 and rows[head - 1] and not re.match(r"[#/}]|.*[;/]$| \*", rows[head - 1]):
                head -= 1
            name = re.search(r"(\w+)\s*\(", re.sub(r"__\w+\(.*?\)+\s", "", " ".join(rows[head:start])))
            if name:
                found.append((name.group(1), head + 1, i - head + 1, "static" in rows[head].split()))
            start = None
    return found


def declarations(path):
    """Names of the functions that a header declares, in order."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text(path), flags=re.S)
    code = re.sub(r"^\s*#([^\n]*\\\n)*[^\n]*", "", code, flags=re.M)
    code = re.sub(r"\{[^{}]*\}", "", re.sub(r"\{[^{}]*\}", "", code))
    return re.findall(r"^[a-z_][\w\s*]*?\b(\w+)\([^;{]*\)[^;{()]*(?:\([^;]*\))*\s*;", code, flags=re.M)
