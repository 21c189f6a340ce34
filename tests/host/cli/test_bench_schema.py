#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What neve bench writes as JSON is what docs/bench.schema.json says: test_bench_schema.py PROGRAM TOP

PROGRAM (bench_json.c) prints such a document; TOP is the source directory. TAP output.
"""
import copy
import json
import os
import subprocess
import sys

program, top = sys.argv[1:]
sys.path.insert(0, os.path.join(top, "tests"))
sys.dont_write_bytecode = True
from schema import check  # noqa: E402
from tap import finish, ok  # noqa: E402


def result_of(document, config, l0, op):
    for r in document["results"]:
        if (r["config"], r["l0"], r["op"]) == (config, l0, op):
            return r
    return {}


def wrong(document, change):
    """Whether the schema finds it wrong after a change."""
    changed = copy.deepcopy(document)
    change(changed)
    return bool(list(check(changed, schema)))


with open(os.path.join(top, "docs/bench.schema.json"), encoding="utf-8") as f:
    schema = json.load(f)
text = subprocess.run([program], check=True, capture_output=True, text=True).stdout
document = json.loads(text)
problems = list(check(document, schema))
ok(not problems, "the document is what the schema says", problems)

r = result_of(document, "nv2-vhe", "neve", "hypercall")
ok(r.get("ratio_vm") == 3 and r["traps"]["by_cause"] == {"L1 ERET": 1, "L2 HVC": 1}
   and r["instructions"]["mean"] == 3000 and r["l1"] == "6.12.1-arm64", "its figures are those of the run", [str(r)])
ok(r.get("latches") == {"all": 2, "disturbed": 1, "traps": 5, "payload_traps": 3}, "latches of the counters", [str(r)])
ok(r.get("wall_ratio_vm") == {"p50": 4, "min": 4, "max": 4}, "wall-clock ratios", [str(r)])
ok(result_of(document, "nv2-vhe", "neve", "timer").get("error") == "it did not come", "an operation without a result says why")
programs = {(x["config"], x["l0"], x["program"]): x for x in document["programs"]}
ok(programs["nv2-vhe", "neve", "fib"] == {"config": "nv2-vhe", "l0": "neve", "program": "fib", "instructions": 121000000,
                                          "ratio_native": 1.21, "ratio_vm": 1.1}, "programs", [str(programs)])
ok("error" in programs["nv2-vhe", "neve", "memsweep"], "a program that went wrong says why")
ok(document["interrupted"] is True, "it says that it was interrupted")
cells = {(c["config"], c["l0"]): c for c in document["cells"]}
ok("timer" not in cells["nv2-xen", "neve"]["not_measured"] and "page-fault" in cells["nv2-xen", "neve"]["not_measured"],
   "what is not measured in a domain of Xen is there, with the reason")
ok("not_run" in cells["nv2-nvhe", "kvm"], "what cannot be run is there, with the reason")
ok(cells["nv2-nvhe", "neve"].get("failed") == "interrupted" and "not_equal" in cells["nv2-vhe", "neve"],
   "failures and differences are there")
ok(any(p["op"] == "hypercall" and p["cycles"] == 100895 for p in document["published"]), "published figures are there")

changes = [
    ("a missing member", lambda d: d.pop("versions")),
    ("a member too much", lambda d: d["results"][0].update(extra=1)),
    ("a number that is a string", lambda d: d["results"][0]["instructions"].update(mean="3")),
    ("a negative number", lambda d: d["results"][0]["instructions"].update(min=-1)),
    ("an unknown host", lambda d: d["results"][0].update(l0="xen")),
    ("another tool", lambda d: d.update(tool="perf")),
    ("a boolean that is a number", lambda d: d.update(interrupted=0)),
    ("a cause without a level", lambda d: r_traps(d).update(ERET=1)),
    ("too few quantiles", lambda d: d["results"][0]["instructions"]["quantiles"].pop()),
    ("both a result and an error", lambda d: d["results"][0].update(error="x")),
    ("a program with neither result nor error", lambda d: d["programs"][0].pop("instructions")),
    ("an empty name", lambda d: d["results"][0].update(op="")),
]


def r_traps(d):
    return next(x for x in d["results"] if "traps" in x)["traps"]["by_cause"]


for name, change in changes:
    ok(wrong(document, change), f"the schema refuses {name}")
finish()
