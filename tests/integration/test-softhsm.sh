#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Keys wrapped and data encrypted by SoftHSM2 are opened by the module, and the other way round: CKM_AES_KEY_WRAP_PAD, which
# programs understand differently, above all.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

SOFTHSM=$(pkg-config --variable=p11_module_path p11-kit-1)/../softhsm/libsofthsm2.so

softhsm_token() {
	mkdir softhsm
	printf 'directories.tokendir = %s\nobjectstore.backend = file\n' "$PWD/softhsm" >softhsm.conf
	export SOFTHSM2_CONF=$PWD/softhsm.conf
	check "SoftHSM2 makes a token" softhsm2-util --init-token --free --label test --pin "$PIN" --so-pin "$PIN"
}

run_tests() {
	needs "$PYTHON" "$MODULE" "$SOFTHSM" softhsm2-util
	softhsm_token
	python_tests softhsm_cases.py "$MODULE" "$SOFTHSM"
}

one_way
