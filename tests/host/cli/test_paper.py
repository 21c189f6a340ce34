#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/paper puts what neve bench wrote into docs/paper.md: test_paper.py PROGRAM TOP

PROGRAM (bench_json.c) prints such results; TOP is the source directory. TAP output.
"""
import json
import os
import subprocess
import sys
import tempfile

program, top = sys.argv[1:]
sys.path.insert(0, os.path.join(top, "tests"))
sys.dont_write_bytecode = True
from tap import finish, ok  # noqa: E402


def paper(*arguments):
    return subprocess.run([sys.executable, os.path.join(top, "tools/paper"), *arguments], check=False,
                          capture_output=True, text=True, timeout=60)


def contents(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(name, text):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def refuses(regex, *arguments):
    """Exit status 2, one line with these words, and the document as it was."""
    before = contents(document)
    p = paper(*arguments)
    return p.returncode == 2 and p.stderr.count("\n") == 1 and regex in p.stderr and contents(document) == before


def row(text, table, start):
    """The cells of the first row of a table that begins so; below `start`, with two of them."""
    lines = text.split(f"<!-- table {table} -->\n")[1].split("<!-- end -->")[0].splitlines()
    while start:
        while not lines[0].startswith(f"| {start[0]}"):
            lines.pop(0)
        start = start[1:]
    return [cell.strip() for cell in lines[0].strip("|").split("|")]


with tempfile.TemporaryDirectory() as directory:
    text = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    results = write("results.json", text)
    document = write("paper.md", contents(os.path.join(top, "docs/paper.md")))
    p = paper("-o", document, results)
    new = contents(document)
    ok(p.returncode == 0, "results go into docs/paper.md", p.stderr)
    cost = row(new, "cost", ["**Hypercall**", "ours, neve"])
    ok("3,000 (3x)" in cost and "1,000" in cost, "instructions, with the ratio to the VM", str(cost))
    published = row(new, "cost", ["**Hypercall**"])
    ok("2,729" in published and "100,895 (37x)" in published, "published ones, marked", str(published))
    ok("2" in row(new, "traps", ["**Hypercall**", "ours, neve"]), "traps", new)
    ok(row(new, "causes", ["`nv2-vhe` on neve"])[2] == "L1 ERET 1, L2 HVC 1", "traps by cause", new)
    old = contents(os.path.join(top, "docs/paper.md"))
    outside = [[part.split("<!-- end -->")[-1] for part in t.split("<!-- table ")] for t in (old, new)]
    ok(outside[0] == outside[1], "nothing else is changed")
    ok(paper("-o", document, results).returncode == 0 and contents(document) == new, "once more changes nothing")

    ok(refuses("expected what neve bench --json wrote", "-o", document, document), "a file that has no results is refused")
    ok(refuses("No such file", "-o", document, results + "-"), "one that is not there")
    changed = json.loads(text)
    changed["results"] = [r for r in changed["results"] if r["config"] != "baseline"]
    ok(refuses("results of baseline", "-o", document, write("no.json", json.dumps(changed))), "and results without a VM")
    write("paper.md", new.replace("<!-- table traps -->\n", ""))
    ok(refuses("expected one each of the tables", "-o", document, results), "and a document that lacks a table")

finish()
