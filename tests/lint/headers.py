# SPDX-License-Identifier: BSD-2-Clause
"""Every header compiles alone, as the first thing a file includes."""

import concurrent.futures
import os
import shlex
import subprocess

import tree


def compile_alone(path):
    hosted = path.startswith(("control/vmm/", "control/cli/"))
    flags = shlex.split(os.environ["HOST_CFLAGS" if hosted else "HV_CFLAGS"])
    flags = [f for f in flags if f not in ("-MMD", "-MP")]
    done = subprocess.run(["gcc"] + flags + ["-fsyntax-only", "-include", path, "-x", "c", "/dev/null"],
                          cwd=tree.ROOT, capture_output=True, text=True)
    errors = [line for line in done.stderr.split("\n") if "error" in line]
    return "%s: does not compile alone: %s" % (path, errors[0]) if done.returncode else None


def check():
    paths = tree.files(tree.HYPERVISOR + ("control",), (".h",))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from filter(None, pool.map(compile_alone, paths))
