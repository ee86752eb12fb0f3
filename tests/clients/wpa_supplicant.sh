#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# wpa_supplicant's EAP-TLS with the card's key, as eapol_test runs it (the supplicant without a network card), through OpenSSL's
# engine_pkcs11. The other side is the RADIUS server in hostapd.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

SECRET=radius
RADIUS_PORT=1812 # in a network of our own

engine_file() {
	echo "$(openssl version -e | sed 's/^ENGINESDIR: "\(.*\)"$/\1/')/pkcs11.so"
}

# wpa_supplicant takes modules below /usr/lib only: there ours is, as if it were installed, for the programs of this test.
install_module() {
	local folder
	folder=$(dirname "$OPENSC_MODULE")
	mkdir installed && cp -a "$folder/." installed/ && cp "$MODULE" installed/ && mount --bind installed "$folder" &&
		INSTALLED=$folder/$(basename "$MODULE")
}

installed_module_of() {
	case $1 in
	ours) echo "$INSTALLED" ;;
	*) echo "$OPENSC_MODULE" ;;
	esac
}

start_server() {
	printf '* TLS\n' >eap_user
	printf '127.0.0.1 %s\n' "$SECRET" >radius_clients
	cat >hostapd.conf <<-END
		interface=lo
		driver=none
		logger_stdout=-1
		logger_stdout_level=1
		eap_server=1
		eap_user_file=$PWD/eap_user
		ca_cert=$PKI/ca.pem
		server_cert=$PKI/server.pem
		private_key=$PKI/server.key
		radius_server_clients=$PWD/radius_clients
		radius_server_auth_port=$RADIUS_PORT
		tls_flags=[ENABLE-TLSv1.3]
	END
	hostapd hostapd.conf >hostapd.log 2>&1 &
	server=$!
	wait_for server_listens
}

server_listens() {
	ss -Hlun "sport = :$RADIUS_PORT" | grep -q .
}

# supplicant_config MODULE SLOT TLS-1.3
supplicant_config() {
	cat <<-END
		pkcs11_engine_path=$(engine_file)
		pkcs11_module_path=$(installed_module_of "$1")
		network={
			key_mgmt=WPA-EAP
			eap=TLS
			identity="$MAIL_ADDRESS"
			ca_cert="$PKI/ca.pem"
			domain_match="localhost"
			engine=1
			engine_id="pkcs11"
			key_id="pkcs11:id=%$2;type=private"
			cert_id="pkcs11:id=%$2;type=cert"
			pin="$PIN"
			phase1="tls_disable_tlsv1_3=$3"
		}
	END
}

# authenticates MODULE ID TLS-VERSION
authenticates() {
	supplicant_config "$1" "$2" $((1 - ($3 == 3))) >supplicant.conf
	stock eapol_test -c supplicant.conf -a 127.0.0.1 -p "$RADIUS_PORT" -s "$SECRET" -t 60 >eapol.log 2>&1 &&
		grep -q '^SUCCESS$' eapol.log && grep -q "SSL: Using TLS version TLSv1.$3" eapol.log
}

authenticates_or_says_why() {
	authenticates "$@" && return
	cat eapol.log
	because "$(grep -E 'OpenSSL: |ENGINE' eapol.log | grep -iE 'fail|error' | tail -n 1)"
}

run_tests() {
	local server
	client eapol_test eapoltest eapol_test hostapd "$(engine_file)" || return
	check "the module is below /usr/lib" install_module || return
	check "hostapd answers RADIUS" start_server || return
	job "EAP-TLS, TLS 1.2, EC key" authenticates_or_says_why 01 2
	job "EAP-TLS, TLS 1.3, EC key" authenticates_or_says_why 01 3
	check "another card" put_card "$CARD_RSA"
	job "EAP-TLS, TLS 1.2, RSA key" authenticates_or_says_why 01 2
	job "EAP-TLS, TLS 1.3, RSA key" authenticates_or_says_why 01 3
	end "$server"
}

client_test
