#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The library as it is installed: headers that stand for themselves, the pkg-config file, and programs that were
# compiled with nothing else.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

make_card() {
	"$SOFTCARD_TOOL" new "$1" --pin "$PIN" --puk "$PUK" --key 9d:RSA:2048 --key 9a:EC:prime256v1
}

install_copy() {
	env -u MAKEFLAGS -u MFLAGS make -C "$TOP_BUILDDIR" install DESTDIR="$PWD/root" && find_pc
}

# The copy's pkg-config file; pkg-config puts the copy's folder in front of the paths in it.
find_pc() {
	PC=$(find root -name minidriver.pc) && [ -f "$PC" ] || return 1
	export PKG_CONFIG_PATH=$PWD/${PC%/minidriver.pc} PKG_CONFIG_SYSROOT_DIR=$PWD/root
	LIBDIR=$PWD/root$(env -u PKG_CONFIG_SYSROOT_DIR pkg-config --variable=libdir minidriver)
	INCLUDEDIR=$PWD/root$(env -u PKG_CONFIG_SYSROOT_DIR pkg-config --variable=includedir minidriver)
	[ -e "$LIBDIR/libminidriver.so" ]
}

# A sanitizer's functions are preloaded when it runs.
compile() {
	local output=$1 source=$2
	# shellcheck disable=SC2046
	"${CC:-cc}" -std=c11 -Wall -Wextra -Werror -o "$output" "$source" $(pkg-config --cflags --libs minidriver) \
		${PRELOAD:+-Wl,--allow-shlib-undefined}
}

run_installed() {
	stock env LD_LIBRARY_PATH="$LIBDIR" "$@"
}

says() {
	local file=$1 line
	shift
	for line in "$@"; do
		grep -qxF -- "$line" "$file" || {
			echo "lacks: $line"
			cat "$file"
			return 1
		}
	done
}

rc2_by_openssl() {
	openssl enc -rc2-cbc -K "$1" -iv 0 -provider legacy -provider default 2>openssl.txt
}

# The key is MD5's value, all 128 bits, as Windows' usual provider makes it; RC2 in CBC of "data" by OpenSSL.
sample_is_right() {
	local key encrypted
	run_installed ./capi_sample >sample.txt || return 1
	key=$(printf apple-camshaft | openssl dgst -md5 -r | cut -d' ' -f1)
	encrypted=$(printf data | rc2_by_openssl "$key" | od -An -tx1 | tr -d ' \n')
	says sample.txt "bits 128" "key $key" "encrypted $encrypted" "decrypted data"
}

card_is_served() {
	run_installed ./capi_card "$PIN" >card.txt && cat card.txt && says card.txt "the same key"
}

wrong_pin_is_refused() {
	! run_installed ./capi_card 000000 2>card.txt && cat card.txt &&
		grep -q '^CryptSetProvParam.*: 8010006b$' card.txt
}

each_header_alone() {
	local compiler=$1 language=$2 header
	shift 2
	for header in "$INCLUDEDIR"/minidriver/*.h; do
		header=${header##*/}
		# PKCS#11's own types are the program's choice
		[ "$header" != pkcs11-vendor.h ] || continue
		# shellcheck disable=SC2046
		echo "#include <minidriver/$header>" | "$compiler" "$@" -Wall -Wextra -Werror -fsyntax-only \
			-x "$language" $(pkg-config --cflags minidriver) - || return 1
	done
}

vendor_header() {
	# shellcheck disable=SC2046
	printf '%s\n' '#include <p11-kit/pkcs11.h>' '#include <minidriver/pkcs11-vendor.h>' \
		'CK_MINIDRIVER_CAPI_DERIVE_PARAMS params = { CKM_MD5, CK_MINIDRIVER_CAPI_RC2, 0, 0, 0 };' |
		"${CC:-cc}" -std=c11 -Wall -Werror -fsyntax-only -x c $(pkg-config --cflags minidriver) \
			$(env -u PKG_CONFIG_SYSROOT_DIR -u PKG_CONFIG_PATH pkg-config --cflags p11-kit-1) -
}

headers_are_these() {
	(cd "$INCLUDEDIR/minidriver" && ls) >headers.txt
	printf '%s\n' card_host.h cardmod.h cardmod_ext.h cng.h pkcs11-vendor.h wincrypt.h winerror.h wintypes.h |
		cmp - headers.txt
}

run_tests() {
	needs "${CC:-cc}" c++ openssl pkg-config
	check "make install into a folder, with a pkg-config file" install_copy || return
	check "the headers are those that are documented" headers_are_these
	check "each header compiles alone as C" each_header_alone "${CC:-cc}" c -std=c11
	check "each header compiles alone as C++" each_header_alone c++ c++ -std=c++11
	check "the header of the vendor mechanism compiles" vendor_header
	check "the sample program compiles with pkg-config's flags" compile capi_sample "$HERE/capi_sample.c"
	check "it derives MD5's value and encrypts as OpenSSL does" sample_is_right
	check "a program with a card compiles" compile capi_card "$HERE/capi_card.c"
	check "it finds the card, and sends a key through it" card_is_served
	check "a wrong PIN is said" wrong_pin_is_refused
}

one_way
