#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs that find the module by themselves: p11-kit by the .module file, ssh-keygen by its path.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

# The .module file as it is installed, with the module of the build tree.
p11kit_home() {
	local file
	file=$(find "$TOP_SRCDIR" "$TOP_BUILDDIR" -maxdepth 2 -name 'minidriver-pkcs11.module' | head -n 1)
	[ -n "$file" ] || return 1
	mkdir -p home/.config/pkcs11/modules
	echo 'user-config: only' >home/.config/pkcs11/pkcs11.conf
	sed "s|^module:.*|module: $MODULE|" "$file" >home/.config/pkcs11/modules/minidriver-pkcs11.module
	grep -q "^module: $MODULE\$" home/.config/pkcs11/modules/minidriver-pkcs11.module
}

p11kit_lists() {
	HOME=$PWD/home XDG_CONFIG_HOME=$PWD/home/.config stock p11-kit list-modules >p11kit.txt && cat p11kit.txt &&
		grep -q '^minidriver-pkcs11:' p11kit.txt && grep -q 'token:' p11kit.txt
}

ssh_lists() {
	local slot
	stock ssh-keygen -D "$MODULE" >keys.txt && cat keys.txt || return 1
	for slot in 9a 9d 82; do
		card_public "$slot" pub.pem
		ssh-keygen -i -m PKCS8 -f pub.pem >key.txt || return 1
		grep -qF "$(cut -d' ' -f2 key.txt)" keys.txt || return 1
	done
}

run_tests() {
	needs p11-kit ssh-keygen "$MODULE"
	check "the .module file is there and names the module" p11kit_home
	check "p11-kit list-modules shows the module and its token" p11kit_lists
	check "ssh-keygen -D lists the public keys of the card" ssh_lists
}

both_ways
