# SPDX-License-Identifier: BSD-2-Clause
"""Machines that are saved and restored go on as if nothing had been, and their guests notice every
piece that is left out: on Corbel as on Linux KVM."""

import os
import subprocess

import pytest
from console import BUILD, REPORT, ROOT

END = "state: end"
LIMIT = 400

# What a platform says in place of a line of Linux's: it must say so, or its entry goes.
DIFFERENT = {
    # Bochs 3.0 masks V_IRQ at #VMEXIT and unmasks it only when the guest's own IF rises: a window
    # asked for at a VMRUN with IF on and a shadow never opens. The interrupt waits for an exit.
    "bochs-svm": {
        "state: shadow goes on": ["state: shadow WRONG", "state: the log is 01, not 55 01"],
    },
}


def lines(text):
    return [line.strip("\r") for line in text.splitlines() if line.startswith("state: ")]


def expected(platform, linux):
    different = DIFFERENT.get(platform, {})
    assert set(different) <= set(linux)
    return [mine for line in linux for mine in different.get(line, [line])]


@pytest.fixture(scope="module")
def linux():
    # Where Linux's watchdog doubts the emulator's TSC, KVM sets the TSCs of two vCPUs apart by the time
    # between the two calls, and time goes back from one to the other.
    done = subprocess.run([os.path.join(ROOT, "tests/oracle/run"), "--timeout", str(LIMIT),
                           "--append", "tsc=reliable", os.path.join(BUILD, "state")],
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
    assert lines(machine.line.before) + [END] == expected(platform, linux)
