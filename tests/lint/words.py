# SPDX-License-Identifier: BSD-2-Clause
"""Above the contract no vendor's word occurs, not even in a comment."""

import re

import tree

FOLDERS = ("core", "mm", "drivers", "vmm", "api")
WORDS = re.compile(r"(?<![a-z0-9])(vmx|svm|vmcs|vmcb|vmcall|vmmcall|ept|npt|intel|amd|cpu_vendor)(?![a-z0-9])",
                   re.I)


def check():
    for path in tree.files(FOLDERS):
        if path.startswith(tree.ABI):
            continue
        for number, line in tree.lines(path):
            found = WORDS.search(line)
            if found:
                yield "%s:%d: a vendor's word: %s" % (path, number, found.group(1))
