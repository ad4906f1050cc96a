# SPDX-License-Identifier: BSD-2-Clause
"""The image boots an unmodified Debian kernel to a shell that really computes."""

import hashlib
import os
import re
import secrets
import sys

import pytest
from console import GUEST_LINE, REPORT, ROOT, online

sys.path.insert(0, os.path.join(ROOT, "tests/oracle"))
import guest_kernel

# Bochs needs billions of instructions to unpack the kernel.
GUEST_TIMEOUT = 400


def check_shell(machine):
    """The shell is a shell, and the kernel is the package's."""
    nonce = secrets.token_hex(16)
    digest = hashlib.sha256(nonce.encode()).hexdigest()
    machine.shell("printf %s " + nonce + " | sha256sum", digest)
    release, build = re.match(r"(\S+) .*?(#\d+ .*)", guest_kernel.version_line()).groups()
    machine.shell("cat /proc/version", "Linux version %s [^\n]*%s" % (
        re.escape(release), re.escape(build)))


@pytest.mark.parametrize("platform,cpus", [("bochs-vmx", 1), ("qemu-svm", 4), ("qemu-svm", 2),
                                           ("qemu-svm", 1)])
def test_guest_shell(boot, platform, cpus):
    machine = boot(platform, "run", cpus=cpus)
    machine.expect(REPORT)
    machine.expect(online(cpus))
    machine.expect(GUEST_LINE, GUEST_TIMEOUT)
    check_shell(machine)
