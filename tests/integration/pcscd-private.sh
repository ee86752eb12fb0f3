# SPDX-License-Identifier: LGPL-2.1-or-later
# A pcscd of a test's own, with Debian's vpcd as its reader. To be sourced; needs root, and TOP_SRCDIR and
# TOP_BUILDDIR as make check sets them.
#
#     pcscd_private COMMAND ARGUMENT...
#
# runs COMMAND, a program or one of the functions below, in a mount and a network namespace of its own, in which a
# pcscd runs that no other program sees, and ends everything it started. Returns what COMMAND returned. There, also
# several times, and with more than one card one after the other:
#
#     pcscd_private_serve CARD       the card is in the reader when this returns
#     pcscd_private_unserve          it is out, and its server has ended
#     pcscd_private_remove CARD      it is out
#     pcscd_private_insert CARD      it is in again
#     pcscd_private_down, _up        pcscd ends; another one begins, without a card
#
# pcscd looks at its reader a few times a second; each of these returns when it has noticed. OPENSC_CONF names an empty
# configuration, so that OpenSC asks pcscd.

PCSCD_PRIVATE_TOOL=${PCSCD_PRIVATE_TOOL:-$TOP_BUILDDIR/softcard-tool}

# Whether this machine lets us: 77, what make check calls "skipped", if not.
pcscd_private_possible() {
	[ "$(id -u)" -eq 0 ] && command -v pcscd >/dev/null && command -v unshare >/dev/null &&
		[ -f /etc/reader.conf.d/vpcd ] && unshare --mount --net true 2>/dev/null || return 77
}

pcscd_private() {
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --net --propagation private sh -c '
		. "$0"
		pcscd_private_start || exit 99
		"$@"
		status=$?
		pcscd_private_stop
		exit $status
	' "$TOP_SRCDIR/tests/integration/pcscd-private.sh" "$@"
}

# Wait up to 10 seconds until a command succeeds.
pcscd_private_wait() {
	for _ in $(seq 100); do
		"$@" && return 0
		sleep 0.1
	done
	echo "pcscd-private: waited in vain for: $*" >&2
	return 1
}

# Where pcscd asks polkit who may use a card, ours must not: it has no system bus to ask over.
pcscd_private_no_polkit() {
	pcscd --help 2>&1 | sed -n 's/^ *\(--disable-polkit\).*/\1/p'
}

pcscd_private_start() {
	PCSCD_PRIVATE_DIR=$(mktemp -d) || return 1
	PCSCD_PRIVATE_SERVER=
	mkdir -p /run/pcscd "$PCSCD_PRIVATE_DIR/readers"
	mount -t tmpfs tmpfs /run/pcscd || return 1
	ip link set lo up || return 1
	cp /etc/reader.conf.d/vpcd "$PCSCD_PRIVATE_DIR/readers/vpcd"
	: >"$PCSCD_PRIVATE_DIR/opensc.conf"
	OPENSC_CONF=$PCSCD_PRIVATE_DIR/opensc.conf
	export OPENSC_CONF PCSCD_PRIVATE_DIR
	pcscd_private_up
}

# pcscd itself; its number in a file, for those in another shell than the one that started it.
pcscd_private_up() {
	pcscd --foreground $(pcscd_private_no_polkit) --config "$PCSCD_PRIVATE_DIR/readers" >"$PCSCD_PRIVATE_DIR/pcscd.log" 2>&1 &
	echo $! >"$PCSCD_PRIVATE_DIR/pcscd.pid"
	pcscd_private_wait test -S /run/pcscd/pcscd.comm
}

pcscd_private_ended() {
	! kill -0 "$(cat "$PCSCD_PRIVATE_DIR/pcscd.pid")" 2>/dev/null
}

pcscd_private_down() {
	kill "$(cat "$PCSCD_PRIVATE_DIR/pcscd.pid")" 2>/dev/null
	pcscd_private_wait pcscd_private_ended
	rm -f /run/pcscd/pcscd.comm /run/pcscd/pcscd.pid
}

pcscd_private_serve() {
	"$PCSCD_PRIVATE_TOOL" serve "$1" </dev/null >"$PCSCD_PRIVATE_DIR/serve.log" 2>&1 &
	PCSCD_PRIVATE_SERVER=$!
	pcscd_private_wait grep -q '^inserted$' "$PCSCD_PRIVATE_DIR/serve.log"
}

pcscd_private_insert() {
	"$PCSCD_PRIVATE_TOOL" insert "$1"
}

pcscd_private_has_card() {
	opensc-tool --list-readers | grep -q '^[0-9]* *Yes'
}

pcscd_private_is_empty() {
	! pcscd_private_has_card
}

pcscd_private_remove() {
	"$PCSCD_PRIVATE_TOOL" remove "$1" && pcscd_private_wait pcscd_private_is_empty
}

pcscd_private_end_server() {
	[ -n "$PCSCD_PRIVATE_SERVER" ] || return 0
	kill "$PCSCD_PRIVATE_SERVER" 2>/dev/null
	wait "$PCSCD_PRIVATE_SERVER"
	PCSCD_PRIVATE_SERVER=
}

pcscd_private_unserve() {
	pcscd_private_end_server
	pcscd_private_wait pcscd_private_is_empty
}

pcscd_private_stop() {
	pcscd_private_end_server
	kill "$(cat "$PCSCD_PRIVATE_DIR/pcscd.pid")" 2>/dev/null
	wait
	rm -rf "$PCSCD_PRIVATE_DIR"
}
