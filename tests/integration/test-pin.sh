#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# PINs by pkcs11-tool on the software card: what a wrong one costs, changing and unblocking, the key that asks always;
# and what other programs do to the card in between.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

NEW_PIN=654321

make_card() {
	"$SOFTCARD_TOOL" new "$1" --pin "$PIN" --puk "$PUK" \
		--key 9a:EC:prime256v1 --key 9c:EC:prime256v1 --key 9d:EC:prime256v1
}

# tries PIN|PUK: of the OpenPGP card's PW1 and PW3, likewise
tries() {
	local also=PW1
	[ "$1" = PIN ] || also=PW3
	"$SOFTCARD_TOOL" info "$CARD" | sed -n "s/^\($1\|$also\): \([0-9]*\) of .*/\2/p"
}

# costs NUMBER PIN|PUK NAME COMMAND...: the command is refused and spends so many tries.
costs() {
	local number=$1 pin=$2 name=$3 before
	shift 3
	before=$(tries "$pin")
	refuses "$name" "$@"
	check "it costs $number of $before tries of the $pin" [ $((before - $(tries "$pin"))) -eq "$number" ]
}

# answers CODE COMMAND...
answers() {
	local code=$1
	shift
	"$@" >answer.log 2>&1
	cat answer.log
	grep -q "\b$code\b" answer.log
}

login() {
	p11tool_ours --login --pin "$1" -O
}

set_pin() {
	"$SOFTCARD_TOOL" pin "$CARD" --set "$PIN" --set-puk "$PUK" --unblock
}

has_flag() {
	p11tool_ours -L >slots.txt && cat slots.txt && grep -q "token flags.*$1" slots.txt
}

logins() {
	check "no flag of the PIN is set" refuses_flag
	costs 1 PIN "a wrong PIN is refused" login 111111
	check "the flags tell that" has_flag 'user PIN count low'
	costs 1 PIN "the same again" login 111111
	check "the flags tell that one try is left" has_flag 'final user PIN try'
	check "the right one is accepted" login "$PIN"
	check "all tries are back" [ "$(tries PIN)" -eq 3 ]
	for pin in 123 123456789 12345a; do
		costs 0 PIN "'$pin' is refused" login "$pin"
		check "as one of a wrong length" answers CKR_PIN_LEN_RANGE login "$pin"
	done
	check "a PIN for one use is for an operation" answers CKR_OPERATION_NOT_INITIALIZED \
		p11tool_ours --login --login-type context-specific --pin "$PIN" -O
}

refuses_flag() {
	! has_flag 'user PIN'
}

changes() {
	check "the PIN is changed" p11tool_ours --login --pin "$PIN" --change-pin --new-pin "$NEW_PIN"
	check "it is the new one" login "$NEW_PIN"
	costs 1 PIN "a wrong old PIN is refused" p11tool_ours --change-pin --pin 111111 --new-pin "$PIN"
	check "the right one is accepted" login "$NEW_PIN"
	costs 0 PIN "a new PIN that is too short is refused" p11tool_ours --change-pin --pin "$NEW_PIN" --new-pin 12345
	check "without a login it is changed, too" p11tool_ours --change-pin --pin "$NEW_PIN" --new-pin "$PIN"
	check "back to the old one" login "$PIN"
}

block() {
	for _ in 1 2 3; do
		login 111111 >block.log 2>&1
	done
	[ "$(tries PIN)" -eq 0 ] && answers CKR_PIN_LOCKED login "$PIN" && has_flag 'user PIN locked'
}

# pkcs11-tool's way to unblock by C_InitPIN
init_pin() {
	p11tool_ours --login --login-type so --so-pin "$1" --init-pin --new-pin "$2"
}

unblocks() {
	check "three wrong ones block the PIN" block
	costs 1 PUK "a wrong PUK is refused" init_pin 99999999 "$NEW_PIN"
	costs 0 PUK "a PUK that is too long is refused" init_pin 1234567890 "$NEW_PIN"
	costs 0 PUK "a new PIN of letters is refused" init_pin "$PUK" abcdef
	check "the PUK unblocks the PIN" init_pin "$PUK" "$NEW_PIN"
	check "all tries are back" [ "$(tries PIN) $(tries PUK)" = "3 3" ]
	check "the new PIN is accepted" login "$NEW_PIN"
	check "the PUK is changed" p11tool_ours --login --login-type so --so-pin "$PUK" --change-pin --new-pin 87654321
	check "the new PUK sets a PIN" init_pin 87654321 "$PIN"
	set_pin
}

unlock_pin() {
	p11tool_ours --unlock-pin --puk "$1" --new-pin "$2"
}

# C_SetPIN with the PUK, only where opensc.conf says so
unlocks() {
	local OPENSC_CONF=$OPENSC_CONF
	check "the PIN is blocked again" block
	costs 0 PUK "--unlock-pin is refused, for nobody asked for it" unlock_pin "$PUK" "$NEW_PIN"
	{
		cat "$OPENSC_CONF"
		echo 'app minidriver-pkcs11 { minidriver { unblock_by_set_pin = true; } }'
	} >unblock.conf
	export OPENSC_CONF=$PWD/unblock.conf
	costs 1 PUK "a wrong PUK is refused" unlock_pin 99999999 "$NEW_PIN"
	check "--unlock-pin unblocks" unlock_pin "$PUK" "$NEW_PIN"
	check "the new PIN is accepted" login "$NEW_PIN"
	costs 1 PIN "a PIN that is not blocked is changed, not unblocked" unlock_pin "$PUK" "$PIN"
	check "which does not touch the PUK" [ "$(tries PUK)" -eq 3 ]
	set_pin
}

# The signature key asks for its PIN each time; pkcs11-tool gives it when CKA_ALWAYS_AUTHENTICATE tells it to.
signs_always() {
	printf '%032d' 7 >digest
	"$SOFTCARD_TOOL" cert "$CARD" 9c | openssl x509 -pubkey -noout >9c.pem
	p11tool_ours --login --pin "$PIN" -s --id 02 -m ECDSA --signature-format openssl -i digest -o signature &&
		openssl pkeyutl -verify -pubin -inkey 9c.pem -in digest -sigfile signature
}

# An OpenPGP card has PW1 by two references, the signature's once for each use, and PW3 that the card verifies.
openpgp() {
	local OPENSC_CONF=$OPENSC_CONF CARD=$WORK/openpgp
	check "an OpenPGP card is made" "$SOFTCARD_TOOL" new "$CARD" --applet openpgp --pin "$PIN" --puk "$PUK" \
		--key sig:EC:prime256v1 --key aut:EC:prime256v1 || return
	eval "$("$SOFTCARD_TOOL" env "$CARD")"
	costs 1 PIN "a wrong PW1 is refused" login 111111
	costs 0 PIN "one that is too short is refused" login 12345
	check "the right one is accepted" login "$PIN"
	check "there is one slot" [ "$(p11tool_ours -L | grep -c '^Slot')" -eq 1 ]
	check "PW1 is changed" p11tool_ours --login --pin "$PIN" --change-pin --new-pin "letters, too"
	check "three wrong ones block PW1" block
	costs 1 PUK "a wrong PW3 is refused at its login" init_pin 99999999 "$NEW_PIN"
	check "PW3 unblocks PW1" init_pin "$PUK" "$NEW_PIN"
	check "the new PW1 is accepted" login "$NEW_PIN"
	printf '%032d' 7 >digest
	check "the signature key gets PW1 for one use" p11tool_ours --login --pin "$NEW_PIN" \
		-s --id 01 -m ECDSA -i digest -o signature
}

run_tests() {
	needs pkcs11-tool opensc-tool openssl "$PYTHON" "$MODULE" "$OPENSC_MODULE"
	logins
	changes
	unblocks
	unlocks
	check "the signature key signs" signs_always
	[ "$WAY" = pcscd ] || {
		openpgp
		return
	}
	python_tests pin_cases.py "$MODULE" "$OPENSC_MODULE" "$CARD" "$SOFTCARD_TOOL"
}

both_ways
