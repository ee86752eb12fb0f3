#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# pkcs11-tool on the software card: what it lists, and that its derivations equal what openssl computes from the other side.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

lists() {
	check "slots are listed" shows_slot
	check "the mechanisms for deriving, unwrapping and decrypting are listed" shows_mechanisms
	check "keys and certificates are listed" shows_objects
	check "a login succeeds" p11tool_ours --login --pin "$PIN" -O
	refuses "a login with a wrong PIN is refused" p11tool_ours --login --pin 999999 -O
	check "the right PIN still works after it" p11tool_ours --login --pin "$PIN" -O
}

shows_slot() {
	p11tool_ours -L >slots.txt && cat slots.txt && grep -q 'token label' slots.txt && grep -q 'token initialized' slots.txt
}

shows_mechanisms() {
	local name
	p11tool_ours -M >mechanisms.txt && cat mechanisms.txt || return 1
	for name in ECDH1-DERIVE ECDH1-COFACTOR-DERIVE AES-KEY-WRAP AES-CBC; do
		grep -q "^ *$name\b" mechanisms.txt || return 1
	done
}

shows_objects() {
	p11tool_ours --login --pin "$PIN" -O >objects.txt && cat objects.txt &&
		[ "$(grep -c '^Private Key Object; EC' objects.txt)" -eq 3 ] &&
		[ "$(grep -c '^Certificate Object' objects.txt)" -eq 3 ]
}

# make_other_side CURVE SLOT NAME: a key pair of the other side, and the secret as openssl computes it there.
make_other_side() {
	card_public "$2" "$3.card.pem" &&
		openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:"$1" -out "$3.pem" &&
		openssl pkey -in "$3.pem" -pubout -outform DER -out "$3.peer.der" &&
		openssl pkeyutl -derive -inkey "$3.pem" -peerkey "$3.card.pem" -out "$3.expected"
}

# derives TOOL ID NAME ARG...: the tool's derivation with this module equals the other side's.
derives() {
	local tool=$1 id=$2 name=$3
	shift 3
	rm -f out
	"$tool" --login --pin "$PIN" --derive --id "$id" -i "$name.peer.der" -o out "$@" && same_file out "$name.expected"
}

# beside ID NAME ARG...: what opensc-pkcs11 makes of the same, for the reader.
beside() {
	if derives p11tool_opensc "$@" >opensc.log 2>&1; then
		note "opensc-pkcs11, the same: equal"
	else
		note "opensc-pkcs11, the same: $(grep -m 1 -o 'CKR_[A-Z_]*' opensc.log || echo 'another value')"
	fi
}

derive_cases() {
	local curve=$1 slot=$2 id=$3 mechanism
	make_other_side "$curve" "$slot" "$curve" || {
		fail "openssl made no key on $curve"
		return
	}
	for mechanism in ECDH1-DERIVE ECDH1-COFACTOR-DERIVE; do
		check "$curve $mechanism, point raw" derives p11tool_ours "$id" "$curve" -m "$mechanism"
		beside "$id" "$curve" -m "$mechanism"
		check "$curve $mechanism, point in DER" derives p11tool_ours "$id" "$curve" -m "$mechanism" --derive-pass-der
		beside "$id" "$curve" -m "$mechanism" --derive-pass-der
	done
}

run_tests() {
	needs pkcs11-tool openssl "$MODULE" "$OPENSC_MODULE"
	lists
	derive_cases prime256v1 9d "$ID_P256"
	derive_cases secp384r1 82 "$ID_P384"
}

both_ways
