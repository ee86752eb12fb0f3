#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a derivation costs the card, and that it leaves the card as it was.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

run_tests() {
	needs "$PYTHON" "$MODULE" "$OPENSC_MODULE"
	python_tests derive_count.py "$MODULE" "$OPENSC_MODULE" "$CARD" "$SOFTCARD_TOOL" one
	[ "$WAY" = provider ] || return
	python_tests derive_count.py "$MODULE" "$OPENSC_MODULE" "$CARD" "$SOFTCARD_TOOL" many
}

both_ways
