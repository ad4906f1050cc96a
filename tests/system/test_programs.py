# SPDX-License-Identifier: BSD-2-Clause
"""Programs and samples print the same on Corbel as on Linux (KVM samples: on the oracle)."""

import os
import subprocess

import pytest
from console import BUILD, REPORT, ROOT


def names(folder):
    path = os.path.join(ROOT, folder)
    found = sorted(os.listdir(path)) if os.path.isdir(path) else []
    return [f[:-2] for f in found if f.endswith(".c")]


# The Makefile's list of what is also built with musl.
MUSL = [
    name + "-musl"
    for name in "cancel epoll heap pipes spawn spawn_pipes spawn_wait threads".split()
]


def check(boot, platform, name, output):
    """Every line that Linux gave comes from Corbel in the same order."""
    lines = output.decode(errors="replace").splitlines()
    assert lines, name + " prints nothing on Linux"
    machine = boot(platform, "program")
    machine.expect("program: ")
    machine.send(name + "\r")
    machine.expect(REPORT)
    for line in lines:
        # The hypervisor's own lines may stand between.
        machine.line.expect_exact(line, timeout=60)


@pytest.mark.parametrize("name", names("tests/programs") + MUSL)
@pytest.mark.parametrize("platform", ["bochs-svm", "bochs-vmx", "qemu-svm"])
def test_program(boot, platform, name):
    done = subprocess.run([os.path.join(BUILD, "programs", name)], capture_output=True, timeout=60)
    check(boot, platform, name, done.stdout)


@pytest.mark.parametrize("name", names("control/samples"))
@pytest.mark.parametrize("platform", ["bochs-vmx", "qemu-svm"])
def test_sample(boot, platform, name):
    done = subprocess.run([os.path.join(ROOT, "tests/oracle/run"),
                           os.path.join(BUILD, "samples", name)], capture_output=True, timeout=180)
    assert done.returncode == 0
    check(boot, platform, name, done.stdout)
