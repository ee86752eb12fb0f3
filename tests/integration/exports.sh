#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The module exports the three functions that callers look up by name, and nothing else.
set -eu

module=$TOP_BUILDDIR/pkcs11/.libs/minidriver-pkcs11.so
found=$(nm -D --defined-only "$module" | awk '{ print $NF }' | sort)
wanted='C_GetFunctionList
C_GetInterface
C_GetInterfaceList'

if [ "$found" != "$wanted" ]; then
	echo "exports.sh: $module exports:"
	echo "$found"
	exit 1
fi
# The module stands for itself: no name of ours may be looked for in the process it is loaded into.
if nm -D --undefined-only "$module" | grep -E ' (cki_|md_|opensc_|fake_|C_)'; then
	echo "exports.sh: the module lacks the names above"
	exit 1
fi
