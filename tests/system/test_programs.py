# SPDX-License-Identifier: BSD-2-Clause
"""Programs and samples print the same on Corbel as on Linux, line by line: what uses KVM as on the
oracle, what does not as on this machine."""

import functools
import os
import re
import subprocess

import pytest
from console import BUILD, REPORT, ROOT
from test_trouble import boot_with, spare_cpus

PLATFORMS = ["bochs-vmx", "bochs-svm", "qemu-svm"]
END = r"(?:\[ *[\d.]+\] )?corbel: control program (\S+) exited with code (\d+)"
# Lines of the hypervisor that may stand between a program's.
OURS = re.compile(r"^(\[ *[\d.]+\] )?corbel: ")
# What the runtime says of a child that crashes, where Linux makes a core file at most.
CRASH = re.compile(r"\r?\nprogram ended by SIG[^\n]*\n(?:  [^\n]*\n)+")


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
    """The program prints and ends on Corbel as it did on Linux."""
    machine = boot(platform, "program")
    machine.expect("program: ")
    machine.send(name + "\r")
    machine.expect(REPORT)
    compare(machine, name, output)


def compare(machine, name, output):
    """What is printed behind the hypervisor's first line, and how the program ends."""
    lines, status = output
    machine.expect(r"\n")
    machine.expect(END, 180)
    printed = [line.rstrip("\r") for line in CRASH.sub("", machine.line.before).splitlines()]
    assert [line for line in printed if not OURS.match(line)] == lines
    assert machine.line.match.groups() == (name, str(status))


@functools.lru_cache(None)
def on_linux(folder, name):
    """Lines and exit status of a built program there, now: on the oracle if it uses KVM."""
    source = os.path.join(ROOT, "control" if folder == "samples" else "tests", folder, name + ".c")
    command = [os.path.join(BUILD, folder, name)]
    if os.path.exists(source):
        with open(source, encoding="utf-8") as f:
            if "<linux/kvm.h>" in f.read():
                command.insert(0, os.path.join(ROOT, "tests/oracle/run"))
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=180)
    lines = done.stdout.decode(errors="replace").splitlines()
    assert lines, name + " prints nothing on Linux"
    return lines, done.returncode


@pytest.mark.parametrize("name", names("tests/programs") + MUSL)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_program(boot, platform, name):
    check(boot, platform, name, on_linux("programs", name))


@pytest.mark.parametrize("name", names("control/samples"))
@pytest.mark.parametrize("platform", PLATFORMS)
def test_sample(boot, platform, name):
    check(boot, platform, name, on_linux("samples", name))


# What needs two threads at the same moment.
RACES = ["numbers", "pipe_kill", "spawn_threads", "threads", "vcpu_wait"]


@pytest.mark.parametrize("name", RACES)
def test_race(boot, name):
    output = on_linux("programs", name)
    machine = boot_with(boot, "qemu-svm", "control=%s first-cpu=1" % name, name,
                        cpus=2 + spare_cpus("qemu-svm", 2))
    compare(machine, name, output)
