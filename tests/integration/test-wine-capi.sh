#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The same program of CryptoAPI compiled for libminidriver and for Windows, the latter run by Wine: results alike but
# for the differences in doc/wine-cryptoapi.md. WINE_CAPI_SEED and WINE_CAPI_CASES say which cases, and how many.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

SEED=${WINE_CAPI_SEED:-1}
CASES=${WINE_CAPI_CASES:-6000}
STOCK_SECONDS=300 # Wine's first start, on a busy machine
PROGRAM=$TOP_BUILDDIR/tests/wine/capi_diff
COMPILER=x86_64-w64-mingw32-gcc

first_program() {
	local program
	for program in "$@"; do
		if command -v "$program"; then
			return
		fi
	done
	echo "$1"
}

# in_wine PROGRAM ARG...: with a Windows of its own and no display.
in_wine() {
	env -u DISPLAY -u WAYLAND_DISPLAY HOME="$WORK" WINEPREFIX="$WORK/wine" WINEDEBUG=-all \
		WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe=" timeout -k 5 "$STOCK_SECONDS" "$@"
}

# Its server would outlive the test and the folder. That there is none any more is fine, too.
end_wine() {
	[ -d "$WORK/wine" ] || return
	in_wine "$WINESERVER" -k >/dev/null 2>&1
	in_wine "$WINESERVER" -w >/dev/null 2>&1
}

end_wine_and_finish() {
	local status=$?
	end_wine
	(exit "$status")
	finish
}
trap end_wine_and_finish EXIT

compile_for_windows() {
	"$COMPILER" -std=gnu11 -Wall -Wextra -Werror -O1 -o capi_diff.exe "$TOP_SRCDIR/tests/wine/capi_diff.c" -ladvapi32
}

ours() {
	"$PROGRAM" "$SEED" "$CASES" >ours.txt
}

wines() {
	in_wine "$WINE" "$PWD/capi_diff.exe" "$SEED" "$CASES" </dev/null >wines.txt
}

# The first cipher text with one digit changed: the comparison must not let it pass.
one_digit_wrong() {
	sed '/\tEncrypt=\[[0-9a-f]/{s/\(\tEncrypt=\[\)[0-9a-e]/\1f/;t end;b;:end;n;b end}' ours.txt >wrong.txt
	! cmp -s ours.txt wrong.txt && "$PYTHON" "$HERE/wine_capi.py" "$CASES" "$PWD/wrong.txt" "$PWD/wines.txt"
}

run_tests() {
	WINE=$(first_program /usr/lib/wine/wine64 wine64 wine)
	WINESERVER=$(first_program /usr/lib/wine/wineserver wineserver)
	needs "$PYTHON" "$PROGRAM" "$COMPILER" "$WINE" "$WINESERVER"
	note "seed $SEED, $CASES cases, $(in_wine "$WINE" --version)"
	check "the program compiles for Windows" compile_for_windows || return
	check "Wine makes itself a Windows" in_wine "$WINE" wineboot -i || return
	check "the program runs with libminidriver" ours
	check "the program runs under Wine" wines
	python_tests wine_capi.py "$CASES" "$PWD/ours.txt" "$PWD/wines.txt"
	refuses "one digit of one cipher text is noticed" one_digit_wrong
	python_tests wine_capi.py page "$TOP_SRCDIR/doc/wine-cryptoapi.md"
}

without_card
