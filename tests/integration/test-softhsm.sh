#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Keys wrapped and data encrypted by SoftHSM2 are opened by the module, and the other way round: CKM_AES_KEY_WRAP_PAD, which
# programs understand differently, above all.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

run_tests() {
	needs "$PYTHON" "$MODULE" "$SOFTHSM" softhsm2-util
	check "SoftHSM2 makes a token" softhsm_token
	python_tests softhsm_cases.py "$MODULE" "$SOFTHSM"
}

one_way
