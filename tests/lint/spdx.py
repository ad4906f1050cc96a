# SPDX-License-Identifier: BSD-2-Clause
"""The licence line stands first (behind the interpreter's line in a script)."""

import os

import tree

LINE = "SPDX-License-Identifier: BSD-2-Clause"
ENDINGS = (".c", ".h", ".S", ".py", ".sh", ".ld")


def scripts():
    """Executable files without an ending, in the folders that have such."""
    for path in tree.files(("scripts", "iso", ".ci", "tests"), ("",)):
        if "." not in os.path.basename(path) and os.access(os.path.join(tree.ROOT, path), os.X_OK):
            yield path


def check():
    for path in tree.files(endings=ENDINGS) + sorted(scripts()) + ["Makefile", "linker.ld"]:
        # A header of the ABI may be the kernel's own, with its own licence line.
        wanted = "SPDX-License-Identifier:" if path.startswith(tree.ABI) else LINE
        if wanted not in "\n".join(tree.text(path).split("\n")[:2]):
            yield "%s:1: no line %s" % (path, LINE)
