#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# p11-kit finds the module by its .module file.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

# The .module file as it is installed, with the module of the build folder in it, and no other module.
make_home() {
	mkdir -p home/.config/pkcs11/modules
	echo 'user-config: only' >home/.config/pkcs11/pkcs11.conf
	sed "s|^module:.*|module: $MODULE|" "$TOP_SRCDIR/pkcs11/minidriver-pkcs11.module" \
		>home/.config/pkcs11/modules/minidriver-pkcs11.module
	grep -q "^module: $MODULE\$" home/.config/pkcs11/modules/minidriver-pkcs11.module
}

p11_kit() {
	HOME=$PWD/home XDG_CONFIG_HOME=$PWD/home/.config stock p11-kit "$@"
}

module_is_listed() {
	p11_kit list-modules >p11kit.txt && cat p11kit.txt &&
		grep -q '^minidriver-pkcs11:' p11kit.txt && grep -q 'token:' p11kit.txt
}

run_tests() {
	needs p11-kit "$TOP_SRCDIR/pkcs11/minidriver-pkcs11.module" "$MODULE"
	check "the .module file names the module" make_home || return
	check "p11-kit list-modules shows the module and its token" module_is_listed
}

both_ways
