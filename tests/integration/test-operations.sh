#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every operation of a card's RSA and EC keys by programs of other people: pkcs11-tool signs, verifies, encrypts and decrypts with
# each mechanism, openssl is the other side, opensc-pkcs11 stands beside on the same card, GnuTLS' p11tool and PyKCS11 try the keys too.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

ID_SIGN=01 # 9a, RSA
ID_ASKS=02 # 9c, EC, its PIN before each signature
ID_OPEN=03 # 9d, RSA
ID_EC=04   # 9e, EC

make_card() {
	"$SOFTCARD_TOOL" new "$1" --pin "$PIN" --puk "$PUK" --key 9a:RSA:2048 --key 9d:RSA:2048 --key 9c:EC:prime256v1 \
		--key 9e:EC:secp384r1
}

signs_with() {
	local tool=$1 id=$2 out=$3
	shift 3
	rm -f "$out"
	"$tool" --login --pin "$PIN" --sign --id "$id" -i "${INPUT:-message}" -o "$out" "$@"
}

verifies_with() {
	local tool=$1 id=$2 signature=$3
	shift 3
	"$tool" --verify --id "$id" -i "${INPUT:-message}" --signature-file "$signature" "$@" >verify.txt 2>&1
	cat verify.txt
	grep -q '^Signature is valid' verify.txt
}

rejects_with() {
	local tool=$1 id=$2
	shift 2
	"$tool" --verify --id "$id" -i "${INPUT:-message}" --signature-file spoilt "$@" >verify.txt 2>&1
	cat verify.txt
	grep -qE '^(error: )?Invalid signature' verify.txt
}

# One byte of a signature changed.
spoil() {
	"$PYTHON" -c 'import sys; b = bytearray(open(sys.argv[1], "rb").read()); b[20] ^= 1; open("spoilt", "wb").write(b)' "$1"
}

# rsa_mechanism NAME HASH PSS ARG...: signed by us, verified by openssl, by us and by opensc-pkcs11; and the other way round.
rsa_mechanism() {
	local name=$1 hash=$2 pss=$3
	local options=()
	shift 3
	[ "$pss" = no ] || options=(-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest)
	check "$name signs" signs_with p11tool_ours "$ID_SIGN" signature -m "$name" "$@" || return
	check "$name: openssl verifies" openssl dgst -"$hash" -verify sign.pem "${options[@]}" -signature signature message
	check "$name: we verify" verifies_with p11tool_ours "$ID_SIGN" signature -m "$name" "$@"
	spoil signature
	check "$name: we refuse another signature" rejects_with p11tool_ours "$ID_SIGN" -m "$name" "$@"
	# opensc-pkcs11 has no SHA-3 here
	case $name in SHA3-*) return ;; esac
	check "$name: opensc-pkcs11 verifies ours" verifies_with p11tool_opensc "$ID_SIGN" signature -m "$name" "$@"
	if signs_with p11tool_opensc "$ID_SIGN" theirs -m "$name" "$@" >opensc.log 2>&1; then
		check "$name: we verify opensc-pkcs11's" verifies_with p11tool_ours "$ID_SIGN" theirs -m "$name" "$@"
		[ "$pss" = yes ] || check "$name: both sign alike" same_file signature theirs
	else
		fail "$name: opensc-pkcs11 does not sign: $(tail -n 1 opensc.log)"
	fi
}

rsa_signatures() {
	local hash
	for hash in MD5 SHA1 SHA224 SHA256 SHA384 SHA512 SHA3-224 SHA3-256 SHA3-384 SHA3-512; do
		rsa_mechanism "$hash-RSA-PKCS" "$hash" no
	done
	for hash in SHA1 SHA224 SHA256 SHA384 SHA512; do
		rsa_mechanism "$hash-RSA-PKCS-PSS" "$hash" yes --mgf "MGF1-$hash"
	done
}

# What is signed as it is: a digest.
plain_signatures() {
	local INPUT=digest
	openssl dgst -sha256 -binary -out digest message
	check "RSA-PKCS-PSS signs a digest" signs_with p11tool_ours "$ID_SIGN" signature -m RSA-PKCS-PSS --hash-algorithm SHA256 \
		--mgf MGF1-SHA256 --salt-len 20
	check "RSA-PKCS-PSS: openssl verifies, salt and all" openssl pkeyutl -verify -in digest -sigfile signature -pubin \
		-inkey sign.pem -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:20
	check "RSA-PKCS signs a digest" signs_with p11tool_ours "$ID_SIGN" signature -m RSA-PKCS
	check "RSA-PKCS: openssl verifies" openssl pkeyutl -verify -in digest -sigfile signature -pubin -inkey sign.pem
	check "RSA-PKCS: we verify" verifies_with p11tool_ours "$ID_SIGN" signature -m RSA-PKCS
	check "RSA-X-509 signs a digest" signs_with p11tool_ours "$ID_SIGN" signature -m RSA-X-509
	check "RSA-X-509: openssl finds it behind zeros" opens_raw
	check "RSA-X-509: we verify" verifies_with p11tool_ours "$ID_SIGN" signature -m RSA-X-509
}

opens_raw() {
	openssl pkeyutl -verifyrecover -in signature -pubin -inkey sign.pem -pkeyopt rsa_padding_mode:none -out opened &&
		tail -c 32 opened | cmp - digest && [ "$(head -c 224 opened | tr -d '\0' | wc -c)" -eq 0 ]
}

# ec_mechanism ID PUBLIC NAME HASH: likewise.
ec_mechanism() {
	local id=$1 public=$2 name=$3 hash=$4
	check "$name by $id signs" signs_with p11tool_ours "$id" signature -m "$name" --signature-format openssl || return
	check "$name by $id: openssl verifies" openssl dgst -"$hash" -verify "$public" -signature signature message
	check "$name by $id: we verify" verifies_with p11tool_ours "$id" signature -m "$name" --signature-format openssl
	check "$name by $id: opensc-pkcs11 verifies ours" \
		verifies_with p11tool_opensc "$id" signature -m "$name" --signature-format openssl
	check "$name by $id: opensc-pkcs11 signs" signs_with p11tool_opensc "$id" theirs -m "$name" --signature-format openssl
	check "$name by $id: we verify opensc-pkcs11's" verifies_with p11tool_ours "$id" theirs -m "$name" --signature-format openssl
}

ec_signatures() {
	local hash
	for hash in SHA1 SHA224 SHA256 SHA384 SHA512; do
		ec_mechanism "$ID_EC" ec.pem "ECDSA-$hash" "$hash"
	done
	ec_mechanism "$ID_ASKS" asks.pem ECDSA-SHA256 SHA256
}

decrypts_with() {
	local tool=$1
	shift
	rm -f plain
	"$tool" --login --pin "$PIN" --decrypt --id "$ID_OPEN" -i encrypted -o plain "$@" && same_file plain secret
}

# rsa_encryption NAME OPENSSL-OPTIONS -- ARG...: what openssl encrypts, decrypted by us and by opensc-pkcs11.
rsa_encryption() {
	local name=$1
	local options=()
	shift
	while [ "$1" != -- ]; do
		options+=(-pkeyopt "$1")
		shift
	done
	shift
	check "$name: openssl encrypts" openssl pkeyutl -encrypt -in secret -pubin -inkey open.pem "${options[@]}" -out encrypted
	check "$name: we decrypt" decrypts_with p11tool_ours "$@"
	check "$name: opensc-pkcs11 decrypts the same" decrypts_with p11tool_opensc "$@"
}

encryptions() {
	printf 'the key of a session' >secret
	rsa_encryption RSA-PKCS rsa_padding_mode:pkcs1 -- -m RSA-PKCS
	rsa_encryption "OAEP with SHA-1" rsa_padding_mode:oaep rsa_oaep_md:sha1 -- -m RSA-PKCS-OAEP --hash-algorithm SHA-1 \
		--mgf MGF1-SHA1
	rsa_encryption "OAEP with SHA-256" rsa_padding_mode:oaep rsa_oaep_md:sha256 -- -m RSA-PKCS-OAEP \
		--hash-algorithm SHA256 --mgf MGF1-SHA256
	head -c 256 /dev/zero | openssl pkeyutl -encrypt -pubin -inkey open.pem -pkeyopt rsa_padding_mode:none -out encrypted
	refuses "what is not padded is not decrypted" p11tool_ours --login --pin "$PIN" --decrypt --id "$ID_OPEN" -i encrypted \
		-m RSA-PKCS
}

# commands TOOL ARG...: how many commands the card is sent.
commands() {
	local tool=$1
	shift
	"$SOFTCARD_TOOL" count "$CARD" --reset && "$tool" --login --pin "$PIN" "$@" >commands.log 2>&1 &&
		"$SOFTCARD_TOOL" count "$CARD" | cut -d ' ' -f 2
}

no_more_commands() {
	local ours theirs
	ours=$(commands p11tool_ours "$@") && theirs=$(commands p11tool_opensc "$@") || return 1
	echo "ours $ours, opensc-pkcs11 $theirs"
	note "$(printf 'commands to the card, ours %s, opensc-pkcs11 %s: %s' "$ours" "$theirs" "$*")" >>notes.txt
	[ "$ours" -le "$theirs" ]
}

costs() {
	: >notes.txt
	check "a signature costs no more commands than with opensc-pkcs11" no_more_commands --sign --id "$ID_SIGN" -i message \
		-m SHA256-RSA-PKCS -o out
	check "nor one with PSS" no_more_commands --sign --id "$ID_SIGN" -i message -m SHA256-RSA-PKCS-PSS -o out
	check "nor one on a curve" no_more_commands --sign --id "$ID_EC" -i message -m ECDSA-SHA256 -o out
	check "nor a decryption" no_more_commands --decrypt --id "$ID_OPEN" -i encrypted -m RSA-PKCS -o out
	cat notes.txt
}

own_test() {
	p11tool_ours --test --login --pin "$PIN" >test.log 2>&1
	cat test.log
	grep -q '^No errors' test.log
}

gnutls_signs() {
	stock p11tool --provider="$MODULE" --batch --login --set-pin="$PIN" --test-sign "pkcs11:id=%$1;type=private" </dev/null
}

run_tests() {
	needs "$PYTHON" pkcs11-tool p11tool openssl "$MODULE" "$OPENSC_MODULE"
	printf 'a message of some length, signed with each mechanism\n' >message
	check "the card's public keys" eval 'card_public 9a sign.pem && card_public 9d open.pem && card_public 9c asks.pem &&
		card_public 9e ec.pem'
	check "pkcs11-tool --test" own_test
	# With clang's address sanitizer preloaded p11tool waits for ever in libopensc's second call of setlocale().
	[ -n "$PRELOAD" ] || {
		check "p11tool --test-sign, RSA" gnutls_signs "$ID_SIGN"
		check "p11tool --test-sign, EC" gnutls_signs "$ID_EC"
	}
	plain_signatures
	[ "$WAY" = provider ] || return
	rsa_signatures
	ec_signatures
	encryptions
	openssl pkeyutl -encrypt -in secret -pubin -inkey open.pem -out encrypted
	costs
	python_tests rsa_cases.py "$MODULE" "$CARD" "$SOFTCARD_TOOL"
}

both_ways
