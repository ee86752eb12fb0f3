#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# p11-kit: the module found by its .module file, alone, through the proxy, in a process of its own and through the server's
# socket, with its calls logged. The modules stand where they are installed, in the test's own view of the file system.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

CONFIGS=$(pkg-config --variable=p11_module_configs p11-kit-1)
PROXY=$(pkg-config --variable=proxy_module p11-kit-1)
KIT_CLIENT=$(dirname "$OPENSC_MODULE")/p11-kit-client.so

# ---- the scene -----------------------------------------------------------------------------------------

# The folder of modules is hidden by the installed ones: p11-kit's own has to be among them.
install_all() {
	cp "$KIT_CLIENT" client.so && install_modules && cp client.so "$KIT_CLIENT" && mkdir configs run &&
		mount --bind configs "$CONFIGS"
	export XDG_RUNTIME_DIR=$PWD/run
}

# registered ours|opensc [LINE]...: the only module of the system, by its .module file and further lines.
registered() {
	rm -f configs/*
	case $1 in
	ours) cp "installed$CONFIGS/minidriver-pkcs11.module" configs/ ;;
	*) echo "module: opensc-pkcs11.so" >configs/opensc-pkcs11.module ;;
	esac && [ $# = 1 ] || printf '%s\n' "${@:2}" >>"$(echo configs/*.module)"
}

# The module in a process of its own, which the .module file names.
registered_remote() {
	registered "$1" && echo "remote: |p11-kit remote $(installed "$1")" >"$(echo configs/*.module)"
}

tool() {
	stock pkcs11-tool --module "$@"
}

# ---- jobs ----------------------------------------------------------------------------------------------

lists_module() {
	registered "$1" && stock p11-kit list-modules >list.txt && cat list.txt && grep -q 'token: Alice 9a' list.txt
}

logs_calls() {
	registered "$1" 'log-calls: yes' && stock p11-kit list-modules >list.txt 2>&1 && grep -q '^C_GetTokenInfo' list.txt &&
		grep -q '= CKR_OK' list.txt
}

# What programs of GnuTLS see when they are told of no module.
default_of_gnutls() {
	registered "$1" && GNUTLS_PIN=$PIN stock p11tool --batch --login --list-privkeys "pkcs11:token=Alice%209a" >list.txt &&
		[ "$(grep -c 'Type: Private key' list.txt)" = 5 ]
}

# signs MODULE-FILE
signs() {
	openssl x509 -in "$PKI/9a.pem" -noout -pubkey >card.pub && openssl dgst -sha256 -binary -out digest plain &&
		tool "$1" --token-label "Alice 9a" --login --pin "$PIN" --sign -m ECDSA --id 01 -i digest -o signature \
			--signature-format openssl &&
		openssl pkeyutl -verify -pubin -inkey card.pub -in digest -sigfile signature
}

# derives MODULE-FILE
derives() {
	openssl x509 -in "$PKI/9d.pem" -noout -pubkey >card.pub && new_key EC:prime256v1 other.key &&
		openssl pkey -in other.key -pubout -outform DER -out other.pub &&
		openssl pkeyutl -derive -inkey other.key -peerkey card.pub -out expected &&
		rm -f out && tool "$1" --token-label "Alice 9a" --login --pin "$PIN" --derive -m ECDH1-DERIVE --id 03 -i other.pub -o out &&
		same_file out expected
}

lists_objects() {
	tool "$1" --token-label "Alice 9a" --login --pin "$PIN" -O >list.txt && cat list.txt &&
		[ "$(grep -c '^Private Key Object' list.txt)" = 5 ]
}

proxy_works() {
	registered "$1" && "$2" "$PROXY"
}

remote_works() {
	registered_remote "$1" && "$2" "$PROXY"
}

# with_server MODULE COMMAND...: behind p11-kit's socket.
with_server() {
	local status
	registered "$1"
	eval "$(p11-kit server --sh --provider "$(installed "$1")" "pkcs11:token=Alice%209a")"
	[ -n "${P11_KIT_SERVER_PID:-}" ] || because "no server" || return
	"${@:2}"
	status=$?
	kill "$P11_KIT_SERVER_PID"
	return "$status"
}

server_works() {
	with_server "$1" "$2" "$KIT_CLIENT"
}

# What of the mechanisms comes through, which is p11-kit's choice.
mechanisms_behind() {
	tool "$KIT_CLIENT" --token-label "Alice 9a" -M >behind.txt
}

passes_mechanism() {
	with_server "$1" mechanisms_behind && grep -q "^ *$2," behind.txt
}

run_tests() {
	seq 1 2000 >plain
	client p11-kit p11-kit p11-kit "$PROXY" "$KIT_CLIENT" || return
	check "the modules are installed" install_all || return
	job "list-modules, by the .module file" lists_module
	job "log-calls: yes" logs_calls
	job "p11tool without --provider" default_of_gnutls
	job "proxy: objects" proxy_works lists_objects
	job "proxy: a signature" proxy_works signs
	job "proxy: a derivation" proxy_works derives
	job "remote: in a process of its own: objects" remote_works lists_objects
	job "remote: a signature" remote_works signs
	job "server and client: objects" server_works lists_objects
	job "server and client: a signature" server_works signs
	if passes_mechanism opensc ECDH1-DERIVE; then
		job "server and client: a derivation" server_works derives
	else
		row "server and client: a derivation" "filtered by p11-kit" "filtered by p11-kit"
	fi
}

client_test
