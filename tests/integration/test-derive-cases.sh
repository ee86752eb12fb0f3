#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# C_DeriveKey, case by case, our module beside opensc-pkcs11 on the same card.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

run_tests() {
	needs "$PYTHON" "$MODULE" "$OPENSC_MODULE"
	python_tests score_cases.py "$MODULE" "$OPENSC_MODULE" "$CARD" "$SOFTCARD_TOOL"
}

both_ways
