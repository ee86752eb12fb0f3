#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The module exports the three functions that callers look up by name, and nothing else; the library what its list says.
set -eu
export LC_ALL=C

failed=0

# exports OBJECT NAMES: these are its names, and none of ours is looked for in the process that it is loaded into.
exports() {
	object=$TOP_BUILDDIR/$1
	found=$(nm -D --defined-only "$object" | awk '{ print $NF }' | sort)
	if [ "$found" != "$2" ]; then
		echo "exports.sh: $object exports:"
		echo "$found"
		failed=1
	fi
	if nm -D --undefined-only "$object" | grep -E ' (cki_|md_|capi_|opensc_|fake_|C_|Crypt|Card)'; then
		echo "exports.sh: $object lacks the names above"
		failed=1
	fi
}

exports pkcs11/.libs/minidriver-pkcs11.so 'C_GetFunctionList
C_GetInterface
C_GetInterfaceList'
exports .libs/libminidriver.so "$(sort "$TOP_SRCDIR/minidriver/libminidriver.sym")"
exit "$failed"
