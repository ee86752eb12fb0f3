#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# NSS' own programs, with the NSS that thunderbird brings: modutil and certutil look at the card, cmsutil opens and signs mail,
# tstclnt and selfserv speak TLS with its keys.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

LOGIN="Alice 9a:Certificate for PIV Authentication" # token and label, as NSS' programs name a certificate
SIGNER="Alice 9a:Certificate for Digital Signature"

nss_client() {
	client "$1" thunderbird "$THUNDERBIRD/libnss3.so" "$1" || return
	CLIENT_VERSION=$(grep -aom 1 'Version: NSS [0-9.]*' "$THUNDERBIRD/libnss3.so" | cut -d' ' -f2-)
}

# Databases named ours and opensc, which know one module each, and the issuer.
makes_database() {
	mkdir "$1" && nss certutil -N -d "sql:$1" --empty-password &&
		nss certutil -A -d "sql:$1" -n "Test CA" -t CT,C,C -i "$PKI/ca.pem" &&
		nss modutil -dbdir "sql:$1" -add "$1" -libfile "$(module_of "$1")" -force
}

lists_token() {
	nss modutil -dbdir "sql:$1" -list "$1" >list.txt # fails where a reader is empty
	cat list.txt
	grep -q 'Token Name: Alice 9a' list.txt
}

lists_certificates() {
	nss certutil -L -d "sql:$1" -h all -f pin >list.txt && cat list.txt && [ "$(grep -c 'u,u,u *$' list.txt)" = 5 ]
}

lists_keys() {
	nss certutil -K -d "sql:$1" -h "Alice 9a" -f pin >list.txt && cat list.txt && [ "$(grep -c '^<' list.txt)" = 5 ]
}

# ---- mail ----------------------------------------------------------------------------------------------

# opens MODULE SLOT OPTION...
opens() {
	rm -f opened
	openssl cms -encrypt -binary -in plain -outform DER -out message -recip "$PKI/$2.pem" "${@:3}" &&
		nss cmsutil -D -d "sql:$1" -f pin -i message -o opened && same_file opened plain
}

opens_mail() {
	job "-D: $1" opens "${@:2}"
}

signs_mail() {
	rm -f verified
	nss cmsutil -S -d "sql:$1" -f pin -N "$2" -i plain -o signed &&
		openssl cms -verify -in signed -inform DER -CAfile "$PKI/ca.pem" -out verified && same_file verified plain
}

# ---- TLS -----------------------------------------------------------------------------------------------

# logs_in MODULE VERSION: to a server that asks for a certificate and shows what it got.
logs_in() {
	local port server status
	port=$(free_port)
	openssl s_server -accept "127.0.0.1:$port" -cert "$PKI/server.pem" -key "$PKI/server.key" -CAfile "$PKI/ca.pem" \
		-Verify 1 -verify_return_error -www "-tls1_$2" >server.log 2>&1 &
	server=$!
	wait_for listening "$port" && nss tstclnt -4 -h localhost -p "$port" -d "sql:$1" -n "$LOGIN" -W pin \
		-V "tls1.$2:tls1.$2" -A request >answer 2>client.log && grep -aq 'Subject:.*CN *= *Alice 9a' answer
	status=$?
	end "$server"
	tail -n 1 client.log
	return "$status"
}

answered() {
	timeout 30 openssl s_client -connect "127.0.0.1:$1" -CAfile "$PKI/ca.pem" -verify_return_error -quiet -ign_eof <request >answer &&
		grep -aq 'HTTP/1.0 200 OK' answer
}

# serves MODULE VERSION: with the card's certificate and key, to openssl.
serves() {
	local port server status
	port=$(free_port)
	LD_LIBRARY_PATH=$THUNDERBIRD timeout "$STOCK_SECONDS" selfserv -n "$LOGIN" -p "$port" -d "sql:$1" -f pin \
		-V "tls1.$2:tls1.$2" >server.log 2>&1 &
	server=$!
	wait_for listening "$port" && answered "$port"
	status=$?
	end "$server"
	tail -n 1 server.log
	return "$status"
}

# tls KIND: with the key of that kind on the card. TLS 1.3 takes no RSA signatures but PSS.
tls() {
	local version
	for version in 2 3; do
		nss_client tstclnt && job "TLS 1.$version, client with the card's $1 key" logs_in "$version"
		nss_client selfserv && job "TLS 1.$version, server with the card's $1 key" serves "$version"
	done
}

run_tests() {
	seq 1 2000 >plain
	echo "$PIN" >pin
	printf 'GET / HTTP/1.0\r\n\r\n' >request
	nss_client modutil || return
	job "a new profile takes the module" makes_database
	job "-list: the token" lists_token
	nss_client certutil && job "-L: five certificates, each with its key" lists_certificates
	nss_client certutil && job "-K: five keys" lists_keys
	nss_client cmsutil && each_mail opens_mail
	job "-S: mail signed by an EC key" signs_mail "$LOGIN"
	job "-S: by one that wants its PIN each time" signs_mail "$SIGNER"
	tls EC
	check "another card" put_card "$CARD_RSA"
	tls RSA
}

client_test
