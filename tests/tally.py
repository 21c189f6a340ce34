#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts results in TAP output and prints `N passed, N failed`; exit status 1 unless all passed.

usage: tally.py [--meson TESTLOG.JSON] [FILE.tap...]

A test is a line `ok` or `not ok`. A skipped one is neither passed nor failed. A program that
printed fewer tests than it planned, or ended with an error without a `not ok`, is one failure more.
FILE.tap ends with a line `# status N`, the program's exit status.
"""
import json
import re
import sys


def tally(name, text, status_ok):
    """(passed, failed) of one program's output."""
    passed = failed = skipped = 0
    plan = None
    for line in text.splitlines():
        if m := re.match(r"1\.\.(\d+)", line):
            plan = int(m[1])
        elif re.match(r"not ok\b", line):
            failed += 1
            print(f"  {name}: {line}")
        elif re.match(r"ok\b.*#\s*skip", line, re.I):
            skipped += 1
        elif re.match(r"ok\b", line):
            passed += 1
    ran = passed + failed + skipped
    if plan is None or plan != ran:
        failed += 1
        print(f"  {name}: planned {plan} tests, ran {ran}")
    elif not status_ok and not failed:
        failed += 1
        print(f"  {name}: ended with an error")
    return passed, failed


def programs(args):
    """(name, output, whether its exit status was 0) of each test program."""
    while args:
        path = args.pop(0)
        if path == "--meson":
            with open(args.pop(0), encoding="utf-8") as log:
                for line in log:
                    test = json.loads(line)
                    yield test["name"], test.get("stdout", ""), test["result"] == "OK"
        else:
            with open(path, encoding="utf-8", errors="replace") as log:
                text = log.read()
            status = re.findall(r"^# status (\d+)$", text, re.M)
            yield path, text, status[-1:] == ["0"]


def main():
    total = [0, 0]
    for program in programs(sys.argv[1:]):
        for i, n in enumerate(tally(*program)):
            total[i] += n
    print(f"{total[0]} passed, {total[1]} failed")
    sys.exit(0 if total[0] and not total[1] else 1)


main()
