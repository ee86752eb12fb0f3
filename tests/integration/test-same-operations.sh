#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Encryption, MACs, digests and wrapping by the module, by SoftHSM2 and by NSS' softoken in one run: the same bytes from
# each, and each opens what the others made. Debian's NSS stands beside SoftHSM2; the newer one that Thunderbird
# brings has a run of its own. (test-second-opinion.sh does it for derivations.)
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

# Legacy ciphers as well, which NSS has.
with_legacy_ciphers() {
	cp "$OPENSC_CONF" legacy.conf
	echo 'app minidriver-pkcs11 { minidriver { legacy_ciphers = true; } }' >>legacy.conf
	export OPENSC_CONF=$PWD/legacy.conf
}

run_tests() {
	needs "$PYTHON" "$MODULE" "$SOFTHSM" "$SOFTOKEN" "$THUNDERBIRD/libsoftokn3.so" softhsm2-util
	with_legacy_ciphers
	check "SoftHSM2 makes a token" softhsm_token
	python_tests same_operations_cases.py "$MODULE" "$SOFTHSM" "$SOFTOKEN" "$(nss_database debian)"
	LD_LIBRARY_PATH=$THUNDERBIRD python_tests same_operations_cases.py "$MODULE" - "$THUNDERBIRD/libsoftokn3.so" \
		"$(nss_database thunderbird)"
}

one_way
