#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A card behind a pcscd of its own, by OpenSC's programs: inserted, used, removed, inserted again, and replaced.
set -u

# shellcheck source=tests/integration/pcscd-private.sh
. "$TOP_SRCDIR/tests/integration/pcscd-private.sh"

if [ "${1:-}" != inside ]; then
	pcscd_private_possible || exit 77
	SERVE_DIR=$(mktemp -d)
	export SERVE_DIR
	trap 'rm -rf "$SERVE_DIR"' EXIT
	pcscd_private sh "$0" inside
	exit $?
fi

tool=$TOP_BUILDDIR/softcard-tool
card=$SERVE_DIR/card
failures=0

check() {
	"$@" >"$SERVE_DIR/out" 2>&1 && return 0
	echo "FAIL: $*: $(cat "$SERVE_DIR/out")"
	failures=$((failures + 1))
}

refused() {
	! "$@"
}

serial() {
	opensc-tool --serial 2>/dev/null
}

"$tool" new "$card" --key 9a:EC:P-256 --key 9d:RSA:2048 || exit 1
"$tool" new "$card.2" --key 9a:EC:P-256 || exit 1

check pcscd_private_serve "$card"
check [ "$(opensc-tool --name 2>/dev/null)" = "Personal Identity Verification Card" ]
check pkcs15-tool --verify-pin --auth-id 01 --pin 123456
check pkcs11-tool --module opensc-pkcs11.so --test --login --pin 123456
check refused pkcs11-tool --module opensc-pkcs11.so --list-objects --login --pin 999999
check [ "$("$tool" info "$card" | grep ^PIN)" = "PIN: 2 of 3 tries left" ]
before=$(serial)
check pcscd_private_remove "$card"
check refused opensc-tool --serial
check pcscd_private_insert "$card"
check [ "$before" = "$(serial)" ]
check refused "$tool" serve "$card"
check pcscd_private_unserve
check [ ! -e "$card.control" ]
check pcscd_private_serve "$card.2"
check [ "$before" != "$(serial)" ]
check pcscd_private_unserve

# Without vpcd the server waits, and is ended by a word or by a signal.
printf 'nonsense\nquit\n' | "$tool" serve "$card" --port 9 >"$SERVE_DIR/said" 2>&1 || {
	echo "FAIL: quit: $(cat "$SERVE_DIR/said")"
	failures=$((failures + 1))
}
check grep -q '^waiting for vpcd$' "$SERVE_DIR/said"
check grep -q 'nonsense: there is no such command' "$SERVE_DIR/said"
rm "$SERVE_DIR/said" # it says "serving" already, of the server before
"$tool" serve "$card" --absent </dev/null >"$SERVE_DIR/said" 2>&1 &
server=$!
pcscd_private_wait grep -q '^serving$' "$SERVE_DIR/said"
kill "$server"
check wait "$server"
check [ ! -e "$card.control" ]

[ "$failures" -eq 0 ]
