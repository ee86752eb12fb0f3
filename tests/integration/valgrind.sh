#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# valgrind over the unit tests given as arguments (in the build folder), each a test of ours; then over one derivation by
# pkcs11-tool on a software card. `make check-valgrind` calls it.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"
programs=("$@")

# Everything valgrind can find fault with, in code that is all ours. The programs run side by side; each leaves its log and
# its exit status. Tests with many values of one kind take fewer here (tests/unit/test.h).
run_programs() {
	# shellcheck disable=SC2016 # the inner shell expands it
	printf '%s\n' "${programs[@]}" | TEST_THIN=yes CK_FORK=no CK_VERBOSITY=minimal env -u OPENSC_CONF xargs -P "$(nproc)" -I{} bash -c '
		mkdir -p "$(dirname "{}")"
		"$TOP_BUILDDIR/libtool" --mode=execute valgrind -q --leak-check=full --error-exitcode=9 \
			--suppressions="$TOP_SRCDIR/tests/integration/valgrind.supp" "$TOP_BUILDDIR/{}" \
			>"{}.log" 2>&1 </dev/null
		echo $? >"{}.status"'
}

was_clean() {
	cat "$1.log"
	[ "$(cat "$1.status")" = 0 ]
}

# In a program with libraries that keep what they like until the end, only errors count, not what is left.
derivation_is_clean() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out peer.pem &&
		openssl pkey -in peer.pem -pubout -outform DER -out peer.der &&
		valgrind -q --leak-check=no --error-exitcode=9 pkcs11-tool --module "$MODULE" --login --pin "$PIN" --derive \
			-m ECDH1-DERIVE --id "$ID_P256" -i peer.der -o z
}

run_tests() {
	local program
	needs valgrind pkcs11-tool openssl "$MODULE"
	run_programs
	for program in "${programs[@]}"; do
		check "valgrind: $program" was_clean "$program"
	done
	check "valgrind: a derivation by pkcs11-tool" derivation_is_clean
}

one_way
