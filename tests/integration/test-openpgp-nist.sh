#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An OpenPGP card with RSA keys and one on a NIST curve: another driver of OpenSC below the same module.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

make_card() {
	"$SOFTCARD_TOOL" new "$1" --applet openpgp --pin "$PIN" --key sig:RSA:2048 --key dec:EC:secp521r1 --key aut:RSA:2048
}

make_other_side() {
	card_public dec card.pem && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp521r1 -out peer.pem &&
		openssl pkey -in peer.pem -pubout -outform DER -out peer.der &&
		openssl pkeyutl -derive -inkey peer.pem -peerkey card.pem -out z
}

derives() {
	rm -f out
	"$1" --login --pin "$PIN" --derive --id 02 -i peer.der -o out -m "$2" && same_file out z
}

# signs ID SLOT: the tool signs a DigestInfo; openssl knows the key from its certificate.
signs() {
	printf 'a message' >message
	{ printf '\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20' &&
		openssl dgst -sha256 -binary message; } >digest_info
	rm -f signature
	p11tool_ours --login --pin "$PIN" --sign -m RSA-PKCS --id "$1" -i digest_info -o signature &&
		card_public "$2" "$2.pem" && openssl dgst -sha256 -verify "$2.pem" -signature signature message
}

run_tests() {
	needs "$PYTHON" pkcs11-tool openssl "$MODULE" "$OPENSC_MODULE"
	check "keys are listed" p11tool_ours --login --pin "$PIN" -O
	check "openssl is the other side" make_other_side || return
	check "ECDH on P-521" derives p11tool_ours ECDH1-DERIVE
	check "ECDH on P-521 with cofactor" derives p11tool_ours ECDH1-COFACTOR-DERIVE
	if derives p11tool_opensc ECDH1-DERIVE >opensc.log 2>&1; then
		note "opensc-pkcs11, the same: equal"
	else
		note "opensc-pkcs11, the same: $(grep -m 1 -o 'CKR_[A-Z_]*' opensc.log || echo 'another value')"
	fi
	check "an RSA signature by the signature key verifies" signs 01 sig
	check "an RSA signature by the authentication key verifies" signs 03 aut
	python_tests rsa_unwrap_case.py "$MODULE" "$CARD" "$SOFTCARD_TOOL" aut 03
}

both_ways
