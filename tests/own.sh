# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For scripts that start tests: a signal ends them at once, with what they run. Exit status 128 + signal.
#
#	. tests/own.sh
#	own COMMAND...			# as COMMAND, but a signal does not wait for its end
#	COMMAND... & own_pids+=($!)	# in the background; so does a subshell, after own_begin
own_pids=()

own() {
	local own_status=0
	"$@" &
	own_pids=($!)
	wait "${own_pids[0]}" || own_status=$?
	own_pids=()
	return $own_status
}

# In the background commands ignore SIGINT: SIGTERM it is, for timeout(1) to pass on to its group. A
# group has been left when nobody is in it.
own_stop() { # STATUS
	local pid
	trap '' INT TERM HUP
	for pid in "${own_pids[@]}"; do
		kill -TERM "$pid" 2>/dev/null
	done
	for pid in "${own_pids[@]}"; do
		wait "$pid" 2>/dev/null
		for _ in {1..100}; do
			kill -0 -- "-$pid" 2>/dev/null || break
			sleep 0.1
		done
	done
	exit "$1"
}
own_begin() {
	own_pids=()
	trap 'own_stop 129' HUP
	trap 'own_stop 130' INT
	trap 'own_stop 143' TERM
}
own_begin
