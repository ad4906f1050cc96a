# SPDX-License-Identifier: BSD-2-Clause
"""Corbel answers every row of tests/abi as Linux KVM does, but for tests/abi/differences."""

import fnmatch
import os
import re
import subprocess

import pytest
from console import BUILD, REPORT, ROOT

FEWEST = 300
ROW = re.compile(r"^[a-z_]+\|[^|]*\|-?\d+\|[A-Z0-9]+\|.*$")
END = "abi: end"
PLATFORMS = ["bochs-vmx", "bochs-svm", "qemu-svm"]


def rows(text):
    """The rows of an output, keyed by group, case and how often that case came before."""
    found, seen = {}, {}
    for line in text.splitlines():
        line = line.rstrip("\r")
        if ROW.match(line):
            name = tuple(line.split("|")[:2])
            seen[name] = seen.get(name, 0) + 1
            found[name + (seen[name],)] = line
    return found


def differences(platform):
    """The rows that Corbel gives instead, as patterns; each stands under a reason. A pattern behind
    `PLATFORM: ` is meant for that one only."""
    allowed, reason = [], None
    with open(os.path.join(ROOT, "tests", "abi", "differences"), encoding="utf-8") as f:
        for line in map(str.rstrip, f):
            only, colon, pattern = line.partition(": ")
            if line.startswith("#"):
                reason = line
            elif not line:
                reason = None
            elif not colon or only not in PLATFORMS:
                assert reason, "a difference without a reason: " + line
                allowed.append(line)
            elif only == platform:
                assert reason, "a difference without a reason: " + line
                allowed.append(pattern)
    return allowed


def unexpected(linux, corbel, allowed):
    """What differs and is not allowed to, and what is allowed to differ but does not."""
    bad = ["missing: " + linux[k] for k in linux if k not in corbel]
    bad += ["only here: " + corbel[k] for k in corbel if k not in linux]
    if [k for k in linux if k in corbel] != [k for k in corbel if k in linux]:
        bad.append("the rows come in another order")
    needed = set()
    for key in linux.keys() & corbel.keys():
        line = corbel[key]
        if line != linux[key]:
            by = [a for a in allowed if fnmatch.fnmatchcase(line, a)]
            needed.update(by)
            if not by:
                bad.append("%s, on Linux %s" % (line, linux[key]))
    bad += ["listed, but does not differ: " + a for a in allowed if a not in needed]
    return sorted(bad)


@pytest.fixture(scope="module")
def linux():
    done = subprocess.run([os.path.join(ROOT, "tests/oracle/run"), os.path.join(BUILD, "abi")],
                          capture_output=True, text=True, timeout=240)
    assert END in done.stdout
    return rows(done.stdout)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_rows(boot, linux, platform):
    assert len(linux) >= FEWEST
    machine = boot(platform, "program")
    machine.expect("program: ")
    machine.send("abi\r")
    machine.expect(REPORT)
    machine.expect(END, 400)
    bad = unexpected(linux, rows(machine.line.before), differences(platform))
    assert not bad, "\n".join(bad)
