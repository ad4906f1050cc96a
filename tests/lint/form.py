# SPDX-License-Identifier: BSD-2-Clause
"""Form: the rules that every reader sees, exactly; clang-format's opinion, with some tolerance.

Tables and packed constants look better by hand, and versions of clang-format differ, so a file may
deviate from .clang-format in a share of its lines; a file that was never formatted deviates in more.
"""

import concurrent.futures
import difflib
import os
import re
import subprocess

import tree

COLUMNS = 100
TOLERATED = 0.10
NO_BRACE = re.compile(r"^\s*(if|for|while) \(.*\)$|^\s*(\} )?else$")


def rules(path):
    rows = tree.lines(path)
    for number, line in rows:
        if line != line.rstrip():
            yield "%s:%d: white space at the end" % (path, number)
        if len(line.expandtabs(8)) > COLUMNS:
            yield "%s:%d: more than %d columns" % (path, number, COLUMNS)
        if re.match(r" {8}", line):
            yield "%s:%d: indented by spaces" % (path, number)
        if path.endswith(".c"):
            if re.match(r"\s*#\s*(if|ifdef|ifndef)\b", line):
                yield "%s:%d: #if in a .c file" % (path, number)
            if NO_BRACE.match(line) and line.count("(") == line.count(")"):
                yield "%s:%d: no brace" % (path, number)
    if not tree.text(path).endswith("\n"):
        yield "%s: no newline at the end" % path


def deviation(path):
    done = subprocess.run(["clang-format", "--style=file", path], cwd=tree.ROOT,
                          capture_output=True, text=True)
    if done.returncode:
        return "%s: clang-format: %s" % (path, done.stderr.strip())
    mine, theirs = tree.text(path).split("\n"), done.stdout.split("\n")
    matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
    changed = sum(max(i2 - i1, 1) for tag, i1, i2, _, _ in matcher.get_opcodes() if tag != "equal")
    if changed > max(6, TOLERATED * len(mine)):
        return "%s: clang-format would change %d of %d lines" % (path, changed, len(mine))
    return None


def check():
    paths = [p for p in tree.files() if not p.startswith(tree.ABI)]
    for path in paths:
        yield from rules(path)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from filter(None, pool.map(deviation, [p for p in paths if not p.endswith(".S")]))
