# SPDX-License-Identifier: BSD-2-Clause
"""A file includes its own folder and lower rows only (ROWS: the layers)."""

import os
import re

import tree

HV_PUBLIC = {"arch/x86/hv/hv.h", "arch/x86/hv/hv_exit.h", "arch/x86/hv/hv_state.h",
             "arch/x86/hv/hv_thread.h"}
# Longest prefix decides. None: no part of the hypervisor, may include the ABI and itself only.
ROWS = {
    "api/abi/": 0, "arch/x86/asm/": 0, "core/types.h": 0, "core/errno.h": 0,
    "core/": 1, "mm/": 2, "arch/": 3, "arch/x86/hv/": 4, "drivers/": 4, "vmm/": 5, "api/": 6,
    "boot/": 7, "core/main.c": 7,
    "control/": None, "tests/": None,
}
GENERATED = {"offsets.h", "version.h"}


def layer(path):
    prefix = max((p for p in ROWS if path.startswith(p)), key=len, default="")
    return prefix, ROWS.get(prefix)


def vendor(path):
    found = re.match(r"arch/x86/hv/(vmx|svm)/", path)
    return found.group(1) if found else None


def refused(path, include):
    """Why path may not include it, or None."""
    (mine, my_row), (theirs, their_row) = layer(path), layer(include)
    if vendor(include) and (not path.startswith("arch/x86/hv/") or
                            vendor(path) not in (None, vendor(include))):
        return "a vendor's folder is private to arch/x86/hv"
    if my_row is None:
        # What runs on Linux, and the runtime, know the public ABI only.
        ok = include.startswith("api/abi/") or their_row is None
        return None if ok else "only api/abi may be included here"
    if their_row is None:
        return "control and tests are no part of the hypervisor"
    if my_row == 5 and include.startswith("arch/x86/hv/") and include not in HV_PUBLIC:
        return "of the contract vmm sees hv.h, hv_exit.h, hv_state.h and hv_thread.h only"
    if their_row == 0 or my_row == 7 or mine == theirs or their_row < my_row or include.startswith(os.path.dirname(path) + "/"):
        return None
    return "row %d may not include row %d" % (my_row, their_row)


def check():
    for path in tree.files():
        # Unit tests, fakes and the smoke test look into every layer.
        if path.startswith(("tests/unit/", "tests/fake/", "tests/fuzz/", "tests/smoke/")):
            continue
        for number, line in tree.lines(path):
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not found or found.group(1) in GENERATED:
                continue
            include = found.group(1)
            if not os.path.exists(os.path.join(tree.ROOT, include)):
                yield "%s:%d: \"%s\" is no path from the root" % (path, number, include)
                continue
            reason = refused(path, include)
            if reason:
                yield "%s:%d: \"%s\": %s" % (path, number, include, reason)
