# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the oracle share: running a program there, and driving a guest's console."""

import os
import secrets
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


class Guest:
    """`corbel vm run` under Linux KVM, its console on a pexpect child; a context that ends it."""

    def __init__(self, *extra, cpus=1, mem="256M", kernel="guest/vmlinuz",
                 initrd="guest/busybox.gz", run=(), timeout=300):
        self.messages = ""
        arguments = [PYTHON, RUN, "--timeout", str(timeout), *run, "--file", built(kernel),
                     "--file", built(initrd), built("corbel"), "vm", "run", "--kernel",
                     "/boot/" + os.path.basename(kernel), "--initrd",
                     "/boot/" + os.path.basename(initrd), "--mem", mem, "--cpus", str(cpus),
                     *extra]
        self.child = pexpect.popen_spawn.PopenSpawn(arguments, timeout=timeout, encoding="utf-8",
                                                    codec_errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.child.proc.terminate()
        self.child.proc.wait()

    def boot(self):
        """Waits for the shell's prompt; keeps what the kernel said before it."""
        self.child.expect_exact(PROMPT)
        self.messages = self.child.before.replace("\r", "")
        return self

    def command(self, line, timeout=-1):
        """The output and status of a command in the guest's shell."""
        mark = secrets.token_hex(4)
        # Quoted so that the echo of the line has neither of the two marks.
        self.child.send('echo "<"%s; %s; echo %s"-$?"\n' % (mark, line, mark))
        self.child.expect("<" + mark + "\r\n", timeout=timeout)
        self.child.expect(mark + r"-(\d+)\r", timeout=timeout)
        return self.child.before.replace("\r", ""), int(self.child.match.group(1))

    def text(self, line):
        """The output of a command that must succeed, without white space around it."""
        text, status = self.command(line)
        assert status == 0, (line, text)
        return text.strip()

    def end(self, keys):
        """Sends the keys and waits for the end; the status of `corbel`."""
        self.child.send(keys)
        return self.child.wait()
