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

# java_does MODULE JOB...: by CardJobs, all in one process, which is what takes the time.
java_does() {
	stock java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp classes CardJobs "$1.cfg" "$PIN" "${@:2}" >"$1.log" 2>&1
}

# done_by_java MODULE JOB...: what became of it.
done_by_java() {
	local each
	for each in "${@:2}"; do
		grep -qxF "ok $each" "$1.log" && continue
		cat "$1.log"
		because "$({ grep -F "failed $each: " "$1.log" || grep Exception "$1.log"; } | tail -n 1 | sed "s|^failed [^:]*: ||")"
		return 1
	done
}

both_do() {
	java_does ours "$@"
	java_does opensc "$@"
}

start_server() {
	: >"port$1"
	"$PYTHON" "$CLIENTS/https_server.py" "$PKI" "TLSv1_$1" >"port$1" 2>"server$1.log" &
	servers+=("$!")
	wait_for test -s "port$1"
}

# logs_in MODULE first|last VERSION
logs_in() {
	local job
	job="tls,Alice 9a,$2,TLSv1.$3,$(cat "port$3"),$PKI/ca.pem"
	java_does "$1" "$job" && done_by_java "$1" "$job"
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
	local servers=() aes=session,AES/CBC/PKCS5Padding,AES/CTR/NoPadding,AES/GCM/NoPadding rsa=RSA/ECB/PKCS1Padding
	client java "$(jdk_package)" java javac || return
	check "CardJobs is compiled" javac -d classes "$CLIENTS/CardJobs.java" || return
	check "servers that want a certificate" start_server 2 && check "and TLS 1.3" start_server 3 || return
	configure_java ours
	configure_java opensc
	both_do list,5 "sign,Alice 9a,SHA256withECDSA" "agree,Alice 9d" "agree,Alice 82" "agree-tls,Alice 9d" \
		"decrypt,Alice 83,$rsa" "unwrap,Alice 83" "$aes" session,HmacSHA256,SHA-256
	job "KeyStore: five keys with their certificates" done_by_java list,5
	job "Signature: SHA256withECDSA" done_by_java "sign,Alice 9a,SHA256withECDSA"
	job "KeyAgreement: ECDH, P-256" done_by_java "agree,Alice 9d"
	job "KeyAgreement: ECDH, P-384" done_by_java "agree,Alice 82"
	job "KeyAgreement: ECDH for TLS" done_by_java "agree-tls,Alice 9d"
	job "Cipher: RSA decrypts" done_by_java "decrypt,Alice 83,$rsa"
	job "Cipher: RSA unwraps an AES key, which decrypts" done_by_java "unwrap,Alice 83"
	job "Cipher: AES/CBC, AES/CTR, AES/GCM, session keys" done_by_java "$aes"
	job "Mac, MessageDigest: SHA-256" done_by_java session,HmacSHA256,SHA-256
	tls EC
	check "another card" put_card "$CARD_RSA"
	both_do "sign,Alice 9a,SHA256withRSA" "sign,Alice 9a,RSASSA-PSS"
	job "Signature: SHA256withRSA" done_by_java "sign,Alice 9a,SHA256withRSA"
	job "Signature: RSASSA-PSS" done_by_java "sign,Alice 9a,RSASSA-PSS"
	tls RSA
	end "${servers[@]}"
}

client_test
