#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nothing of a secret is left in the process after its end. The card is in another process, behind pcscd, so that its
# own arithmetic is not searched.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

PIN=86420975 # long enough to be looked for in memory
RESIDUE=$TOP_BUILDDIR/tests/integration/residue
NO_WIPE=$TOP_BUILDDIR/tests/integration/.libs/module-nowipe.so

# A key that is known outside the card too, so that the secrets can be computed without it.
make_card() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key.pem" &&
		"$SOFTCARD_TOOL" new "$1" --pin "$PIN" --puk "$PUK" &&
		"$SOFTCARD_TOOL" import "$1" 9d --key "$1.key.pem" &&
		openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.rsa.pem" &&
		"$SOFTCARD_TOOL" import "$1" 82 --key "$1.rsa.pem"
}

# A sanitizer's allocator keeps what libopensc frees out of our reach: texts are not looked for then.
case ${TEST_SANITIZERS:-no} in
no | '') how=() ;;
*) how=(bytes) ;;
esac

run_tests() {
	[ "$WAY" = pcscd ] || return 0
	needs "$PYTHON" "$MODULE" "$RESIDUE" "$NO_WIPE"
	check "the secrets are computed elsewhere" \
		"$PYTHON" "$HERE/residue_plan.py" "$CARD.key.pem" "$ID_P256" "$CARD.rsa.pem" plan || return
	printf -v RESIDUE_REMOVE '%q remove %q' "$SOFTCARD_TOOL" "$CARD"
	export RESIDUE_REMOVE
	"$RESIDUE" "$MODULE" "$PIN" plan "${how[@]}" >residue.log 2>&1
	cat residue.log
	add_totals residue.log

	# The same search on a module that does not wipe must fail, and for that reason.
	check "the card is in again" pcscd_private_insert "$CARD"
	check "and readers have noticed" pcscd_private_wait pcscd_private_has_card
	"$RESIDUE" "$NO_WIPE" "$PIN" plan "${how[@]}" >no-wipe.log 2>&1
	check "the search notices a wipe that is taken out: $(grep -c '^FAILED: [0-9]* findings' no-wipe.log) of 5" \
		grep -q '^FAILED: [0-9]* findings of [0-9]* pieces after C_DestroyObject' no-wipe.log
}

both_ways
