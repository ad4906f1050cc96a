# SPDX-License-Identifier: BSD-2-Clause
"""vmx/ and svm/ have the same files with the same exported functions in the same order.

Exceptions, with their reasons, are the list items or table rows of docs/vendors.md that begin with a
name in backticks.
"""

import os
import re

import tree

FOLDERS = {"vmx": "arch/x86/hv/vmx", "svm": "arch/x86/hv/svm"}


def exceptions():
    if not os.path.exists(os.path.join(tree.ROOT, "docs/vendors.md")):
        return set()
    return set(re.findall(r"^[-*|]\s*`([^`]+)`", tree.text("docs/vendors.md"), flags=re.M))


def exported(path):
    if path.endswith(".c"):
        return [name for name, _, _, static in tree.functions(path) if not static]
    if path.endswith(".h"):
        return tree.declarations(path)
    return re.findall(r"^\s*\.gl?oba?l\s+(\w+)", tree.text(path), flags=re.M)


def check():
    excused = exceptions()
    sides = {}
    for side, folder in FOLDERS.items():
        paths = tree.files((folder,))
        sides[side] = {re.sub("^%s_" % side, "", os.path.basename(p)): p for p in paths}
        for p in paths:
            if not os.path.basename(p).startswith((side + "_", side + ".")):
                yield "%s: its name does not begin with %s_" % (p, side)
    for side, other in (("vmx", "svm"), ("svm", "vmx")):
        for name, path in sorted(sides[side].items()):
            twin = re.sub("^%s(?=[_.])" % side, other, os.path.basename(path))
            twin_path = FOLDERS[other] + "/" + twin
            if os.path.basename(path) in excused:
                continue
            if not os.path.exists(os.path.join(tree.ROOT, twin_path)):
                yield "%s: no twin %s and no line in docs/vendors.md" % (path, twin)
            elif side == "vmx":
                mine, theirs = ([re.sub("^(vmx|svm)_", "", f) for f in exported(p) if f not in excused]
                                for p in (path, twin_path))
                if mine != theirs:
                    yield "%s and %s export different functions or in another order: %s" % (
                        path, twin, first_difference(mine, theirs))


def first_difference(mine, theirs):
    for a, b in zip(mine + [None] * len(theirs), theirs + [None] * len(mine)):
        if a != b:
            return "%s against %s" % (a, b)
    return ""
