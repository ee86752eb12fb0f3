#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# p11-kit finds the module by its .module file.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

CONFIGS=$(pkg-config --variable=p11_module_configs p11-kit-1)

# The .module file as it is installed, with the module of the build folder in it, and no other module beside it.
make_configs() {
	mkdir modules
	sed "s|^module:.*|module: $MODULE|" "$TOP_SRCDIR/pkcs11/minidriver-pkcs11.module" >modules/minidriver-pkcs11.module
	grep -q "^module: $MODULE\$" modules/minidriver-pkcs11.module
}

# p11-kit with that folder in place of the system's, which no other program sees (as root it reads no user's folder).
p11_kit() {
	stock unshare --mount --propagation private sh -c 'mount --bind modules "$0" && exec p11-kit "$@"' "$CONFIGS" "$@"
}

module_is_listed() {
	p11_kit list-modules >p11kit.txt && cat p11kit.txt &&
		grep -qE '^(module: )?minidriver-pkcs11:?$|^minidriver-pkcs11: ' p11kit.txt && grep -q 'token:' p11kit.txt
}

run_tests() {
	needs p11-kit "$TOP_SRCDIR/pkcs11/minidriver-pkcs11.module" "$MODULE"
	check "the .module file names the module" make_configs || return
	check "p11-kit list-modules shows the module and its token" module_is_listed
}

both_ways
