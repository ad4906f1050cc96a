# SPDX-License-Identifier: BSD-2-Clause
"""Files of at most 600 lines, functions of at most 70, a median file of at most 150, and a hypervisor
of at most 25,000 lines of code: neither comments nor blank lines, nor the constants of api/abi/."""

import re
import statistics

import tree

FILE, FUNCTION, MEDIAN, TOTAL = 600, 70, 150, 25000


def count(path):
    return tree.text(path).count("\n")


TOKEN = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", flags=re.S)


def code_lines(path):
    """Lines that hold more than comments; what looks like a comment in a string is none."""
    def keep(match):
        found = match.group()
        return found if found[0] in "\"'" else " " + "\n" * found.count("\n")

    return sum(1 for line in TOKEN.sub(keep, tree.text(path)).split("\n") if line.strip())


def check():
    for path in tree.files(endings=(".c", ".h", ".S", ".py")):
        if path.startswith(tree.ABI):
            continue
        if count(path) > FILE:
            yield "%s: %d lines, at most %d" % (path, count(path), FILE)
        if path.endswith(".c"):
            for name, line, length, _ in tree.functions(path):
                if length > FUNCTION:
                    yield "%s:%d: %s has %d lines, at most %d" % (path, line, name, length, FUNCTION)
    privileged = [p for p in tree.files(tree.HYPERVISOR) if not p.startswith(tree.ABI)]
    median = statistics.median([count(p) for p in privileged] or [0])
    if median > MEDIAN:
        yield "the hypervisor's median file has %d lines, at most %d" % (median, MEDIAN)
    total = sum(map(code_lines, privileged))
    print("lint: %d of %d lines of privileged code" % (total, TOTAL))
    if total > TOTAL:
        yield "the hypervisor has %d lines of code, at most %d" % (total, TOTAL)
