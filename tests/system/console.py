# SPDX-License-Identifier: BSD-2-Clause
"""A machine under test: the emulator of scripts/platforms.py, its serial line as a pexpect object,
and QEMU's monitor."""

import json
import os
import re
import socket
import sys

import pexpect.fdpexpect

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import platforms

BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
LOGS = os.path.join(BUILD, "test-logs")
ENTRIES = {"run": "r", "selftest": "s", "bench": "b", "none": "n", "program": "p",
           "options": "o", "micro-guests": "m"}
REPORT = r"corbel: Corbel \d+\.\d+"
GUEST_LINE = r"corbel guest: busybox shell, Linux \S+"
# One emulated second is much wall time on a busy machine with two cores.
BOOT_TIMEOUT = 90
LAST_LINES = 40


def open_log(name):
    """A fresh transcript for one machine; the first one makes the folder."""
    os.makedirs(LOGS, exist_ok=True)
    return open(os.path.join(LOGS, name + ".log"), "w", encoding="utf-8")


def online(cpus):
    """The line that says that all CPUs of the machine run."""
    return r"corbel: %d of %d CPUs online" % (cpus, cpus)


class Monitor:
    """QEMU's QMP socket; hmp() runs a command of the human monitor."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("r")
        self.file.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.socket.sendall(json.dumps({"execute": name, "arguments": arguments}).encode())
        while True:
            answer = json.loads(self.file.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise RuntimeError(answer["error"])

    def hmp(self, line, cpu=0):
        return self.command("human-monitor-command", **{"command-line": line, "cpu-index": cpu})


class Console:
    """Boots the image's entry; `line` is the serial line."""

    def __init__(self, name, platform, entry, **options):
        options.setdefault("iso", os.path.join(BUILD, "corbel.iso"))
        self.name = name
        self.machine = platforms.Machine(platform, **options)
        self.log = open_log(name)
        self.line = None
        self.entry = entry

    def boot(self):
        self.machine.start()
        self.line = pexpect.fdpexpect.fdspawn(self.machine.serial.fileno(), timeout=BOOT_TIMEOUT,
                                              encoding="utf-8", codec_errors="replace",
                                              logfile=self.log, use_poll=True)
        self.line.delaybeforesend = None
        self.line.expect(r"\(n\)|Press enter to boot")
        self.line.send(ENTRIES[self.entry])
        return self

    def expect(self, pattern, timeout=BOOT_TIMEOUT):
        """Waits for the pattern; a panic or a halt before it ends the wait at once. The match."""
        ends = [r"corbel: panic[^\n]*\n", r"corbel: cannot run[^\n]*\n"]
        ends = [e for e in ends if not re.search(pattern, e.split("[")[0])]
        which = self.line.expect([pattern] + ends, timeout=timeout)
        assert which == 0, "instead of %r: %s" % (pattern, self.line.match.group(0).strip())
        return self.line.match

    def send(self, text):
        self.line.send(text)

    def shell(self, command, pattern, timeout=60):
        """Types a command at a shell's prompt and returns the match of pattern in its output."""
        self.send(command + "\r")
        return self.expect(pattern, timeout)

    def monitor(self):
        return Monitor(self.machine.qmp_path)

    def last_words(self):
        """The transcript's end, and the registers of a QEMU that still runs."""
        self.log.flush()
        with open(self.log.name, encoding="utf-8") as log:
            lines = log.read().replace("\r", "").splitlines()[-LAST_LINES:]
        try:
            registers = self.monitor().hmp("info registers -a").splitlines()
            lines += [r for r in registers if re.match(r"CPU|RIP|CR0|RAX", r)]
        except (OSError, ValueError, RuntimeError, TypeError, AttributeError) as error:
            lines.append("no monitor: %s" % error)
        return "\n".join(lines)

    def close(self):
        self.machine.stop()
        self.log.close()
