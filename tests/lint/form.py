# SPDX-License-Identifier: BSD-2-Clause
"""Form: the rules that every reader sees, exactly; clang-format's opinion, with some tolerance.

Aligned comments, one-line cases and tables look better by hand, and versions of clang-format differ,
so those are not compared and a file may deviate in a share of its lines; a file that was never
formatted deviates in more.
"""

import concurrent.futures
import difflib
import os
import re
import subprocess

import tree

COLUMNS = 100
TOLERATED = 0.15
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


def normal(source):
    """The lines of a file without the differences that are a matter of taste, and without macros."""
    source = re.sub(r"^#define[^\n]*\\\n([^\n]*\\\n)*[^\n]*$", "#define", source, flags=re.M)
    source = re.sub(r"[ \t]*/\*[^\n]*\*/[ \t]*$", "", source, flags=re.M)
    source = re.sub(r"(case [^\n?]*:|default:)\s*\n\s*", r"\1 ", source)
    source = re.sub(r";\s*\n\s*break;", "; break;", source)
    source = re.sub(r"(?<=\S)[ \t]+", " ", source)
    return re.sub(r"\{ | (?=\})", lambda m: m.group().strip(), source).split("\n")


def deviation(path):
    done = subprocess.run(["clang-format", "--style=file", path], cwd=tree.ROOT,
                          capture_output=True, text=True)
    if done.returncode:
        return "%s: clang-format: %s" % (path, done.stderr.strip())
    mine, theirs = normal(tree.text(path)), normal(done.stdout)
    matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
    changed = sum(max(i2 - i1, 1) for tag, i1, i2, _, _ in matcher.get_opcodes() if tag != "equal")
    if changed > max(6, TOLERATED * len(mine)):
        return "%s: clang-format would change %d of %d lines" % (path, changed, len(mine))
    return None


def is_c(path):
    """Not assembly, and no header of macros for it."""
    return not path.endswith(".S") and not re.search(r"^\.macro", tree.text(path), flags=re.M)


def check():
    paths = [p for p in tree.files() if not p.startswith(tree.ABI)]
    for path in paths:
        yield from rules(path)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from filter(None, pool.map(deviation, [p for p in paths if is_c(p)]))
