#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The tests of the programs that people use, and their table:
#
#     run.sh SCRIPT...        as `make check-clients` does; the totals are the last line
#
# CLIENT_JOBS=N     so many at a time (else one for each processor)
set -u

: "${TOP_SRCDIR:?is set by make check-clients}" "${TOP_BUILDDIR:?is set by make check-clients}"
logs=$TOP_BUILDDIR/tests/clients
mkdir -p "$logs"
declare -A name_of=() began=()
passed=0
failed=0

trap 'kill "${!name_of[@]}" 2>/dev/null; wait; exit 143' INT TERM HUP

begin() {
	local name
	name=$(basename "$1" .sh)
	bash "$1" >"$logs/$name.log" 2>&1 </dev/null &
	name_of[$!]=$name
	began[$!]=$SECONDS
}

finish_one() {
	local pid
	wait -n -p pid
	[ -n "${pid:-}" ] || return
	echo "${name_of[$pid]}: $(tail -n 1 "$logs/${name_of[$pid]}.log"), $((SECONDS - ${began[$pid]})) s"
	unset "name_of[$pid]"
}

# What a test counted in its last line; one that died counts as one failure.
add_totals() {
	local last
	last=$(tail -n 1 "$1")
	if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
		[ "${BASH_REMATCH[2]}" -eq 0 ] && return
	else
		failed=$((failed + 1))
		echo "FAILED: $1 ended without its totals"
	fi
	grep -A 12 '^FAILED' "$1" || tail -n 30 "$1"
}

# The rows of all logs: those of the same program and job are one, which says how many of them went well.
table() {
	awk -F '\t' '
		function column(i, text) { cell[rows, i] = text; if (length(text) > width[i]) width[i] = length(text) }
		function told(i) {
			if (jobs == 1 || good[i] == 0) return last[i]
			return good[i] == jobs ? "ok (" jobs ")" : good[i] " of " jobs " ok; " last[i]
		}
		function close_row() { if (jobs) { rows++; for (i = 2; i <= 4; i++) column(i - 1, head[i]); column(4, told(5)); column(5, told(6)) } }
		function note(i) { if ($i == "ok") good[i]++; if ($i != "ok" || last[i] == "") last[i] = $i }
		BEGIN { rows = 1; column(1, "program"); column(2, "version"); column(3, "job"); column(4, "ours"); column(5, "opensc-pkcs11") }
		$1 != "row" { next }
		$2 FS $4 != now { close_row(); now = $2 FS $4; jobs = 0; split("", good); split("", last); for (i = 2; i <= 4; i++) head[i] = $i }
		{ jobs++; note(5); note(6) }
		END {
			close_row()
			for (r = 1; r <= rows; r++) {
				line = ""
				for (i = 1; i <= 5; i++) line = line sprintf("%-" width[i] "s  ", cell[r, i])
				sub(/ +$/, "", line)
				print line
			}
		}' "$@"
}

for script; do
	[ "${#name_of[@]}" -lt "${CLIENT_JOBS:-$(nproc)}" ] || finish_one
	begin "$script"
done
while [ "${#name_of[@]}" -gt 0 ]; do
	finish_one
done
log_files=()
for script; do
	log_files+=("$logs/$(basename "$script" .sh).log")
	add_totals "${log_files[-1]}"
done
echo
table "${log_files[@]}" | tee "$logs/table.txt"
echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
