#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The same derivations through our module and through NSS' softoken (Debian's and Thunderbird's), SoftHSM and OpenSSL,
# byte for byte (doc/second-opinion.md). SECOND_OPINION_SEED and SECOND_OPINION_CASES say which cases, and how many of
# each mechanism.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

SEED=${SECOND_OPINION_SEED:-1}
CASES=${SECOND_OPINION_CASES:-200}
PROGRAM=$TOP_BUILDDIR/tests/integration/second_opinion

make_card() {
	"$PROGRAM" keys "$SEED" "$WORK" &&
		"$SOFTCARD_TOOL" new "$1" --pin "$PIN" --puk "$PUK" &&
		"$SOFTCARD_TOOL" import "$1" 9d --key "$WORK/prime256v1.pem" &&
		"$SOFTCARD_TOOL" import "$1" 82 --key "$WORK/secp384r1.pem"
}

# opinions NAME ARG...: what the program prints, into NAME.txt. What others leak is not looked for.
opinions() {
	local name=$1 leaks=0
	shift
	[ "$name" != ours ] || leaks=1
	ASAN_OPTIONS="allocator_may_return_null=1:detect_leaks=$leaks" "$PROGRAM" "$@" >"opinions/$name.txt"
}

# nss_opinions NAME FOLDER MODULE: with a database of its own, and by the libraries beside the module. Newer ones take
# CK_PKCS5_PBKD2_PARAMS2 and die of CK_PKCS5_PBKD2_PARAMS, older ones the other way round.
nss_opinions() (
	local kind=nss text
	text=$(nss_database "database-$1")
	export LD_LIBRARY_PATH=$2
	ulimit -c 0
	! ASAN_OPTIONS=detect_leaks=0 "$PROGRAM" pbkdf2 "$3" "$text" || kind=nss2
	opinions "$1" "$kind" "$SEED" "$CASES" "$3" "$text"
)

softhsm_opinions() (
	softhsm_token && opinions softhsm token "$SEED" "$CASES" "$SOFTHSM" "$PIN"
)

# A key of ours with its last digit changed: the comparison must not let it pass.
one_digit_wrong() {
	cp -r opinions wrong
	sed -i '/^case\tCKM_SHA256_KEY_DERIVATION\t0\t/{s/0$/x/;s/[1-9a-f]$/0/;s/x$/1/}' wrong/ours.txt
	! cmp -s opinions/ours.txt wrong/ours.txt && "$PYTHON" "$HERE/second_opinion.py" "$CASES" "$PWD/wrong"
}

run_tests() {
	needs "$PYTHON" "$MODULE" "$PROGRAM" "$SOFTOKEN" "$THUNDERBIRD/libsoftokn3.so" "$SOFTHSM" softhsm2-util
	note "seed $SEED, $CASES cases"
	mkdir opinions
	check "our module answers" opinions ours card "$SEED" "$CASES" "$MODULE" "$PIN"
	check "OpenSSL answers" opinions openssl openssl "$SEED" "$CASES"
	check "NSS answers" nss_opinions nss "$(dirname "$SOFTOKEN")" "$SOFTOKEN"
	check "Thunderbird's NSS answers" nss_opinions nss-thunderbird "$THUNDERBIRD" "$THUNDERBIRD/libsoftokn3.so"
	check "SoftHSM answers" softhsm_opinions
	python_tests second_opinion.py "$CASES" "$PWD/opinions"
	refuses "one digit of one key is noticed" one_digit_wrong
	python_tests second_opinion.py page "$TOP_SRCDIR/doc/second-opinion.md"
}

one_way
