# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the oracle share: running a program there, and driving a guest's console."""

import os
import subprocess
import sys

import pexpect.popen_spawn

import guest_kernel

ROOT = guest_kernel.ROOT
BUILD = os.path.join(ROOT, "build")
RUN = os.path.join(ROOT, "tests", "oracle", "run")
PYTHON = sys.executable
PROMPT = "/ # "


def built(name):
    return os.path.join(BUILD, name)


def oracle(program, *args, files=(), timeout=240):
    """Runs a built program under Linux KVM; returns its exit status and output."""
    command = [PYTHON, RUN, "--timeout", str(timeout)]
    for name in files:
        command += ["--file", built(name)]
    done = subprocess.run(command + [built(program), *args], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=timeout + 60)
    return done.returncode, done.stdout


def local(program, *args):
    """Runs a built program on this machine; returns its exit status and output."""
    done = subprocess.run([built(program), *args], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return done.returncode, done.stdout


def spawn_guest(*extra, files=(), timeout=300):
    """Starts `corbel vm run` under Linux KVM with its console on a pexpect child."""
    command = [RUN, "--timeout", str(timeout), "--file", built("guest/vmlinuz"),
               "--file", built("guest/busybox.gz")]
    for name in files:
        command += ["--file", built(name)]
    command += [built("corbel"), "vm", "run", "--kernel", "/boot/vmlinuz",
                "--initrd", "/boot/busybox.gz", "--mem", "256M", *extra]
    return pexpect.popen_spawn.PopenSpawn([PYTHON] + command, timeout=timeout, encoding="utf-8",
                                          codec_errors="replace")
