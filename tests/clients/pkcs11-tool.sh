#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# pkcs11-tool: each of its options that a card has something for, and those that it has nothing for. The mechanisms for signing and
# decrypting, one by one, are in tests/integration/test-operations.sh.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

# tool MODULE ARG...
tool() {
	stock pkcs11-tool --module "$(module_of "$1")" "${@:2}"
}

tool_in() {
	tool "$1" --login --pin "$PIN" "${@:2}"
}

# says MODULE PATTERN OPTION...
says() {
	tool "$1" "${@:3}" >list.txt 2>&1 && cat list.txt && grep -q "$2" list.txt
}

# lists MODULE NUMBER PATTERN OPTION...: so many objects.
lists() {
	tool "$1" "${@:4}" >list.txt && cat list.txt && [ "$(grep -c "$3" list.txt)" = "$2" ]
}

# The slot, by each way to name it.
chooses_slot() {
	local description slot
	tool "$1" -L >list.txt || return
	slot=$(sed -n 's/^Slot [0-9]* (\(0x[0-9a-f]*\)).*/\1/p' list.txt | head -n 1)
	description=$(sed -n 's/^Slot [0-9]* (0x[0-9a-f]*): //p' list.txt | head -n 1)
	tool "$1" --slot "$slot" -O --type cert >by-slot && tool "$1" --slot-index 0 -O --type cert >by-index &&
		tool "$1" --token-label "Alice 9a" -O --type cert >by-label &&
		tool "$1" --slot-description "$description" -O --type cert >by-description &&
		same_file by-slot by-index && same_file by-label by-index && same_file by-description by-index
}

reads_certificate() {
	tool "$1" --read-object --type cert --id 01 -o read && openssl x509 -in "$PKI/9a.pem" -outform DER | cmp - read &&
		tool "$1" --read-object --type cert --label 'Certificate for PIV Authentication' -o read &&
		openssl x509 -in "$PKI/9a.pem" -outform DER | cmp - read
}

reads_public_key() {
	tool "$1" --read-object --type pubkey --id 01 -o read &&
		openssl x509 -in "$PKI/9a.pem" -noout -pubkey | openssl pkey -pubin -outform DER | cmp - read
}

hashes() {
	local hash
	for hash in SHA-1:sha1 SHA256:sha256 SHA384:sha384 SHA512:sha512; do
		tool "$1" --hash -m "${hash%:*}" -i plain -o hashed && openssl dgst "-${hash#*:}" -binary plain | cmp - hashed ||
			because "${hash%:*}" || return
	done
}

random() {
	tool "$1" --generate-random 64 -o random && [ "$(wc -c <random)" = 64 ]
}

derives() {
	openssl x509 -in "$PKI/9d.pem" -noout -pubkey >card.pub && new_key EC:prime256v1 other.key &&
		openssl pkey -in other.key -pubout -outform DER -out other.pub &&
		openssl pkeyutl -derive -inkey other.key -peerkey card.pub -out expected && rm -f out &&
		tool_in "$1" --derive --id 03 -i other.pub -o out "${@:2}" && same_file out expected
}

signs() {
	openssl x509 -in "$PKI/$2.pem" -noout -pubkey >card.pub &&
		tool_in "$1" --sign --id "$3" -m "$4" -i plain -o signature "${@:5}" &&
		openssl dgst -sha256 -verify card.pub -signature signature plain
}

# The three forms of an ECDSA signature, verified by the module itself.
verifies() {
	local form
	for form in rs sequence openssl; do
		tool_in "$1" --sign --id 01 -m ECDSA-SHA256 -i plain -o signature --signature-format "$form" &&
			tool "$1" --verify --id 01 -m ECDSA-SHA256 -i plain --signature-file signature --signature-format "$form" >list.txt &&
			cat list.txt && grep -q 'Signature is valid' list.txt || because "$form: $(tail -n 1 list.txt)" || return
	done
}

# pkcs11-tool 0.23 encrypts with secret keys of the card only, so openssl does.
decrypts() {
	openssl x509 -in "$PKI/83.pem" -noout -pubkey >card.pub && head -c 32 plain >secret &&
		openssl pkeyutl -encrypt -pubin -inkey card.pub -in secret -out encrypted &&
		tool_in "$1" --decrypt --id 06 -m RSA-PKCS -i encrypted -o opened && same_file opened secret
}

tests_itself() {
	tool_in "$1" "${@:2}" >list.txt 2>&1
	cat list.txt
	grep -q '^No errors' list.txt
}

forks() {
	says "$1" 'C_Initialize in forked child' --test-fork && ! grep -q 'CKR_' list.txt
}

# Three threads beside what the program does itself; it sleeps for 30 seconds unless they end before that.
threads() {
	tool_in "$1" --test --test-threads ILGISLT0 --test-threads ILSLGI --test-threads INGISL >list.txt 2>&1
	cat list.txt
	! grep -E 'CKR_|Unknown test' list.txt | grep -vE 'CKR_OK|CKR_CRYPTOKI_ALREADY_INITIALIZED' &&
		grep -q '^No errors' list.txt && grep -q 'token label *: *Alice 9a' list.txt && grep -qE 'ended with CKR_OK|returning rv:CKR_OK' list.txt
}

# Return is pressed with the card in the reader, after it was pulled, and after it was put back; the first part asks for the
# list of slots, the second, after an x, waits for events.
notices_card() {
	local status
	mkfifo keys
	tool "$1" --test-hotplug <keys >list.txt 2>&1 &
	exec 9>keys
	rm keys
	press && seen 1 && pcscd_private_remove "$CARD" && press && empty 1 && pcscd_private_insert "$CARD" && press && seen 2 &&
		echo x >&9 && wait_for grep -q 'C_WaitForSlotEvent()' list.txt && press && pcscd_private_remove "$CARD" && empty 2 &&
		press && pcscd_private_insert "$CARD" && seen 3
	status=$?
	echo x >&9
	exec 9>&-
	"$SOFTCARD_TOOL" insert "$CARD" 2>/dev/null
	wait
	grep 'failed\|error' list.txt
	return "$status"
}

press() {
	echo >&9
}

seen() {
	wait_for times "$1" 'token label *: *Alice 9a'
}

empty() {
	wait_for times "$1" '(empty)'
}

times() {
	[ "$(grep -c "$2" list.txt)" -ge "$1" ]
}

# refuses_with MODULE CODES OPTION...: with one of these return values.
refuses_with() {
	local module=$1 codes=$2
	shift 2
	! tool "$module" "$@" >list.txt 2>&1 || because "not refused" || return
	cat list.txt
	grep -qE "$codes" list.txt
}

run_tests() {
	seq 1 2000 >plain
	client pkcs11-tool opensc pkcs11-tool || return
	job "--show-info" says 'Cryptoki version' --show-info
	job "--list-interfaces" says "PKCS 11" --list-interfaces
	job "--list-slots" says 'Alice 9a' --list-slots
	job "--list-token-slots" says 'Alice 9a' --list-token-slots
	job "--list-mechanisms" says 'ECDH1-DERIVE' --list-mechanisms
	job "--list-objects: certificates, no PIN" lists 5 '^Certificate Object' -O --type cert
	job "--list-objects: private keys" lists 5 '^Private Key Object' -O --type privkey --login --pin "$PIN"
	job "--slot, --slot-index, --token-label, --slot-description" chooses_slot
	job "--use-locking, --session-rw" says 'Private Key Object' -O --login --pin "$PIN" --use-locking --session-rw
	job "--read-object --type cert" reads_certificate
	job "--read-object --type pubkey" reads_public_key
	job "--hash" hashes
	job "--generate-random" random
	job "--derive -m ECDH1-DERIVE" derives -m ECDH1-DERIVE
	job "--derive -m ECDH1-COFACTOR-DERIVE" derives -m ECDH1-COFACTOR-DERIVE
	job "--derive --derive-pass-der" derives -m ECDH1-DERIVE --derive-pass-der
	job "--sign with an EC key" signs 9a 01 ECDSA-SHA256 --signature-format openssl
	job "--sign with one that wants its PIN each time" signs 9c 02 ECDSA-SHA256 --signature-format openssl
	job "--sign, --verify: each --signature-format" verifies
	job "--decrypt with an RSA key" decrypts
	job "--test" tests_itself --test
	job "--test-fork" forks
	job "--test-threads" threads
	job "--test-hotplug" notices_card
	job "a wrong PIN is refused" refuses_with CKR_PIN_INCORRECT -O --login --pin 999999
	job "the right one after it" says 'Private Key Object' -O --login --pin "$PIN"
	job "--login-type context-specific, nothing to be used" refuses_with CKR_OPERATION_NOT_INITIALIZED \
		-O --login --login-type context-specific --pin "$PIN"
	cp "$PKI/9a.pem" cert.pem
	openssl x509 -in cert.pem -outform DER -out cert.der
	job "--write-object: refused" refuses_with 'CKR_' --write-object cert.der --type cert --id 09 --login --pin "$PIN"
	job "--delete-object: refused" refuses_with 'CKR_|0x1b' --delete-object --type cert --id 01 --login --pin "$PIN"
	job "--keypairgen: refused" refuses_with 'CKR_|not supported' --keypairgen --key-type EC:prime256v1 --login --pin "$PIN"
	job "--keygen: no room on the card, refused" refuses_with 'CKR_|not supported' --keygen --key-type AES:16 --login --pin "$PIN"
	job "--unwrap: no room on the card, refused" refuses_with 'CKR_' --unwrap -m RSA-PKCS --id 06 -i secret --key-type AES:16 --login \
		--pin "$PIN"
}

client_test
