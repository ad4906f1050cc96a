# SPDX-License-Identifier: BSD-2-Clause
"""The same `corbel` file, by checksum, boots the same guest on Linux KVM (the oracle)."""

import hashlib
import os
import subprocess

import pexpect
from console import BUILD, GUEST_LINE, ROOT, open_log
from guest import BOOT_TIMEOUT, check_shell


class OracleConsole:
    """The oracle's standard input and output, with the two calls that check_shell() uses."""

    def __init__(self, arguments, log):
        self.child = pexpect.spawn(os.path.join(ROOT, "tests/oracle/run"), arguments, cwd=ROOT,
                                   encoding="utf-8", codec_errors="replace", echo=False,
                                   logfile=log, use_poll=True)

    def expect(self, pattern, timeout=60):
        self.child.expect(pattern, timeout=timeout)
        return self.child.match

    def shell(self, command, pattern, timeout=60):
        self.child.send(command + "\n")
        return self.expect(pattern, timeout)


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def test_image_carries_the_same_program(tmp_path):
    subprocess.run(["xorriso", "-osirrox", "on", "-indev", os.path.join(BUILD, "corbel.iso"),
                    "-extract", "/boot/corbel", str(tmp_path / "corbel")],
                   check=True, capture_output=True)
    assert digest(tmp_path / "corbel") == digest(os.path.join(BUILD, "corbel"))


def test_guest_on_linux_kvm(tmp_path):
    guest = os.path.join(ROOT, "build/guest")
    arguments = ["--timeout", str(BOOT_TIMEOUT), "--file", guest + "/vmlinuz", "--file",
                 guest + "/busybox.gz", os.path.join(BUILD, "corbel"), "vm", "run", "--kernel",
                 "/boot/vmlinuz", "--initrd", "/boot/busybox.gz", "--mem", "256M"]
    with open_log("guest-on-linux") as log:
        machine = OracleConsole(arguments, log)
        try:
            machine.expect(GUEST_LINE, BOOT_TIMEOUT)
            check_shell(machine)
        finally:
            machine.child.close(force=True)
