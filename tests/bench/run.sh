#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# `make bench`: our module with the software card, beside SoftHSM2 with a token of its own, NSS' softoken with a database
# of its own, and OpenSSL's EVP (doc/performance.md). BENCH_KEYS: how many keys live at once.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

BENCH=$TOP_BUILDDIR/tests/bench/bench
KEYS=${BENCH_KEYS:-100000}

# keys NAME PATH PIN PARAMETERS
keys() {
	echo "--- $1"
	"$BENCH" keys "$KEYS" "$2" "$3" "$4" || fail "$1 could not do it"
}

run_tests() {
	needs "$BENCH" "$MODULE" "$SOFTHSM" "$SOFTOKEN" softhsm2-util
	local text
	text=$(nss_database nss)
	check "SoftHSM2 makes a token" softhsm_token || exit 1
	if "$BENCH" speed ours "$MODULE" "$PIN" - SoftHSM2 "$SOFTHSM" "$PIN" - softoken "$SOFTOKEN" - "$text"; then
		pass "the modules were compared"
	else
		fail "the modules were not compared"
	fi
	keys "our module" "$MODULE" "$PIN" -
	keys SoftHSM2 "$SOFTHSM" "$PIN" -
	keys "NSS' softoken" "$SOFTOKEN" - "$text"
}

one_way
