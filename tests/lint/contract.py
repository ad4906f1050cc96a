# SPDX-License-Identifier: BSD-2-Clause
"""The hardware contract has at most 25 operations; a get/set pair counts once."""

import os
import re

import tree

HV = "arch/x86/hv/hv.h"
MOST = 25


def operations():
    names = [n for n in tree.declarations(HV) if n.startswith("hv_")]
    return sorted({re.sub(r"^hv_[gs]et_", "hv_get/set_", n) for n in names})


def check():
    if not os.path.exists(os.path.join(tree.ROOT, HV)):
        yield HV + ": missing"
        return
    found = operations()
    if not found:
        yield HV + ": no operation found"
    if len(found) > MOST:
        yield "%s: %d operations, at most %d: %s" % (HV, len(found), MOST, " ".join(found))
