# SPDX-License-Identifier: BSD-2-Clause
"""Files of at most 600 lines, functions of at most 70, and a median file of at most 150."""

import statistics

import tree

FILE, FUNCTION, MEDIAN, TOTAL = 600, 70, 150, 25000


def count(path):
    return tree.text(path).count("\n")


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
    privileged = [count(p) for p in tree.files(tree.HYPERVISOR) if not p.startswith(tree.ABI)]
    median = statistics.median(privileged or [0])
    if median > MEDIAN:
        yield "the hypervisor's median file has %d lines, at most %d" % (median, MEDIAN)
    if sum(privileged) > TOTAL * 1.5:
        yield "the hypervisor has %d lines with comments, too many for %d without" % (
            sum(privileged), TOTAL)
