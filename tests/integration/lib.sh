# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the integration tests share: counting, cards by both ways in, running other people's programs against the built
# module (also when it was built with sanitizers), and leaving nothing behind.
#
# A test sources this file, defines run_tests and ends with one of
#     both_ways     run_tests with the card through the provider library, then through a real pcscd and vpcd
#     one_way       run_tests with the card through the provider library only
#     without_card  run_tests with no card at all
# run_tests finds a card in $CARD (made by the function make_card, which a test may define anew), OPENSC_CONF set so that
# OpenSC, our module and opensc-pkcs11 see it, and an empty current directory. The last line is `N passed, N failed`.
set -u

: "${TOP_SRCDIR:?is set by make check}" "${TOP_BUILDDIR:?is set by make check}"
HERE=$TOP_SRCDIR/tests/integration
SCRIPT=$(realpath "$0")
PIN=123456
PUK=12345678
PYTHON=/usr/bin/python3 # the distribution's: its packages are seen by no other
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$HERE LC_ALL=C
[ -n "${TEST_INSIDE_PCSCD:-}" ] || unset OPENSC_CONF
unset OPENSC_DEBUG MINIDRIVER_PKCS11_DEBUG PKCS11_MODULE_PATH OPENSSL_CONF

# TEST_MODULE: try the tests on another module.
MODULE=${TEST_MODULE:-$TOP_BUILDDIR/pkcs11/.libs/minidriver-pkcs11.so}
OPENSC_MODULE=$(pkg-config --variable=p11_module_path p11-kit-1)/opensc-pkcs11.so
SOFTCARD_TOOL=$TOP_BUILDDIR/softcard-tool
THUNDERBIRD=/usr/lib/thunderbird

# shellcheck source=tests/integration/pcscd-private.sh
. "$HERE/pcscd-private.sh"

passed=0
failed=0
WORK=$(mktemp -d "${TMPDIR:-/tmp}/minidriver-test.XXXXXX") || exit 1

# ---- counting ------------------------------------------------------------------------------------------

pass() {
	passed=$((passed + 1))
	echo "ok: $*"
}

fail() {
	failed=$((failed + 1))
	echo "FAILED: $*"
}

# check NAME COMMAND...: the command must succeed; what it says is shown only when it does not.
check() {
	local name=$1
	shift
	if "$@" >"$WORK/check.log" 2>&1; then
		pass "$name"
		return 0
	fi
	fail "$name"
	tail -n 20 "$WORK/check.log" | sed 's/^/    /'
	return 1
}

# refuses NAME COMMAND...: the command must fail, and by itself, not by a signal.
refuses() {
	local name=$1 status
	shift
	"$@" >"$WORK/check.log" 2>&1
	status=$?
	if [ "$status" -gt 0 ] && [ "$status" -lt 128 ]; then
		pass "$name"
		return 0
	fi
	fail "$name (exit status $status)"
}

# note TEXT: something worth reading that is no test.
note() {
	echo "note: $*"
}

same_file() {
	[ -s "$1" ] && cmp "$1" "$2"
}

# add_totals FILE: count what a part printed in its last line; a part that died counts as one failure.
add_totals() {
	local last
	last=$(tail -n 1 "$1")
	if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
		return
	fi
	fail "a part ended without its totals; its last line was: $last"
}

# first_file FILE...: the first that is there, else the first.
first_file() {
	local file
	for file in "$@"; do
		if [ -e "$file" ]; then
			echo "$file"
			return
		fi
	done
	echo "$1"
}

# The modules that ours is compared with, beside opensc-pkcs11.
SOFTHSM=$(first_file /usr/lib/softhsm/libsofthsm2.so /usr/lib/*-linux-gnu*/softhsm/libsofthsm2.so)
SOFTOKEN=$(first_file /usr/lib/*-linux-gnu*/libsoftokn3.so /usr/lib/*-linux-gnu*/nss/libsoftokn3.so)

# softhsm_token: an empty token of SoftHSM2, in a folder of its own below this one, with our card's PIN and PUK.
softhsm_token() {
	mkdir softhsm
	printf '%s\n' "directories.tokendir = $PWD/softhsm" 'objectstore.backend = file' 'log.level = ERROR' >softhsm2.conf
	export SOFTHSM2_CONF=$PWD/softhsm2.conf
	softhsm2-util --init-token --free --label test --pin "$PIN" --so-pin "$PUK"
}

# nss_database FOLDER: make the folder; what C_Initialize of NSS' softoken is told to keep its database there.
nss_database() {
	mkdir "$1"
	printf %s "configdir='sql:$PWD/$1' certPrefix='' keyPrefix='' secmod='' flags=noModDB,noCertDB,forceOpen"
}

# needs FILE-OR-PROGRAM...: what is missing is a failure of its own, and the test cannot go on.
needs() {
	local thing
	for thing in "$@"; do
		command -v "$thing" >"$WORK/needs.log" 2>&1 || [ -e "$thing" ] || {
			fail "$thing is missing"
			exit 1
		}
	done
}

finish() {
	local status=$?
	cd /
	[ -z "${PCSCD_PRIVATE_SERVER:-}" ] || pcscd_private_end_server
	rm -rf "$WORK"
	[ -n "${finished:-}" ] || [ "$failed" -gt 0 ] || fail "the test ended early, with status $status"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] || exit 1
	exit 0
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---- other people's programs ---------------------------------------------------------------------------

# A stock program that loads our objects needs the sanitizers' runtime from its first moment. Ours are linked with it.
sanitizer_preload() {
	local runtime
	case ${TEST_SANITIZERS:-no} in
	no | '') return ;;
	esac
	if readelf -p .comment "$TOP_BUILDDIR/.libs/softcard-pcsc.so" | grep -q clang; then
		runtime=$(clang -print-file-name=libclang_rt.asan-x86_64.so)
		[ -f "$runtime" ] || runtime=$(clang -print-file-name=libclang_rt.asan.so)
		echo "$runtime"
		return
	fi
	echo "$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
}
PRELOAD=$(sanitizer_preload)
STOCK_SECONDS=120

# stock PROGRAM ARG...: run a program that is not ours, and not for ever. It may leak what it likes; our own leaks are looked
# for elsewhere.
stock() {
	if [ -z "$PRELOAD" ]; then
		timeout -k 5 "$STOCK_SECONDS" "$@"
		return
	fi
	timeout -k 5 "$STOCK_SECONDS" env LD_PRELOAD="$PRELOAD" ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:exitcode=99" \
		UBSAN_OPTIONS="print_stacktrace=1" "$@"
}

# nss PROGRAM ARG...: one of NSS' programs with the NSS that thunderbird brings (Debian's own has no ECDH in CMS).
nss() {
	stock env LD_LIBRARY_PATH="$THUNDERBIRD" "$@"
}

# python_tests SCRIPT ARG...: a test program in Python; its totals are added to ours. PyKCS11 is C++, loaded late: the
# sanitizers' runtime finds __cxa_throw only if the C++ library is there from the first moment, too.
python_tests() {
	local script=$1 STOCK_SECONDS=600
	local PRELOAD=${PRELOAD:+$PRELOAD $(gcc -print-file-name=libstdc++.so.6)}
	shift
	stock "$PYTHON" "$HERE/$script" "$@" >"$WORK/python.log" 2>&1 </dev/null
	cat "$WORK/python.log"
	add_totals "$WORK/python.log"
}

p11tool_ours() {
	stock pkcs11-tool --module "$MODULE" "$@"
}

p11tool_opensc() {
	stock pkcs11-tool --module "$OPENSC_MODULE" "$@"
}

# ---- cards ---------------------------------------------------------------------------------------------

# PKCS#15 identifiers under which OpenSC shows the keys of the card below.
ID_P256=03 # 9d, key management
ID_P384=05 # 82, the first retired key

make_card() {
	"$SOFTCARD_TOOL" new "$1" --pin "$PIN" --puk "$PUK" \
		--key 9d:EC:prime256v1 --key 82:EC:secp384r1 --key 9a:EC:prime256v1
}

# card_public SLOT FILE: the public key of the card's certificate, PEM.
card_public() {
	"$SOFTCARD_TOOL" cert "$CARD" "$1" | openssl x509 -pubkey -noout >"$2"
}

in_fresh_folder() {
	mkdir -p "$WORK/here"
	cd "$WORK/here" || exit 1
	run_tests
}

run_with_provider() {
	CARD=$WORK/card
	needs "$SOFTCARD_TOOL"
	check "a card is made" make_card "$CARD" || exit 1
	eval "$("$SOFTCARD_TOOL" env "$CARD")"
	WAY=provider
	in_fresh_folder
}

# The same script again, with a pcscd of its own around it.
run_with_pcscd() {
	echo "--- the card in vpcd's reader, through a pcscd of its own"
	TEST_INSIDE_PCSCD=$CARD pcscd_private bash "$SCRIPT" >"$WORK/pcscd.log" 2>&1 </dev/null
	cat "$WORK/pcscd.log"
	add_totals "$WORK/pcscd.log"
}

inside_pcscd() {
	CARD=$TEST_INSIDE_PCSCD
	WAY=pcscd
	check "the card is in the reader" pcscd_private_serve "$CARD" || exit 1
	in_fresh_folder
}

both_ways() {
	if [ -n "${TEST_INSIDE_PCSCD:-}" ]; then
		inside_pcscd
	else
		echo "--- the card through the provider library"
		run_with_provider
		cd "$WORK" && rm -rf "$WORK/here"
		run_with_pcscd
	fi
	finished=yes
}

one_way() {
	run_with_provider
	finished=yes
}

without_card() {
	in_fresh_folder
	finished=yes
}
