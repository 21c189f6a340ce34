# SPDX-License-Identifier: Apache-2.0
"""TAP output of tests in Python."""
import sys

count = 0
bad = 0


def ok(condition, description, details=""):
    """One test. details: text or a list of lines, shown when it fails."""
    global count, bad
    count += 1
    print(f"{'ok' if condition else 'not ok'} {count} {description}")
    if not condition:
        bad += 1
        for line in details.splitlines() if isinstance(details, str) else details:
            print(f"# {line}")


def finish():
    """At the end: the plan, and the exit status."""
    print(f"1..{count}")
    sys.exit(bad > 0)
