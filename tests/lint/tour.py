# SPDX-License-Identifier: BSD-2-Clause
"""Every `file:function` that docs/tour.md mentions exists."""

import os
import re

import tree

TOUR = "docs/tour.md"
STEP = re.compile(r"`([\w./-]+\.(?:c|S|h)):(\w+)(?:\(\))?`")
FEWEST = 15


def defines(path, function):
    if path.endswith(".S"):
        # A label, or what a macro in capitals makes a label of.
        return re.search(r"^(%s:|\t[A-Z_]+\s+%s\b)" % (function, function), tree.text(path), flags=re.M)
    if path.endswith(".h"):
        return re.search(r"\b%s\(" % function, tree.text(path))
    return function in {name for name, _, _, _ in tree.functions(path)}


def check():
    if not os.path.exists(os.path.join(tree.ROOT, TOUR)):
        yield TOUR + ": missing"
        return
    steps = [(number, *found) for number, line in tree.lines(TOUR) for found in STEP.findall(line)]
    if len(steps) < FEWEST:
        yield "%s: only %d steps of the form `file.c:function`" % (TOUR, len(steps))
    for number, path, function in steps:
        if not os.path.exists(os.path.join(tree.ROOT, path)):
            yield "%s:%d: no file %s" % (TOUR, number, path)
        elif not defines(path, function):
            yield "%s:%d: no function %s in %s" % (TOUR, number, function, path)
