#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a client's work costs the card, our module beside opensc-pkcs11: to the first signature, lists, loops of
# signatures, decryptions and derivations, the end; in a fresh process and again in the same.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

STEPS=$TOP_BUILDDIR/tests/p11/card_steps
export ASAN_OPTIONS=detect_leaks=0 # libopensc's own leaks; ours are looked for elsewhere

make_card() {
	"$SOFTCARD_TOOL" new "$1" --pin "$PIN" --puk "$PUK" --key 9a:EC:prime256v1 --key 9d:RSA:2048 --key 82:EC:prime256v1
}

make_openpgp_card() {
	"$SOFTCARD_TOOL" new "$WORK/$1" --applet openpgp --pin "$PIN" --key "sig:$2" --key "dec:$2" --key "aut:$2"
}

# compare CARD KIND SLOT-OURS SLOT-OPENSC SIGN DECRYPT DERIVE PROCESS...; our own program is linked with the sanitizers
compare() {
	local card=$1
	shift
	PRELOAD="" python_tests card_commands.py "$STEPS" "$MODULE" "$OPENSC_MODULE" "$card" "$SOFTCARD_TOOL" "$PIN" "$@"
}

run_tests() {
	needs "$PYTHON" "$STEPS" "$MODULE" "$OPENSC_MODULE"
	if [ "$WAY" = pcscd ]; then
		compare "$CARD" PIV 0 0 01 03 05 sign
		return
	fi
	compare "$CARD" PIV 0 0 01 03 05 sign,sign list,list,leave
	check "an OpenPGP card with RSA keys is made" make_openpgp_card rsa RSA:2048 || return
	eval "$("$SOFTCARD_TOOL" env "$WORK/rsa")"
	compare "$WORK/rsa" OpenPGP 0 1 01 - - sign,sign list,list,leave
	compare "$WORK/rsa" "OpenPGP, second PIN" 0 0 03 02 - sign
	check "an OpenPGP card with EC keys is made" make_openpgp_card ec EC:prime256v1 || return
	eval "$("$SOFTCARD_TOOL" env "$WORK/ec")"
	compare "$WORK/ec" "OpenPGP, EC" 0 0 03 - 02 sign
}

both_ways
