#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# GnuTLS: p11tool looks at the card and signs, certtool makes requests and certificates with its keys, gnutls-cli logs in with them.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

# p11tool MODULE ARG...
p11() {
	stock p11tool --provider "$(module_of "$1")" --batch "${@:2}"
}

# count NUMBER PATTERN COMMAND ARG...: the command succeeds and says so many such lines.
count() {
	"${@:3}" >list.txt && cat list.txt && [ "$(grep -c "$2" list.txt)" = "$1" ]
}

# key_uri CERTIFICATE: of its key.
key_uri() {
	case $1 in
	*9a) echo "pkcs11:id=%01;type=private" ;;
	*9c) echo "pkcs11:id=%02;type=private" ;;
	esac
}

lists_token() {
	p11 "$1" --list-tokens >list.txt && cat list.txt && grep -q 'Label: Alice 9a' list.txt &&
		p11 "$1" --list-token-urls | grep -q '^pkcs11:.*token=Alice%209a'
}

lists_mechanisms() {
	p11 "$1" --list-mechanisms >list.txt && cat list.txt && grep -q CKM_ECDSA list.txt
}

# Without a PIN: what a program shows before it asks for one.
lists_certificates() {
	count 5 'X.509 Certificate' p11 "$1" --list-all-certs "pkcs11:token=Alice%209a"
}

lists_keys() {
	count 5 'Type: Private key' p11 "$1" --login --list-privkeys "pkcs11:token=Alice%209a"
}

exports_certificate() {
	p11 "$1" --export "pkcs11:token=Alice%209a;id=%01;type=cert" >exported.pem && openssl x509 -in exported.pem -outform DER -out exported &&
		openssl x509 -in "$PKI/9a.pem" -outform DER | cmp - exported
}

exports_public_key() {
	p11 "$1" --login --export-pubkey "$(key_uri 9a)" >exported.pem && openssl pkey -pubin -in exported.pem -out exported &&
		openssl x509 -in "$PKI/9a.pem" -noout -pubkey | cmp - exported
}

signs() {
	p11 "$1" --login --test-sign "$(key_uri "$2")" "${@:3}"
}

random() {
	p11 "$1" --generate-random=32 --outraw "pkcs11:token=Alice%209a" --outfile random && [ "$(wc -c <random)" = 32 ]
}

requests_certificate() {
	printf 'cn = "Alice"\nsigning_key\n' >template
	stock certtool --provider "$(module_of "$1")" --generate-request --load-privkey "$(key_uri "$2")" --template template \
		--outfile request.pem --ask-pass && openssl req -in request.pem -verify -noout
}

# ---- TLS -----------------------------------------------------------------------------------------------

# logs_in MODULE CERTIFICATE VERSION: to a server that asks for a certificate and shows what it got.
logs_in() {
	local port server status
	port=$(free_port)
	openssl s_server -accept "127.0.0.1:$port" -cert "$PKI/server.pem" -key "$PKI/server.key" -CAfile "$PKI/ca.pem" \
		-Verify 1 -verify_return_error -www "-tls1_$3" >server.log 2>&1 &
	server=$!
	wait_for listening "$port" && stock gnutls-cli --provider "$(module_of "$1")" --x509cafile "$PKI/ca.pem" --logfile client.log \
		--priority "NORMAL:-VERS-ALL:+VERS-TLS1.$3" --x509certfile "$(key_uri "$2" | sed s/private/cert/)" \
		--x509keyfile "$(key_uri "$2")" -p "$port" localhost <request >answer && grep -aq 'Subject:.*CN *= *Alice' answer
	status=$?
	end "$server"
	tail -n 3 client.log
	return "$status"
}

# serves MODULE CERTIFICATE VERSION: with the card's certificate and key, to openssl.
serves() {
	local port server status
	port=$(free_port)
	timeout "$STOCK_SECONDS" gnutls-serv --provider "$(module_of "$1")" --http --port "$port" \
		--priority "NORMAL:-VERS-ALL:+VERS-TLS1.$3" --x509certfile "$(key_uri "$2" | sed s/private/cert/)" \
		--x509keyfile "$(key_uri "$2")" >server.log 2>&1 &
	server=$!
	wait_for listening "$port" &&
		timeout 30 openssl s_client -connect "127.0.0.1:$port" -CAfile "$PKI/ca.pem" -verify_return_error -quiet -ign_eof \
			<request >answer && grep -aq 'HTTP/1.0 200 OK' answer
	status=$?
	end "$server"
	tail -n 3 server.log
	return "$status"
}

tls() {
	local version
	for version in 2 3; do
		client gnutls-cli gnutls-bin gnutls-cli && job "TLS 1.$version with an $1 key" logs_in "$2" "$version"
	done
	client gnutls-serv gnutls-bin gnutls-serv && job "TLS 1.3 with an $1 key" serves "$2" 3
}

run_tests() {
	export GNUTLS_PIN=$PIN
	printf 'GET / HTTP/1.0\r\n\r\n' >request
	client p11tool gnutls-bin p11tool || return
	job "--list-tokens, --list-token-urls" lists_token
	job "--list-mechanisms" lists_mechanisms
	job "--list-all-certs" lists_certificates
	job "--login --list-privkeys" lists_keys
	job "--export of a certificate" exports_certificate
	job "--export-pubkey" exports_public_key
	job "--generate-random" random
	job "--test-sign with an EC key" signs 9a
	job "--test-sign with one that wants its PIN each time" signs 9c
	client certtool gnutls-bin certtool && job "--generate-request with an EC key" requests_certificate 9a
	tls EC 9a
	check "another card" put_card "$CARD_RSA"
	client p11tool gnutls-bin p11tool
	job "--test-sign with an RSA key" signs rsa-9a
	job "--test-sign with an RSA key, PSS" signs rsa-9a --sign-params=rsa-pss --hash=sha256
	client certtool gnutls-bin certtool && job "--generate-request with an RSA key" requests_certificate rsa-9a
	tls RSA rsa-9a
}

client_test
