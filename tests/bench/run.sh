#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# `make bench`: our module with the software card, beside SoftHSM2 with a token of its own, NSS' softoken with a database
# of its own, and OpenSSL's EVP (doc/performance.md). BENCH_KEYS: how many keys live at once.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

BENCH=$TOP_BUILDDIR/tests/bench/bench
KEYS=${BENCH_KEYS:-100000}

first_file() {
	local file
	for file in "$@"; do
		[ ! -e "$file" ] || break
	done
	echo "$file"
}

SOFTHSM=$(first_file /usr/lib/softhsm/libsofthsm2.so /usr/lib/*-linux-gnu*/softhsm/libsofthsm2.so)
SOFTOKEN=$(first_file /usr/lib/*-linux-gnu*/libsoftokn3.so /usr/lib/*-linux-gnu*/nss/libsoftokn3.so)

make_token() {
	mkdir tokens
	printf '%s\n' "directories.tokendir = $PWD/tokens" 'objectstore.backend = file' 'log.level = ERROR' >softhsm2.conf
	softhsm2-util --init-token --free --label bench --pin "$PIN" --so-pin "$PUK"
}

# keys NAME PATH PIN PARAMETERS
keys() {
	echo "--- $1"
	"$BENCH" keys "$KEYS" "$2" "$3" "$4" || fail "$1 could not do it"
}

run_tests() {
	needs "$BENCH" "$MODULE" "$SOFTHSM" "$SOFTOKEN" softhsm2-util
	export SOFTHSM2_CONF=$PWD/softhsm2.conf
	mkdir nss
	local text="configdir='sql:$PWD/nss' certPrefix='' keyPrefix='' secmod='' flags=noModDB,noCertDB,forceOpen"
	check "a token is made" make_token || exit 1
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
