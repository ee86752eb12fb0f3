#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# PyKCS11 as doc/examples/session_keys.py uses it: first each of its steps, then all of it as a reader would run it.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

EXAMPLES=$TOP_SRCDIR/doc/examples

# PyKCS11 is C++, loaded late: a sanitizer's runtime finds __cxa_throw only if the C++ library is there from the first moment.
python() {
	local PRELOAD=${PRELOAD:+$PRELOAD $(gcc -print-file-name=libstdc++.so.6)}
	PYTHONPATH=$EXAMPLES stock "$PYTHON" "$@"
}

# does_step MODULE STEP KEY-ID
does_step() {
	python -c 'if True:
		import sys
		import session_keys as example
		card = example.Card(sys.argv[1], sys.argv[3], bytes.fromhex(sys.argv[4]))
		getattr(example, sys.argv[2])(card, example.OtherSide(card))' "$(module_of "$1")" "$2" "$PIN" "$3"
}

does_all() {
	python "$EXAMPLES/session_keys.py" "$(module_of "$1")" "$PIN" >steps && cat steps &&
		[ "$(grep -c 'both sides agree$' steps)" = 10 ]
}

run_tests() {
	local id
	client pykcs11 python3-pykcs11 "$EXAMPLES/session_keys.py" "$PYTHON" || return
	for id in 03 05; do
		job "derive with each KDF" does_step key_derivation_functions "$id"
	done
	for id in 03 05; do
		job "derive, HKDF, HMAC and AES-GCM" does_step hkdf_chain "$id"
	done
	for id in 03 05; do
		job "derive, unwrap, AES-GCM, wrap" does_step wrapped_key "$id"
	done
	job "doc/examples/session_keys.py" does_all
}

client_test
