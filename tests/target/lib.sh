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

# says REGEX: the console of the last boot has a line like that.
says() {
	grep -aqE -- "$1" "$log" || { echo "not on the console: $1"; return 1; }
}

says_not() {
	! grep -aE -- "$1" "$log"
}

finish() {
	echo "1..$count"
	[ "$bad" = 0 ]
	exit
}
