#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Firefox logs in to a web server with the card's keys; the module comes into the profile by modutil, or by a policy.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

FIREFOX=/usr/lib/firefox-esr
WRONG_PIN=999999

firefox_nss() {
	stock env LD_LIBRARY_PATH="$FIREFOX" "$@"
}

# A profile that has the module and the issuer of the server, as doc/guide-firefox.md makes it.
by_modutil() {
	mkdir profile && firefox_nss certutil -N -d sql:profile --empty-password &&
		firefox_nss certutil -A -d sql:profile -n "Test CA" -t C,, -i "$PKI/ca.pem" &&
		firefox_nss modutil -dbdir sql:profile -add "$1" -libfile "$(module_of "$1")" -force
}

# An empty profile, and a policy that gives it both. The policy is seen in our mount namespace only.
by_policy() {
	mkdir profile policy && cat >policy/policies.json <<-END && mount --bind policy "$FIREFOX/distribution"
		{ "policies": {
			"SecurityDevices": { "Add": { "$1": "$(module_of "$1")" } },
			"Certificates": { "Install": ["$PKI/ca.pem"] }
		} }
	END
}

# visits PIN[,PIN...] ADDRESS...: pages as one line each in pages.txt
visits() {
	timeout -k 60 200 "$PYTHON" "$CLIENTS/firefox.py" profile "Alice 9a" "$@" >pages.txt
	cat pages.txt
}

# Servers of both versions of TLS; $addresses and $servers.
start_servers() {
	local version
	servers=() addresses=()
	for version; do
		rm -f "$version.port"
		"$PYTHON" "$CLIENTS/https_server.py" "$PKI" "$version" >"$version.port" 2>"$version.log" &
		servers+=($!)
		wait_for test -s "$version.port" || return
		addresses+=("https://localhost:$(cat "$version.port")/")
	done
}

# The PIN has been asked for as often as it takes, and each page is the one we were to get.
is_greeted() {
	local version
	[ "$(grep -c '^PIN: .*Alice 9a' pages.txt)" = "$1" ] || because "the PIN was not asked for $1 times" || return
	for version in "${@:2}"; do
		grep -q "^page: Hello Alice 9a over ${version/_/.}\$" pages.txt ||
			because "$(grep -m 1 -o 'about:[a-z]*error?e=[A-Za-z0-9]*' pages.txt || echo "no page")" || return
	done
}

# logs_in MODULE HOW PINS VERSION...: HOW is by_modutil or by_policy.
logs_in() {
	local servers addresses pins=$3 status times=${3//[^,]/}
	rm -rf profile policy
	"$2" "$1" || return
	start_servers "${@:4}" && visits "$pins" "${addresses[@]}"
	is_greeted $((${#times} + 1)) "${@:4}"
	status=$?
	end "${servers[@]}"
	[ "$2" != by_policy ] || umount "$FIREFOX/distribution"
	return "$status"
}

run_tests() {
	client firefox firefox-esr "$FIREFOX/firefox-esr" "$FIREFOX/distribution" certutil modutil || return
	job "module by modutil, login with EC key" logs_in by_modutil "$PIN" TLSv1_2 TLSv1_3
	job "module by policy, a wrong PIN first" logs_in by_policy "$WRONG_PIN,$PIN" TLSv1_3
	check "another card" put_card "$CARD_RSA"
	job "module by policy, login with RSA key" logs_in by_policy "$PIN" TLSv1_2 TLSv1_3
}

client_test
