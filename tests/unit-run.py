#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the unit tests and prints the line coverage of each top folder (`make unit`).

    unit-run.py OBJECTS MINIMUM FOLDER... -- PROGRAM...

Fails if a program fails, if there is none, or if a folder is covered by less than MINIMUM per cent.
A file that is compiled but run by no test counts with all its lines.
"""

import glob
import json
import os
import subprocess
import sys


def run_programs(programs):
    failed = []
    for program in programs:
        done = subprocess.run([program], capture_output=True, text=True, errors="replace")
        print("%-4s %s" % ("ok" if done.returncode == 0 else "FAIL", os.path.basename(program)))
        for line in done.stdout.splitlines():
            if line.startswith("storm: "):
                print("     " + line)
        if done.returncode != 0:
            print(done.stdout + done.stderr)
            failed.append(program)
    return failed


def coverage(objects):
    """{file: (covered lines, lines)} of everything below the current folder."""
    out = subprocess.run(["gcovr", "-r", ".", "--json", "-", "-j", "2", objects],
                         check=True, capture_output=True, text=True).stdout
    files = {}
    for f in json.loads(out)["files"]:
        lines = [line for line in f["lines"] if not line.get("gcovr/noncode")]
        files[f["file"]] = (sum(1 for line in lines if line["count"]), len(lines))
    return files


def main():
    cut = sys.argv.index("--")
    objects, minimum, folders = sys.argv[1], float(sys.argv[2]), sys.argv[3:cut]
    programs = sys.argv[cut + 1:]
    # Counts of an earlier run would cover for tests that no longer exist.
    for old in glob.glob(objects + "/**/*.gcda", recursive=True):
        os.unlink(old)
    failed = run_programs(programs)
    bad = bool(failed) or not programs
    files = coverage(objects)
    for folder in folders:
        mine = {f: c for f, c in files.items() if f.startswith(folder + "/")}
        covered, total = (sum(c[i] for c in mine.values()) for i in (0, 1))
        percent = 100.0 * covered / total if total else 0.0
        low = percent < minimum
        bad = bad or low
        print("%-5s %5.1f %% of %d lines covered%s" % (
            folder, percent, total, " (at least %g wanted)" % minimum if low else ""))
        worst = sorted(mine.items(), key=lambda item: item[1][0] - item[1][1])[:8] if low else []
        for f, (hit, count) in worst:
            print("        %-32s %4d of %4d" % (f, hit, count))
    print("%d unit test programs, %d failed" % (len(programs), len(failed)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
