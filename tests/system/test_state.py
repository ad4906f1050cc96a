# SPDX-License-Identifier: BSD-2-Clause
"""Machines that are saved and restored go on as if nothing had been, and their guests notice every
piece that is left out: on Corbel as on Linux KVM."""

import os
import subprocess

import pytest
from console import BUILD, REPORT, ROOT

END = "state: end"
LIMIT = 400


def lines(text):
    return [line.strip("\r") for line in text.splitlines() if line.startswith("state: ")]


@pytest.fixture(scope="module")
def linux():
    done = subprocess.run([os.path.join(ROOT, "tests/oracle/run"), "--timeout", str(LIMIT),
                           os.path.join(BUILD, "state")],
                          capture_output=True, text=True, timeout=LIMIT + 60)
    assert "WRONG" not in done.stdout and END in done.stdout, done.stdout
    return lines(done.stdout)


@pytest.mark.parametrize("platform", ["bochs-vmx", "bochs-svm", "qemu-svm"])
def test_state(boot, linux, platform):
    machine = boot(platform, "program")
    machine.expect("program: ")
    machine.send("state\r")
    machine.expect(REPORT)
    machine.expect(END, LIMIT)
    assert lines(machine.line.before) + [END] == linux
