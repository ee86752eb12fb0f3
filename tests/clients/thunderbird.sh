#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Thunderbird shows mail that openssl encrypted to the card's certificates.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

TREASURE="The treasure is below the oak."

subject() {
	echo "${*//-keyopt /}"
}

# One message more for the folder.
add_message() {
	printf 'From - Sat Jan 01 00:00:00 2022\n'
	openssl cms -encrypt -in plain -from bob@example.org -to "$MAIL_ADDRESS" -subject "$(subject "${@:2}")" \
		-recip "$PKI/$2.pem" "${@:3}"
	echo
} >>folder

# A new profile, as doc/guide-thunderbird.md makes it; what is shown goes to MODULE.shown.
reads_folder() {
	mkdir "$1" && nss certutil -N -d "sql:$1" --empty-password &&
		nss modutil -dbdir "sql:$1" -add "$1" -libfile "$(module_of "$1")" -force &&
		timeout -k 60 300 "$PYTHON" "$CLIENTS/thunderbird.py" "$1" folder "$PIN" >"$1.shown" || return 1
	grep '^PIN:' "$1.shown"
	[ "$(grep -c '^PIN: .*Alice 9a' "$1.shown")" = 1 ] || because "the PIN was not asked for once"
}

# shows MODULE SUBJECT
shows() {
	local text
	text=$(sed -n "s/^$2: //p" "$1.shown")
	[ "$text" = "$TREASURE" ] || because "${text:-an empty text}"
}

shows_mail() {
	job "$1" shows "$(subject "${@:2}")"
}

run_tests() {
	client thunderbird thunderbird "$THUNDERBIRD/thunderbird" certutil modutil || return
	printf 'Content-Type: text/plain\r\n\r\n%s\r\n' "$TREASURE" >plain
	each_mail add_message
	job "a folder is read, the PIN is asked for" reads_folder
	each_mail shows_mail
}

client_test
