#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/target/probe-compare notices what it has to, in small logs: test_probe_compare.py TOP. TAP output."""
import contextlib
import importlib.machinery
import importlib.util
import io
import os
import sys
import tempfile

top, = sys.argv[1:]
sys.path.insert(0, os.path.join(top, "tests"))
sys.dont_write_bytecode = True
from tap import finish, ok  # noqa: E402

loader = importlib.machinery.SourceFileLoader(
    "probe_compare", os.path.join(top, "tests", "target", "probe-compare"))
probe_compare = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(probe_compare)
names = probe_compare.Names()
probe_compare.Names = lambda: names  # they are read once
directory = tempfile.TemporaryDirectory()


def path(name, text):
    out = os.path.join(directory.name, name)
    with open(out, "w", encoding="ascii") as f:
        f.write(text)
    return out


def compare(real, neve, rules="", mode="nv", end="probe: end\r\n", more=()):
    """(status, what it says) of two logs."""
    said = io.StringIO()
    sys.argv = ["probe-compare", *more, "--mode", mode, "--differences", path("list", rules),
                path("real", f"probe: begin\n{real}\nprobe: end\n"),
                path("neve", f"neve: a line of its own\nprobe: begin\n{neve}\n{end}")]
    try:
        with contextlib.redirect_stdout(said):
            status = probe_compare.main()
    except SystemExit as e:
        return 1, f"{e}\n"
    return status, said.getvalue()


def passes(what, *args, **options):
    status, said = compare(*args, **options)
    ok(status == 0 and said.count("\n") == 1, what, said)


def fails(what, expected, *args, **options):
    """One line says why, and another counts."""
    status, said = compare(*args, **options)
    ok(status == 1 and expected in said and said.count("\n") <= 2, what,
       f"expected {expected}, status {status}:\n{said}")


passes("the same", "a: 1", "a: 1")
fails("another outcome", "a | 1 | 2", "a: 1", "a: 2")
fails("no such line under neve", "b | 1 | -", "a: 1\nb: 1", "a: 1")
fails("one that only neve has", "b | - | 1", "a: 1", "a: 1\nb: 1")
fails("one of a range", "el2 r 3.0.1.0.2 CPACR_EL1 | undef | =0", "el2 r 3.0.1.0.0..3.0.1.0.3 undef",
      "el2 r 3.0.1.0.0..3.0.1.0.1 undef\nel2 r 3.0.1.0.2 =0\nel2 r 3.0.1.0.3 undef")
fails("a key twice", "found a twice", "a: 1", "a: 1\na: 1")
fails("a key twice, by a range", "found el2 r 3.0.1.0.1 ACTLR_EL1 twice", "a: 1",
      "a: 1\nel2 r 3.0.1.0.0..3.0.1.0.3 undef\nel2 r 3.0.1.0.1 =0")
fails("a log that does not end", 'does not end with "probe: end"', "a: 1", "a: 1", end="probe: failed: x\n")

passes("a listed one", "a: 1", "a: 2", "a | 1 | 2 | why\n")
fails("a listed one with another outcome", "a | 1 | 3", "a: 1\nb: 1", "a: 3\nb: 2", "[ab] | 1 | 2 | why\n")
fails("a listed one of real EL2's with another outcome", "a | 3 | 2", "a: 3\nb: 1", "a: 2\nb: 2",
      "[ab] | 1 | 2 | why\n")
fails("a line of the other mode", "a | 1 | 2", "a: 1", "a: 2", "[nv2] a | 1 | 2 | why\n")
passes("a line of the mode", "a: 1", "a: 2", "[nv2] a | 1 | 2 | why\n", mode="nv2")
passes("a line of the other mode does not count", "a: 1", "a: 1", "[nv2] a | 1 | 2 | why\n")
fails("nothing but what is meant: no regular expressions", "a | 1x2 | y", "a: 1x2\nb: 1.2", "a: y\nb: y",
      "[ab] | 1.2 | y | why\n")

SAME = "a | el2 esr=1 spsr=* x0=* | el2 esr=2 spsr=* x0=* | why\n"
passes("the same text", "a: el2 esr=1 spsr=3c9 x0=7", "a: el2 esr=2 spsr=3c9 x0=7", SAME)
for neve in ("el2 esr=2 spsr=3c5 x0=7", "el2 esr=2 spsr=3c9 x0=", "el2 esr=2 spsr=3c9 x0=77",
             "el2 esr=2 spsr=7 x0=3c9", "el1 esr=2 spsr=3c9 x0=7", "el2 esr=3 spsr=3c9 x0=7"):
    fails(f"not the same text: {neve}", f"| {neve}\n", "a: el2 esr=1 spsr=3c9 x0=7\nb: el2 esr=1 spsr=1 x0=1",
          f"a: {neve}\nb: el2 esr=2 spsr=1 x0=1", "[ab]" + SAME[1:])
passes("any text", "a: far=12 x0=7", "a: x0=7", "a | far=** x0=* | x0=* | why\n")
fails("any text, then not the same one", "a | far=12 x0=7 | x0=8", "a: far=12 x0=7\nb: far=1 x0=1",
      "a: x0=8\nb: x0=1", "[ab] | far=** x0=* | x0=* | why\n")
for field in "**", "=?", "=[12]":
    fails(f"neve gives {field}", "in what neve gives", "a: 1", "a: 2", f"a | 1 | {field} | why\n")
for real, neve in (("1", "*"), ("*", "1"), ("** *", "* *"), ("1 or *", "*")):
    fails(f"{real} and {neve}", "expected as many `*` in both", "a: 1", "a: 2", f"a | {real} | {neve} | why\n")

for what, rules in (("all of it", "a | 1 | 2 | why\nc | 1 | 2 | why\n"),
                    ("all of it", "a | 1 | 2 | why\n[ab] | 1 | 2 | why\n"),
                    ("KEY c", "{a,c} | 1 | 2 | why\n"), ("KEY b", "{a,b} | 1 | 2 | why\n"),
                    ("REAL 3", "a | 1 or 3 | 2 | why\n"), ("NEVE 3", "a | 1 | 2 or 3 | why\n")):
    fails(f"in vain: {what} of {rules!r}", f"nothing like it differs: {what}: why", "a: 1\nb: 1", "a: 2\nb: 1", rules)
passes("a part of the tests: no line is in vain", "a: 1", "a: 2", "a | 1 | 2 | why\nb | 1 | 2 | why", more=["--part"])
fails("but all else is said", "a | 1 | 3", "a: 1", "a: 3", "a | 1 | 2 | why", more=["--part"])

REGISTER = "el2 r 3.4.2.2.0..3.4.2.2.1 =1\na: 1", "el2 r 3.4.2.2.0 =2\nel2 r 3.4.2.2.1 =1\na: 2"
for key in "el2 r * VNCR_EL2", "el[2] r 3.4.2.2.0 *", "* r * {NV2}", "el? * 3.* {NV2}":
    passes(f"a register as {key}", *REGISTER, f"{key} | =1 | =2 | why\na | 1 | 2 | why\n")
for key in "el2*", "el* VNCR_EL2", "* {NV2}", "el2 w * VNCR_EL2", "el2 r 3.4.2.2.0", "l2 r * VNCR_EL2":
    status, said = compare(*REGISTER, f"{key} | =1 | =2 | why\na | 1 | 2 | why\n")
    ok(status == 1 and "el2 r 3.4.2.2.0 VNCR_EL2 | =1 | =2\n" in said and "all of it" in said,
       f"a register is not {key}: `*` has no space in it", said)
fails("a feature that there is not", "no feature NV9", "a: 1", "a: 2", "{NV9} | 1 | 2 | why\n")
fails("a line with three fields", "expected `[MODE] KEY | REAL | NEVE | REASON`", "a: 1", "a: 2", "a | 1 | 2\n")
fails("a line without a reason", "expected `[MODE] KEY | REAL | NEVE | REASON`", "a: 1", "a: 2", "a | 1 | 2 |\n")

with open(os.path.join(top, "tests", "target", "probe.differences"), encoding="ascii") as f:
    LIST = f.read()
for mode in "nv2", "nv":
    status, said = compare("a: 1", "a: 1", LIST, mode)
    ok(status == 1 and ", 0 listed in vain" not in said and said.count("nothing like it differs") > 50,
       f"{mode}: the list itself is well-formed", said)

finish()
