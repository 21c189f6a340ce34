#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tests/target/trace_outside.py reads out of QEMU's log: test_trace_outside.py TOP. TAP output."""
import os
import sys
import tempfile

sys.path[:0] = [os.path.join(sys.argv[1], d) for d in ("tests", "tests/target")]
sys.dont_write_bytecode = True
import trace_outside  # pylint: disable=wrong-import-position
from tap import finish, ok  # pylint: disable=wrong-import-position

SYMBOLS = {"guest_sync_none": 0x1000, "guest_sync_traced_own": 0x1010,
           "guest_sync_traced_own_end": 0x1020, "guest_async_traced_own": 0x1110,
           "guest_async_traced_own_end": 0x1120, "el2_vectors_traced": 0x2000}
HVC = ["Taking exception 11 [Hypervisor Call] on CPU 0", "...from EL1 to EL2",
       "...with ESR 0x16/0x5a000000", "...with ELR 0xffff0004", "...to EL2 PC 0x2400 PSTATE 0x3c9"]
ERET = ["Exception return from AArch64 EL2 to AArch64 EL1 PC 0xffff0004"]


def ran(cpu, *addresses):
    """Instructions of a CPU."""
    return [f"Trace {cpu}: 0x7f0000000000 [00000000/{a:016x}/00000000/ff000000] " for a in addresses]


def check(description, lines, **expected):
    """The log has one trap, with these fields."""
    with tempfile.NamedTemporaryFile("w", suffix=".log") as f:
        f.write("\n".join(lines) + "\n")
        f.flush()
        traps = trace_outside.read_log(f.name, SYMBOLS)
    found = [{name: getattr(t, name) for name in expected} for t in traps]
    ok(found == [expected], description, f"found {found}, expected {expected}")


check("one CPU: assembly, tracing's own, C",
      HVC + ran(0, 0x2400, 0x1010, 0x1014, 0x1020, 0x9000, 0x9004) + ERET + ran(0, 0xffff0004),
      cpu=0, esr=0x5a000000, pc=0xffff0004, instructions=4, assembly=2, own=2, elapsed=4)
check("what was not executed comes again",
      HVC + ran(0, 0x2400, 0x9000) + ["Stopped execution of TB chain before 0x7f [9000]"] +
      ran(0, 0x9000, 0x9004) + ERET,
      instructions=3, own=0, elapsed=3)
check("another CPU's turn in the middle takes time, and is no instruction of the trap's",
      ran(1, 0x8000) + HVC + ran(0, 0x2400, 0x9000) + ran(1, 0x8000, 0x8004, 0x8008) +
      ran(0, 0x9004) + ERET,
      instructions=3, own=0, elapsed=6)
check("in the middle of tracing's own it is not neve's time either",
      HVC + ran(0, 0x1010) + ran(1, 0x8000, 0x8004) + ran(0, 0x1014, 0x1020, 0x9000) + ERET,
      instructions=2, own=2, elapsed=2)
check("nor is what is between the exception and the first instruction",
      HVC + ran(1, 0x8000, 0x8004) + ran(0, 0x1010, 0x1020, 0x9000) + ERET,
      instructions=2, own=1, elapsed=2)
check("a turn of a CPU whose last instruction was not executed",
      HVC + ran(0, 0x2400) + ran(1, 0x8000) + ["Stopped execution of TB chain before 0x7f [8000]"] +
      ran(0, 0x9000) + ERET,
      instructions=2, own=0, elapsed=2)
with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
    so_far = trace_outside.occurrences(log.name, b"[Hypervisor Call]")
    found_then = []
    for part in ("", "[Hypervisor Ca", "ll] [Hypervisor Call]", " [Hyper", "[Hypervisor Call"):
        log.write(part)
        log.flush()
        found_then.append(so_far())
ok(found_then == [0, 0, 2, 2, 2], "in a log that grows, what came in two parts is counted, once", f"{found_then}")
finish()
