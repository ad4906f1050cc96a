# SPDX-License-Identifier: BSD-2-Clause
"""A guest on Corbel: `corbel vm run` with options of the test's choice, and its shell."""

import hashlib
import os
import re
import secrets
import sys

from console import GUEST_LINE, ROOT, online
from test_trouble import boot_with, spare_cpus

sys.path.insert(0, os.path.join(ROOT, "tests/oracle"))
import guest_kernel

# Bochs needs billions of instructions to unpack the kernel.
BOOT_TIMEOUT = 400
PROMPT = "/ # "
POWER_KEY = "\x1e"
END_KEY = "\x1d"


def check_nonce(machine):
    """The shell is a shell: it computes what nobody could know before."""
    nonce = secrets.token_hex(16)
    machine.shell("printf %s " + nonce + " | sha256sum",
                  hashlib.sha256(nonce.encode()).hexdigest())


def check_shell(machine):
    """The shell is a shell, and the kernel is the package's."""
    check_nonce(machine)
    release, build = re.match(r"(\S+) .*?(#\d+ .*)", guest_kernel.version_line()).groups()
    machine.shell("cat /proc/version", "Linux version %s [^\n]*%s" % (
        re.escape(release), re.escape(build)))


class Guest:
    """One guest of one machine: cpus and mem are the guest's, host_cpus and host_mem the machine's."""

    def __init__(self, boot, *words, platform="qemu-svm", cpus=1, mem="256M", host_cpus=1,
                 host_mem=1024, kernel="vmlinuz", initrd="busybox.gz"):
        spare = spare_cpus(platform, host_cpus)
        arguments = ["vm", "run", "--kernel", "/boot/" + kernel, "--initrd", "/boot/" + initrd,
                     "--mem", mem, "--cpus", str(cpus)]
        arguments += ["--append=" + word for word in words]
        self.machine = boot_with(boot, platform, "control=corbel first-cpu=%d" % spare, "corbel",
                                 " ".join(arguments), kernel + " " + initrd,
                                 cpus=host_cpus + spare, mem=host_mem)
        self.machine.expect(online(host_cpus + spare))
        self.messages = ""

    def shell(self):
        """Waits for the shell, keeps what the kernel said before it, and asks it a nonce."""
        self.machine.expect(GUEST_LINE, BOOT_TIMEOUT)
        self.messages = self.machine.line.before.replace("\r", "")
        self.machine.expect(PROMPT)
        check_nonce(self.machine)
        return self

    def send(self, text):
        self.machine.send(text)

    def text(self, line, timeout=60):
        """The output of a command that must succeed, without white space around it."""
        mark = secrets.token_hex(4)
        # Quoted so that the echo of the line has neither of the two marks.
        self.send('echo "<"%s; %s; echo %s"-$?"\r' % (mark, line, mark))
        self.machine.expect("<" + mark + "\r\n", timeout)
        status = self.machine.expect(mark + r"-(\d+)\r", timeout).group(1)
        text = self.machine.line.before.replace("\r", "").strip()
        assert status == "0", (line, text)
        return text

    def interrupt(self, name):
        """The interrupt chip of a line, by the name of its user."""
        found = re.search(r"^ *\d+:[ \d]*(\S+) .*\b%s$" % name, self.text("cat /proc/interrupts"), re.M)
        return found and found.group(1)

    def clock(self, wanted=None):
        """The clock that the guest's kernel uses; it verifies one for a while before it takes it."""
        name = "cat /sys/devices/system/clocksource/clocksource0/current_clocksource"
        wait = "for i in $(seq 20); do test $(%s) != %s || break; sleep 1; done; " % (name, wanted)
        return self.text((wait if wanted else "") + name)

    def total_memory(self):
        """MiB that the guest's kernel manages."""
        return int(re.search(r"MemTotal: +(\d+) kB", self.text("cat /proc/meminfo")).group(1)) // 1024

    def ends(self, line, status=0):
        """Waits for the line in which `corbel` says how the guest ended, and for its exit status."""
        self.machine.expect(line)
        self.machine.expect("control program corbel exited with code %d" % status)
