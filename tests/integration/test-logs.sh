#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the logs say, and what they never say: with ours and OpenSC's at their highest level, PINs, the shared secret and
# session keys are looked for in them.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"
PIN=84719263
WRONG=95182736

loudly() {
	MINIDRIVER_PKCS11_DEBUG=debug OPENSC_DEBUG=9 p11tool_ours "$@" >>tool.txt 2>>log.txt
}

make_peer() {
	card_public 9d card.pem && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out peer.pem &&
		openssl pkey -in peer.pem -pubout -outform DER -out peer.der &&
		openssl pkeyutl -derive -inkey peer.pem -peerkey card.pem -out secret
}

# Everything that takes or makes a secret.
talk() {
	loudly --login --pin "$PIN" -O || return 1
	loudly --login --pin "$PIN" --derive --id "$ID_P256" -m ECDH1-DERIVE -i peer.der -o derived || return 1
	cmp derived secret || return 1
	printf 'something' >data
	loudly --login --pin "$PIN" --sign --id 01 -m ECDSA-SHA256 -i data -o signature || return 1
	! loudly --login --pin "$WRONG" -O
}

# explains TEXT COMMAND...: the log gives the reason.
explains() {
	local text=$1
	shift
	MINIDRIVER_PKCS11_DEBUG=slot=info,config=warn "$@" >why.txt 2>&1
	cat why.txt
	grep -qF "$text" why.txt
}

with_conf() {
	local conf=$1
	shift
	printf '%s\n' "$conf" >other.conf
	OPENSC_CONF=$PWD/other.conf "$@"
}

says_why() {
	local ours
	ours=$(cat "$OPENSC_CONF")
	check "a missing card service is named" env PCSCLITE_CSOCK_NAME=/nonexistent/pcscd.comm bash -c \
		"$(declare -f explains with_conf p11tool_ours stock); PRELOAD='$PRELOAD' STOCK_SECONDS=60 MODULE='$MODULE'
		with_conf '' explains 'the card service pcscd does not run' p11tool_ours -L"
	check "a card that no driver may drive is named" with_conf "$ours app minidriver-pkcs11 { card_drivers = openpgp; }" \
		explains "no driver of OpenSC that opensc.conf allows knows this card" p11tool_ours -O
	check "an option with a slip in its name is named" \
		with_conf "$ours app minidriver-pkcs11 { minidriver { legacy_cyphers = true; legacy_ciphers = true; } }" \
		explains "there is no option legacy_cyphers" p11tool_ours -L
	check "and no other" bash -c "! grep -q 'no option legacy_ciphers' why.txt"
}

run_tests() {
	needs pkcs11-tool openssl "$MODULE"
	check "a shared secret is computed with openssl" make_peer || exit 1
	check "logins, a derivation and a signature with the loudest logs" talk
	python_tests logs_cases.py "$PIN" "$WRONG" secret log.txt
	says_why
}

one_way
