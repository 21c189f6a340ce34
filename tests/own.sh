# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For scripts that start tests: a signal ends them at once, with what they run. Exit status 128 + signal.
#
#	. tests/own.sh
#	own COMMAND...			# as COMMAND, but a signal does not wait for its end
own_pid=''

own() {
	local own_status=0
	"$@" &
	own_pid=$!
	wait "$own_pid" || own_status=$?
	own_pid=''
	return $own_status
}

# In the background commands ignore SIGINT: SIGTERM it is, for timeout(1) to pass on to its group. A
# group has been left when nobody is in it.
own_stop() { # STATUS
	trap '' INT TERM HUP
	if [ -n "$own_pid" ]; then
		kill -TERM "$own_pid" 2>/dev/null
		wait "$own_pid" 2>/dev/null
		for _ in {1..100}; do
			kill -0 -- "-$own_pid" 2>/dev/null || break
			sleep 0.1
		done
	fi
	exit "$1"
}
trap 'own_stop 129' HUP
trap 'own_stop 130' INT
trap 'own_stop 143' TERM
