#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# NSS opens mail that openssl encrypted to the card's EC certificate: cmsutil with the NSS that thunderbird brings.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

# A database that knows one module, and the card's certificates as trusted (they are self-signed).
make_database() {
	local name=$1 module=$2 slot
	mkdir "$name" && nss certutil -N -d "sql:$name" --empty-password || return 1
	for slot in 9d 82; do
		nss certutil -A -d "sql:$name" -n "issuer $slot" -t C,C,C -i "$slot.pem" || return 1
	done
	nss modutil -dbdir "sql:$name" -add "$name" -libfile "$module" -force
}

# encrypt SLOT HASH WRAP CONTENT: a message to the certificate of SLOT into message.cms.
encrypt() {
	openssl cms -encrypt -binary -in plain -outform DER -out message.cms "-$4" -wrap "$3" \
		-recip "$1.pem" -keyopt "ecdh_kdf_md:$2"
}

opens() {
	rm -f opened
	nss cmsutil -D -d "sql:$1" -f pin -i message.cms -o opened && same_file opened plain
}

beside() {
	if opens opensc >opensc.log 2>&1; then
		note "opensc-pkcs11, the same message: opened"
	else
		note "opensc-pkcs11, the same message: $(tail -n 1 opensc.log)"
	fi
}

messages() {
	local slot=$1 hash wrap content=aes-128-cbc
	for hash in sha1 sha256 sha384 sha512; do
		for wrap in aes128-wrap aes256-wrap; do
			if ! encrypt "$slot" "$hash" "$wrap" "$content" 2>encrypt.log; then
				fail "openssl encrypted no message ($hash $wrap): $(tail -n 1 encrypt.log)"
				continue
			fi
			check "key $slot, X9.63 $hash, $wrap, $content" opens ours
			content=$([ "$content" = aes-128-cbc ] && echo aes-256-cbc || echo aes-128-cbc)
		done
	done
	beside
}

run_tests() {
	local slot
	needs openssl cmsutil certutil modutil "$THUNDERBIRD/libsmime3.so" "$MODULE" "$OPENSC_MODULE"
	seq 1 2000 >plain
	echo "$PIN" >pin
	for slot in 9d 82; do
		"$SOFTCARD_TOOL" cert "$CARD" "$slot" >"$slot.pem"
	done
	check "an NSS database takes our module" make_database ours "$MODULE"
	check "an NSS database takes opensc-pkcs11" make_database opensc "$OPENSC_MODULE"
	messages 9d
	messages 82
}

both_ways
