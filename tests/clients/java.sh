#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Java through its own SunPKCS11 with a configuration that says no more than where the module is.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

# The JDK: Debian 12 has 17, Debian 13 has 21.
jdk_package() {
	dpkg-query -S "$(realpath "$(command -v javac)")" | cut -d: -f1
}

configure_java() {
	printf 'name = %s\nlibrary = %s\nslotListIndex = 0\n' "$1" "$(module_of "$1")" >"$1.cfg"
}

# java_does MODULE ARG...: CardJobs, whose exception is the reason of a failure.
java_does() {
	stock java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -cp classes CardJobs "$1.cfg" "$PIN" "${@:2}" >java.log 2>&1 && return
	cat java.log
	because "$({ grep -o 'CKR_[A-Z_]*' java.log || sed -n 's/.*Exception: //p' java.log; } | tail -n 1)"
}

# logs_in MODULE first|last VERSION
logs_in() {
	local server status
	: >port
	"$PYTHON" "$CLIENTS/https_server.py" "$PKI" "TLSv1_$3" >port 2>server.log &
	server=$!
	wait_for test -s port && java_does "$1" tls "$SUBJECT" "$2" "TLSv1.$3" "$(cat port)" "$PKI/ca.pem"
	status=$?
	end "$server"
	return "$status"
}

tls() {
	local place version
	for place in first last; do
		for version in 2 3; do
			job "TLS 1.$version, client with the card's $1 key, provider $place" logs_in "$place" "$version"
		done
	done
}

run_tests() {
	client java "$(jdk_package)" java javac || return
	check "CardJobs is compiled" javac -d classes "$CLIENTS/CardJobs.java" || return
	configure_java ours
	configure_java opensc
	job "KeyStore: five keys with their certificates" java_does list 5
	job "Signature: SHA256withECDSA" java_does sign "Alice 9a" SHA256withECDSA
	job "KeyAgreement: ECDH" java_does agree "Alice 9d"
	job "KeyAgreement: ECDH" java_does agree "Alice 82"
	job "KeyAgreement: ECDH for TLS" java_does agree-tls "Alice 9d"
	job "Cipher: RSA decrypts" java_does decrypt "Alice 83" RSA/ECB/PKCS1Padding
	job "Cipher: RSA unwraps an AES key, which decrypts" java_does unwrap "Alice 83"
	job "Cipher: AES/CBC, AES/CTR, AES/GCM, session keys" java_does session \
		AES/CBC/PKCS5Padding AES/CTR/NoPadding AES/GCM/NoPadding
	job "Mac, MessageDigest: SHA-256" java_does session HmacSHA256 SHA-256
	SUBJECT="Alice 9a"
	tls EC
	check "another card" put_card "$CARD_RSA"
	job "Signature: SHA256withRSA" java_does sign "Alice 9a" SHA256withRSA
	job "Signature: RSASSA-PSS" java_does sign "Alice 9a" RSASSA-PSS
	tls RSA
}

client_test
