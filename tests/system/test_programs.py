# SPDX-License-Identifier: BSD-2-Clause
"""Programs and samples print the same on Corbel as on Linux, line by line: what uses KVM as on the
oracle, what does not as on this machine."""

import functools
import os
import re
import subprocess

import pytest
from console import BUILD, REPORT, ROOT

PLATFORMS = ["bochs-vmx", "bochs-svm", "qemu-svm"]
END = r"corbel: control program (\S+) exited with code (\d+)"
# Lines of the hypervisor that may stand between a program's.
OURS = re.compile(r"^(\[ *[\d.]+\] )?corbel: ")


def sources(folder):
    path = os.path.join(ROOT, folder)
    found = sorted(os.listdir(path)) if os.path.isdir(path) else []
    return [os.path.join(folder, f) for f in found if f.endswith(".c")]


def uses_kvm(source):
    with open(os.path.join(ROOT, source), encoding="utf-8") as f:
        return "<linux/kvm.h>" in f.read()


@functools.lru_cache(None)
def on_linux(source):
    """Lines and exit status of a program there, now."""
    built = os.path.join(BUILD, os.path.basename(os.path.dirname(source)),
                         os.path.basename(source)[:-2])
    oracle = [os.path.join(ROOT, "tests/oracle/run")] if uses_kvm(source) else []
    done = subprocess.run(oracle + [built], capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=180)
    lines = done.stdout.decode(errors="replace").splitlines()
    assert lines, source + " prints nothing on Linux"
    return lines, done.returncode


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("source", sources("tests/programs") + sources("control/samples"))
def test_same_as_on_linux(boot, source, platform):
    name = os.path.basename(source)[:-2]
    lines, status = on_linux(source)
    machine = boot(platform, "program")
    machine.expect("program: ")
    machine.send(name + "\r")
    machine.expect(REPORT + r"[^\n]*\n")
    machine.expect(END, 180)
    printed = [line.rstrip("\r") for line in machine.line.before.splitlines()]
    printed = [line for line in printed if not OURS.match(line)]
    # What the boot says comes before the program's first line.
    assert lines[0] in printed, printed
    assert printed[printed.index(lines[0]):] == lines
    assert machine.line.match.groups() == (name, str(status))
