#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# `make bench-card`: what a client does with a card, our module beside opensc-pkcs11 on the same software card, through the
# provider library and through a pcscd (doc/performance.md). BENCH_ROUNDS: how often (7).
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

STEPS=$TOP_BUILDDIR/tests/p11/card_steps

make_card() {
	"$SOFTCARD_TOOL" new "$1" --pin "$PIN" --puk "$PUK" --key 9a:EC:prime256v1 --key 9d:RSA:2048 --key 82:EC:prime256v1
}

run_tests() {
	needs "$PYTHON" "$STEPS" "$MODULE" "$OPENSC_MODULE"
	if "$PYTHON" "$TOP_SRCDIR/tests/bench/card_times.py" "$STEPS" "$MODULE" "$OPENSC_MODULE" "$PIN" "${BENCH_ROUNDS:-7}" 01 03 05; then
		pass "the modules were compared"
	else
		fail "the modules were not compared"
	fi
}

both_ways
