#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Our module and opensc-pkcs11 side by side on the same card: every mechanism and object with its attributes, and what a
# client's steps cost the card.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

INVENTORY=$TOP_BUILDDIR/tests/p11/inventory
export ASAN_OPTIONS=detect_leaks=0 # libopensc's own leaks; ours are looked for elsewhere

make_card() {
	"$SOFTCARD_TOOL" new "$1" --pin "$PIN" --puk "$PUK" --key 9a:RSA:2048 --key 9c:EC:prime256v1 \
		--key 9d:EC:prime256v1 --key 82:EC:secp384r1
}

make_openpgp_card() {
	"$SOFTCARD_TOOL" new "$1" --applet openpgp --pin "$PIN" --key sig:Ed25519 --key dec:X25519 --key aut:EC:prime256v1
}

# both_inventories NAME: two files, NAME.ours and NAME.opensc.
both_inventories() {
	"$INVENTORY" "$MODULE" "$PIN" >"$1.ours" && "$INVENTORY" "$OPENSC_MODULE" "$PIN" >"$1.opensc"
}

# our own programs are linked with the sanitizers, and need nothing preloaded
steps() {
	PRELOAD="" python_tests inventory_steps.py "$INVENTORY" "$MODULE" "$OPENSC_MODULE" "$1" "$SOFTCARD_TOOL" "$PIN"
}

run_tests() {
	needs "$PYTHON" "$INVENTORY" "$MODULE" "$OPENSC_MODULE"
	check "both modules show the PIV card" both_inventories piv || return
	steps "$CARD"
	if [ "$WAY" = pcscd ]; then
		python_tests inventory_table.py "$HERE/inventory-differences.txt" "PIV card" piv.ours piv.opensc
		return
	fi
	check "an OpenPGP card is made" make_openpgp_card "$WORK/openpgp" || return
	eval "$("$SOFTCARD_TOOL" env "$WORK/openpgp")"
	check "both modules show the OpenPGP card" both_inventories openpgp || return
	steps "$WORK/openpgp"
	python_tests inventory_table.py --every-difference "$HERE/inventory-differences.txt" \
		"PIV card" piv.ours piv.opensc "OpenPGP card" openpgp.ours openpgp.opensc
}

both_ways
