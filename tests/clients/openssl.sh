#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# OpenSSL: engine_pkcs11 (openssl's own programs, and curl), and pkcs11-provider where Debian has it.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

PROVIDER=$(openssl version -m | sed 's/^MODULESDIR: "\(.*\)"$/\1/')/pkcs11.so
ENGINE=$(openssl version -e | sed 's/^ENGINESDIR: "\(.*\)"$/\1/')/pkcs11.so

# uri CERTIFICATE TYPE: of an object of the card. OpenSC counts the keys of the card.
uri() {
	case $1 in
	*9a) echo "pkcs11:id=%01;type=$2" ;;
	*9c) echo "pkcs11:id=%02;type=$2" ;;
	*9d) echo "pkcs11:id=%03;type=$2" ;;
	*82) echo "pkcs11:id=%05;type=$2" ;;
	*83) echo "pkcs11:id=%06;type=$2" ;;
	esac
}

key_uri() {
	echo "$(uri "$1" private)?pin-value=$PIN"
}

# ---- engine_pkcs11 -------------------------------------------------------------------------------------

# with_engine MODULE PROGRAM ARG...
with_engine() {
	PKCS11_MODULE_PATH=$(module_of "$1") stock "${@:2}"
}

agrees() {
	local curve
	curve=$(openssl x509 -in "$PKI/$2.pem" -noout -text | sed -n 's/.*ASN1 OID: //p')
	rm -f out
	openssl x509 -in "$PKI/$2.pem" -pubkey -noout >card.pub && new_key "EC:$curve" other.key &&
		openssl pkey -in other.key -pubout -out other.pub && openssl pkeyutl -derive -inkey other.key -peerkey card.pub -out expected &&
		with_engine "$1" openssl pkeyutl -derive -engine pkcs11 -keyform engine -inkey "$(key_uri "$2")" -peerkey other.pub -out out &&
		same_file out expected
}

# opens MODULE CERTIFICATE OPTION...
opens() {
	rm -f opened
	openssl cms -encrypt -binary -in plain -outform DER -out message -recip "$PKI/$2.pem" "${@:3}" &&
		with_engine "$1" openssl cms -decrypt -engine pkcs11 -keyform engine -inkey "$(key_uri "$2")" -inform DER -in message \
			-binary -recip "$PKI/$2.pem" -out opened && same_file opened plain
}

opens_mail() {
	job "cms -decrypt: $1" opens "${@:2}"
}

# A key that wants its PIN each time: the engine asks for it again, without a terminal on standard input.
signs_mail() {
	rm -f verified
	echo "$PIN" | with_engine "$1" setsid --wait openssl cms -sign -engine pkcs11 -keyform engine -inkey "$(key_uri "$2")" -signer "$PKI/$2.pem" \
		-in plain -binary -outform DER -nodetach -out signed "${@:3}" &&
		openssl cms -verify -in signed -inform DER -binary -CAfile "$PKI/ca.pem" -out verified && same_file verified plain
}

# signs MODULE CERTIFICATE OPTION...: pkeyutl, a digest.
signs() {
	openssl x509 -in "$PKI/$2.pem" -pubkey -noout >card.pub && openssl dgst -sha256 -binary -out digest plain &&
		with_engine "$1" openssl pkeyutl -sign -engine pkcs11 -keyform engine -inkey "$(key_uri "$2")" -in digest -out signature \
			-pkeyopt digest:sha256 "${@:3}" &&
		openssl pkeyutl -verify -pubin -inkey card.pub -in digest -sigfile signature -pkeyopt digest:sha256 "${@:3}"
}

signs_file() {
	openssl x509 -in "$PKI/$2.pem" -pubkey -noout >card.pub &&
		with_engine "$1" openssl dgst -engine pkcs11 -keyform engine -sign "$(key_uri "$2")" "-$3" -out signature plain &&
		openssl dgst -verify card.pub "-$3" -signature signature plain
}

requests_certificate() {
	with_engine "$1" openssl req -new -engine pkcs11 -keyform engine -key "$(key_uri "$2")" -subj /CN=Alice -out request.pem &&
		openssl req -in request.pem -verify -noout && openssl req -in request.pem -noout -pubkey >public.pem &&
		openssl x509 -in "$PKI/$2.pem" -pubkey -noout | cmp - public.pem
}

decrypts() {
	head -c 32 plain >secret && openssl x509 -in "$PKI/$2.pem" -pubkey -noout >card.pub &&
		openssl pkeyutl -encrypt -pubin -inkey card.pub -in secret -out encrypted -pkeyopt "rsa_padding_mode:$3" &&
		with_engine "$1" openssl pkeyutl -decrypt -engine pkcs11 -keyform engine -inkey "$(key_uri "$2")" -in encrypted -out opened \
			-pkeyopt "rsa_padding_mode:$3" && same_file opened secret
}

# ---- TLS -----------------------------------------------------------------------------------------------

# with_server VERSION COMMAND ARG...: a server that asks for a certificate and shows what it got; its port is $port.
with_server() {
	local port server status version=$1
	shift
	port=$(free_port)
	openssl s_server -accept "127.0.0.1:$port" -cert "$PKI/server.pem" -key "$PKI/server.key" -CAfile "$PKI/ca.pem" \
		-Verify 1 -verify_return_error -www "-tls1_$version" >server.log 2>&1 &
	server=$!
	wait_for listening "$port" && "$@" >answer && grep -aq 'Subject:.*CN *= *Alice' answer
	status=$?
	end "$server"
	return "$status"
}

# logs_in MODULE CERTIFICATE VERSION
logs_in() {
	with_server "$3" s_client "$@"
}

s_client() {
	with_engine "$1" openssl s_client -engine pkcs11 -keyform engine -key "$(key_uri "$2")" -cert "$PKI/$2.pem" \
		-connect "127.0.0.1:$port" -CAfile "$PKI/ca.pem" -verify_return_error -quiet -ign_eof <request
}

fetches() {
	with_server "$3" fetch "$@"
}

fetch() {
	with_engine "$1" curl --silent --show-error --engine pkcs11 --cert-type ENG --cert "$(uri "$2" cert)" --key-type ENG \
		--key "$(key_uri "$2")" --cacert "$PKI/ca.pem" "https://127.0.0.1:$port/"
}

# As the guide says it: --cert alone, the engine is chosen by the URI.
fetches_by_uri() {
	with_server "$3" fetch_by_uri "$@"
}

fetch_by_uri() {
	with_engine "$1" curl --silent --show-error --cert "$(uri "$2" cert)" --key "$(key_uri "$2")" --cacert "$PKI/ca.pem" \
		"https://127.0.0.1:$port/"
}

tls() {
	local version
	for version in 2 3; do
		client s_client openssl openssl && job "engine, TLS 1.$version with an $1 key" logs_in "$2" "$version"
		client curl curl curl && job "--engine, TLS 1.$version with an $1 key" fetches "$2" "$version"
	done
	job "--cert pkcs11: alone, with an $1 key" fetches_by_uri "$2" 3
}

# ---- pkcs11-provider -----------------------------------------------------------------------------------

# with_provider MODULE PROGRAM ARG...
with_provider() {
	cat >"provider-$1.cnf" <<-END
		openssl_conf = start
		[start]
		providers = providers
		[providers]
		default = default_sect
		pkcs11 = pkcs11_sect
		[default_sect]
		activate = 1
		[pkcs11_sect]
		module = $PROVIDER
		pkcs11-module-path = $(module_of "$1")
		pkcs11-module-quirks = no-deinit
		activate = 1
	END
	OPENSSL_CONF=$PWD/provider-$1.cnf stock "${@:2}"
}

provider_opens() {
	rm -f opened
	openssl cms -encrypt -binary -in plain -outform DER -out message -recip "$PKI/$2.pem" "${@:3}" &&
		with_provider "$1" openssl cms -decrypt -inkey "$(key_uri "$2")" -inform DER -in message -binary -recip "$PKI/$2.pem" \
			-out opened && same_file opened plain
}

provider_opens_mail() {
	job "cms -decrypt: $1" provider_opens "${@:2}"
}

provider_signs() {
	openssl x509 -in "$PKI/$2.pem" -pubkey -noout >card.pub &&
		with_provider "$1" openssl dgst -sha256 -sign "$(key_uri "$2")" -out signature plain &&
		openssl dgst -verify card.pub -sha256 -signature signature plain
}

provider_agrees() {
	rm -f out
	openssl x509 -in "$PKI/$2.pem" -pubkey -noout >card.pub && new_key EC:prime256v1 other.key &&
		openssl pkey -in other.key -pubout -out other.pub && openssl pkeyutl -derive -inkey other.key -peerkey card.pub -out expected &&
		with_provider "$1" openssl pkeyutl -derive -inkey "$(key_uri "$2")" -peerkey other.pub -out out && same_file out expected
}

provider_logs_in() {
	with_server "$3" provider_s_client "$@"
}

provider_s_client() {
	with_provider "$1" openssl s_client -key "$(key_uri "$2")" -cert "$PKI/$2.pem" -connect "127.0.0.1:$port" \
		-CAfile "$PKI/ca.pem" -verify_return_error -quiet -ign_eof <request
}

provider_tests() {
	CLIENT=pkcs11-provider
	CLIENT_VERSION=-
	[ -f "$PROVIDER" ] || {
		row "all jobs" "not in this Debian" "not in this Debian"
		return
	}
	client pkcs11-provider pkcs11-provider "$PROVIDER" || return
	"$@"
}

provider_ec() {
	job "pkeyutl -derive" provider_agrees 9d
	each_mail provider_opens_mail
	job "dgst -sign with an EC key" provider_signs 9a
	job "s_client, TLS 1.2 with an EC key" provider_logs_in 9a 2
	job "s_client, TLS 1.3 with an EC key" provider_logs_in 9a 3
}

provider_rsa() {
	job "dgst -sign with an RSA key" provider_signs rsa-9a
	job "s_client, TLS 1.2 with an RSA key" provider_logs_in rsa-9a 2
	job "s_client, TLS 1.3 with an RSA key" provider_logs_in rsa-9a 3
}

# ---- all of it -----------------------------------------------------------------------------------------

engine_ec() {
	client engine_pkcs11 libengine-pkcs11-openssl openssl "$ENGINE" || return
	job "pkeyutl -derive, P-256" agrees 9d
	job "pkeyutl -derive, P-384" agrees 82
	each_mail opens_mail
	job "cms -sign with an EC key" signs_mail 9a
	job "cms -sign with one that wants its PIN each time" signs_mail 9c
	job "pkeyutl -sign with an EC key" signs 9a
	job "dgst -sign with an EC key" signs_file 9a sha256
	job "req -new with an EC key" requests_certificate 9a
	job "pkeyutl -decrypt, PKCS #1 v1.5" decrypts 83 pkcs1
	job "pkeyutl -decrypt, OAEP" decrypts 83 oaep
}

engine_rsa() {
	client engine_pkcs11 libengine-pkcs11-openssl openssl "$ENGINE" || return
	job "cms -sign with an RSA key" signs_mail rsa-9a
	job "cms -sign with RSA-PSS" signs_mail rsa-9a -keyopt rsa_padding_mode:pss
	job "pkeyutl -sign with an RSA key" signs rsa-9a
	job "dgst -sign with an RSA key" signs_file rsa-9a sha256
}

run_tests() {
	seq 1 2000 >plain
	printf 'GET / HTTP/1.0\r\n\r\n' >request
	engine_ec
	tls EC 9a
	provider_tests provider_ec
	check "another card" put_card "$CARD_RSA"
	engine_rsa
	tls RSA rsa-9a
	[ ! -f "$PROVIDER" ] || provider_tests provider_rsa
}

client_test
