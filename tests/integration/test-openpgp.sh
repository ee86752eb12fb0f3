#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An OpenPGP card with keys on curve25519: derivations by X25519 and signatures by Ed25519, our module beside opensc-pkcs11
# on the same card; openssl is the other side.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

# The X25519 key is openssl's, so that openssl knows its public half without asking the card.
make_card() {
	openssl genpkey -algorithm X25519 -out "$1.dec.pem" &&
		"$SOFTCARD_TOOL" new "$1" --applet openpgp --pin "$PIN" --key sig:Ed25519 --key aut:EC:prime256v1 &&
		"$SOFTCARD_TOOL" import "$1" dec --key "$1.dec.pem"
}

make_other_side() {
	openssl pkey -in "$CARD.dec.pem" -pubout -out card.pem &&
		openssl genpkey -algorithm X25519 -out peer.pem &&
		openssl pkeyutl -derive -inkey peer.pem -peerkey card.pem -out z
}

shows_objects() {
	p11tool_ours --login --pin "$PIN" -O >objects.txt && cat objects.txt &&
		[ "$(grep -c '^Private Key Object; EC_EDWARDS' objects.txt)" -eq 1 ] &&
		[ "$(grep -c '^Private Key Object; EC_MONTGOMERY' objects.txt)" -eq 1 ] &&
		[ "$(grep -c '^Private Key Object; EC' objects.txt)" -eq 3 ] &&
		[ "$(grep -c '^Public Key Object' objects.txt)" -eq 3 ] &&
		[ "$(grep -c '^Certificate Object' objects.txt)" -eq 2 ]
}

# public_half TOOL: what a module says of the public half of the X25519 key.
public_half() {
	"$1" -O --type pubkey | grep -A 2 EC_MONTGOMERY | grep -E 'EC_POINT:|EC_PARAMS:'
}

same_public_key() {
	public_half p11tool_ours >ours.txt && public_half p11tool_opensc >opensc.txt && cat ours.txt opensc.txt &&
		same_file ours.txt opensc.txt
}

signs_ed25519() {
	printf 'a message of some length' >message
	rm -f signature
	p11tool_ours --login --pin "$PIN" --sign -m EDDSA --id 01 -i message -o signature && card_public sig sig.pem &&
		openssl pkeyutl -verify -rawin -in message -sigfile signature -pubin -inkey sig.pem
}

signs_ecdsa() {
	openssl dgst -sha256 -binary -out digest message
	rm -f signature
	p11tool_ours --login --pin "$PIN" --sign -m ECDSA --signature-format openssl --id 03 -i digest -o signature &&
		card_public aut aut.pem && openssl pkeyutl -verify -in digest -sigfile signature -pubin -inkey aut.pem
}

run_tests() {
	needs "$PYTHON" pkcs11-tool openssl "$MODULE" "$OPENSC_MODULE"
	check "keys of each kind are listed" shows_objects
	check "the X25519 key is shown as opensc-pkcs11 shows it" same_public_key
	check "openssl is the other side" make_other_side || return
	python_tests montgomery_cases.py "$MODULE" "$OPENSC_MODULE" "$CARD" "$SOFTCARD_TOOL" peer.pem z
	check "an Ed25519 signature verifies" signs_ed25519
	check "an ECDSA signature by the authentication key verifies" signs_ecdsa
}

both_ways
