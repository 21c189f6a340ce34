# SPDX-License-Identifier: Apache-2.0
# Each target sets up what it needs. Meson builds; this only names the steps.
#
#   make demo      measure what an exit of a nested VM costs, on neve (under 5 minutes)
#   make bench     every operation on neve and on Linux KVM as host: build/bench.json, build/bench.html
#   make test      the tests; make check-long also those that take long
#   make matrix    every guest hypervisor in every mode, docs/matrix.md (hours)
#   make coverage  which lines and branches of hyp/nested the tests execute (10 minutes)
#   make check     the second compiler, static analysis, layout of the code
#   make image     build neve, its guests and the command
#   make setup     packages, kernels and QEMU alone
#   make clean     remove what was built; what was fetched stays (artifacts/)

HYP := build/hyp
HOST := build/host
NEVE := $(HOST)/cli/neve

# The steps share apt, and Ninja has the processors.
.NOTPARALLEL:
.PHONY: image setup demo bench test test-packages matrix check check-long coverage clean

image: setup
	@ninja -C $(HYP)
	@ninja -C $(HOST) cli/neve
	@tools/mkinitramfs

setup:
	@tools/packages
	@tools/fetch
	@tools/builddir $(HYP) --cross-file tools/aarch64-gcc.ini
	@tools/builddir $(HOST) -Db_sanitize=address,undefined

test-packages:
	@tools/packages test

demo: image
	@$(NEVE) demo

bench: image
	@$(NEVE) bench --l0 all --html build/bench.html

test: test-packages image
	@tests/run

matrix: image
	@NEVE_LONG=1 tests/target/run xen
	@tests/matrix --table docs/matrix.md

# Everything, with what takes long: the peer, Xen with xl, hours of fuzzing and of hostile guests, fresh
# machines.
check-long:
	@tools/packages long
	@$(MAKE) --no-print-directory image
	@NEVE_LONG=1 tests/run

# tests/coverage --help has options: what is not covered, JSON, other parts.
coverage: image
	@tests/coverage

check: image
	@tools/check

clean:
	rm -rf build
