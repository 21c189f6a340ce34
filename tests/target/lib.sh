# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For target tests, which start with:
#
#	#!/usr/bin/env bash
#	. "$(dirname "$0")/lib.sh"
#	boot nested --job linux		# neve run; its console goes to $log, its exit status to $status
#	ok "QEMU ends well" [ "$status" = 0 ]
#	ok "L1's KVM runs in VHE mode" says 'neve-l1: .* kvm=VHE'
#	finish
set -uo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1

neve=build/host/cli/neve
out=${NEVE_TEST_OUT:-build/test}
mkdir -p "$out"
count=0
bad=0
log=''
shown=''
status=0

# ok DESCRIPTION COMMAND...: a test, which passes when the command does.
ok() {
	local description=$1
	shift
	count=$((count + 1))
	if "$@" >"$out/ok.$$" 2>&1; then
		echo "ok $count $description"
	else
		echo "not ok $count $description"
		sed 's/^/# /' "$out/ok.$$" | tail -n 20
		show_log
		bad=$((bad + 1))
	fi
	rm -f "$out/ok.$$"
}

# The end of the last boot's console, once, for the first test that fails after it.
show_log() {
	[ -n "$log" ] && [ "$shown" != "$log" ] || return 0
	echo "# neve run's exit status: $status; the end of $log:"
	tail -n 15 "$log" | tr -d '\r' | sed 's/^/# | /'
	shown=$log
}

# boot NAME ARGUMENT...: `neve run` with the console in $log; never longer than five minutes,
# unless --timeout is given.
boot() {
	local name=$1
	shift
	log=$out/$(basename "$0" .test)-$name.log
	status=0
	echo "# neve run $*"
	"$neve" run --timeout 300 "$@" >"$log" 2>&1 </dev/null || status=$?
}

# boot_until REGEX NAME ARGUMENT...: the same for what does not end by itself: it is stopped when the
# console has a line like that.
boot_until() {
	local regex=$1 name=$2 pid
	shift 2
	log=$out/$(basename "$0" .test)-$name.log
	status=0
	echo "# neve run $*"
	: >"$log"
	"$neve" run --timeout 300 "$@" >"$log" 2>&1 </dev/null &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		! grep -aqE -- "$regex" "$log" || kill $pid 2>/dev/null
		sleep 0.5
	done
	wait $pid || status=$?
}

# says REGEX: the console of the last boot has a line like that.
says() {
	grep -aqE -- "$1" "$log" || { echo "not on the console: $1"; return 1; }
}

says_not() {
	! grep -aE -- "$1" "$log"
}

# nested NAME CPUS ARGUMENT...: boots neve, L1 with so many CPUs and a nested Linux, and tests that
# all of it works.
nested() {
	local name=$1 cpus=$2
	shift 2
	boot "$name" --job linux "$@"
	ok "$name: L1's KVM runs in VHE mode" says "^neve-l1: kernel=${l1_release:-6\.12\.}.* kvm=VHE cpus=$cpus"
	ok "$name: the nested Linux comes up" says '^neve-l2: up kernel=6\.1\..* cpus=[0-9]+'
	ok "$name: the programs in it work" says '^neve-l2: done failed=0'
	ok "$name: it powers off" says '^neve-job: end linux status=0'
	ok "$name: L1 powers off, QEMU ends with status 0" [ "$status" = 0 ]
	ok "$name: no kernel complains" says_not 'BUG:|WARNING:|Oops|rcu:.*(stall|kthread)|Unexpected|panic'
}

finish() {
	echo "1..$count"
	[ "$bad" = 0 ]
	exit
}
