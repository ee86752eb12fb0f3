#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Encryption, MACs, digests and wrapping by the module, by SoftHSM2 and by NSS' softoken in one run: the same bytes from
# each, and each opens what the others made. Debian's NSS stands beside SoftHSM2; the newer one that Thunderbird
# brings has a run of its own. (test-second-opinion.sh does it for derivations.)
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

SOFTHSM=$(pkg-config --variable=p11_module_path p11-kit-1)/../softhsm/libsofthsm2.so

softhsm_token() {
	mkdir softhsm
	printf 'directories.tokendir = %s\nobjectstore.backend = file\n' "$PWD/softhsm" >softhsm.conf
	export SOFTHSM2_CONF=$PWD/softhsm.conf
	check "SoftHSM2 makes a token" softhsm2-util --init-token --free --label test --pin "$PIN" --so-pin "$PIN"
}

# Legacy ciphers as well, which NSS has.
with_legacy_ciphers() {
	cp "$OPENSC_CONF" legacy.conf
	echo 'app minidriver-pkcs11 { minidriver { legacy_ciphers = true; } }' >>legacy.conf
	export OPENSC_CONF=$PWD/legacy.conf
}

# nss_database FOLDER: its parameters, for C_Initialize.
nss_database() {
	mkdir "$1"
	printf %s "configdir='sql:$PWD/$1' certPrefix='' keyPrefix='' secmod='' flags=noModDB,noCertDB,forceOpen"
}

run_tests() {
	NSS=$(find /usr/lib/*-linux-gnu*/ -maxdepth 2 -name libsoftokn3.so | head -n 1)
	needs "$PYTHON" "$MODULE" "$SOFTHSM" "$NSS" "$THUNDERBIRD/libsoftokn3.so" softhsm2-util
	with_legacy_ciphers
	softhsm_token
	python_tests same_operations_cases.py "$MODULE" "$SOFTHSM" "$NSS" "$(nss_database debian)"
	LD_LIBRARY_PATH=$THUNDERBIRD python_tests same_operations_cases.py "$MODULE" - "$THUNDERBIRD/libsoftokn3.so" \
		"$(nss_database thunderbird)"
}

one_way
