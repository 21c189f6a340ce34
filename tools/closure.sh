# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For the makers of initramfs files.

# library TREE NAME: the file in TREE's library directories.
library() {
	find "$1/usr/lib" -name "$2" | sort | head -n 1
}

# closure TREE PROGRAM...: the names of the libraries that the programs need, and theirs.
closure() {
	local tree=$1 todo f need
	local -A seen=()
	shift
	todo=("$@")
	while [ ${#todo[@]} -gt 0 ]; do
		f=${todo[0]}
		todo=("${todo[@]:1}")
		for need in $(readelf -d "$f" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
			[ -z "${seen[$need]:-}" ] || continue
			seen[$need]=$(library "$tree" "$need")
			[ -n "${seen[$need]}" ] ||
				{ printf '%s needs %s, which is not in %s\n' "$f" "$need" "$tree" >&2; return 1; }
			todo+=("$(readlink -f "${seen[$need]}")")
		done
	done
	printf '%s\n' "${!seen[@]}" | sort
}
