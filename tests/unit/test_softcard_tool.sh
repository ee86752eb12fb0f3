#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# softcard-tool as scripts use it; its man page says the same as the program; the provider library exports PC/SC alone.
set -u

tool=$TOP_BUILDDIR/softcard-tool
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
failures=0

fail() {
	echo "FAIL: $*"
	failures=$((failures + 1))
}

# expect CODE WORDS...: the tool ends with this code
expect() {
	code=$1
	shift
	"$tool" "$@" >out 2>err
	got=$?
	[ "$got" -eq "$code" ] || fail "softcard-tool $*: ended with $got, not $code: $(cat err)"
	[ "$code" -eq 0 ] || [ -s err ] || fail "softcard-tool $*: failed without a word"
}

contains() {
	grep -q -e "$1" out || fail "no \"$1\" in: $(cat out)"
}

# --- making cards ------------------------------------------------------------------------------
expect 0 new card --pin 123456 --puk 12345678 --key 9d:EC:prime256v1 --key 9a:EC:P-384
expect 1 new card
expect 0 new --force --key=82:EC:P-256 --pin-tries 5 card --key 9c:RSA:2048 --subject 'A "name"' --email a@example.org
expect 0 info card
contains '^PIN: 5 of 5 tries left$'
contains '^slot 9c: RSA:2048, certificate: CN = .*name.* 9C$'
contains '^slot 82: EC:prime256v1'
[ "$(stat -c %a card)" = 600 ] || fail "the card is for others to read"
expect 0 new aes --admin-algorithm AES256 --admin-key "$(printf '%064d' 0)"
expect 0 new -- -card
[ -f ./-card ] || fail "-- does not end the options"

# --- OpenPGP cards -----------------------------------------------------------------------------
expect 0 new pgp --applet openpgp --pin 'a password' --puk 'an other one' --key sig:ed25519 --key dec:X25519 --key AUT:EC:P-521
expect 0 info pgp
contains '^applet: OpenPGP$'
contains '^PW1: 3 of 3 tries left$'
contains '^slot sig: Ed25519, certificate: CN = OpenPGP software card SIG$'
contains '^slot dec: X25519, certificate: none$'
contains '^slot aut: EC:secp521r1, certificate: CN = OpenPGP software card AUT$'
expect 0 cert pgp sig
expect 1 cert pgp dec
expect 2 cert pgp 9d
expect 0 key pgp dec:RSA:2048
expect 0 cert pgp dec
expect 0 pin pgp --set 'yet another' --set-puk 12345678
expect 1 pin pgp --set 12345
expect 2 key pgp sig:X25519
expect 2 key pgp dec:Ed25519
expect 2 key pgp 9d:X25519
expect 2 key card 9d:X25519
expect 2 new a --applet gids
expect 1 new a --applet openpgp --puk 1234567
openssl genpkey -algorithm X25519 -out x25519.pem 2>err || fail "openssl genpkey: $(cat err)"
expect 0 import pgp dec --key x25519.pem
expect 0 info pgp
contains '^slot dec: X25519, certificate: none$'
expect 1 import pgp sig --key x25519.pem
expect 2 import pgp 9d --key x25519.pem

# --- what makes no sense -----------------------------------------------------------------------
expect 2
expect 2 frobnicate card
expect 2 new
expect 2 new a b
expect 2 new a --nonsense
expect 2 new a --pin
expect 2 new a --force=yes
expect 2 new a --key 9d
expect 2 new a --key 9d:EC:secp521r1
expect 2 new a --key 9b:EC:P-256
expect 2 new a --key 9dx:EC:P-256
expect 2 new a --pin-tries 16
expect 2 new a --pin-tries 0
expect 2 new a --pin-tries 3x
expect 2 new a --admin-algorithm des
expect 2 new a --admin-key xyz
expect 2 cert card 9f
expect 2 import card 9d
expect 2 pin card
expect 1 new a --pin 12345
expect 1 new a --puk 12345
expect 1 new a --admin-key 00
expect 1 new /nonexistent/card
expect 1 info nothing
expect 1 info "$dir"
[ ! -e a ] || fail "a card that failed was made"
echo damage >damaged
expect 1 info damaged
expect 1 cert card 9a
expect 1 insert card
expect 1 remove card

# --- help and version --------------------------------------------------------------------------
expect 0 --version
contains '^softcard-tool (minidriver-pkcs11) [0-9]'
expect 0 --help
commands=$(sed -n 's/^  \([a-z][a-z]*\)  *[A-Z].*/\1/p' out)
[ "$(echo "$commands" | wc -l)" -ge 11 ] || fail "no commands in the help: $commands"

# What the program says: "command" and "command --option", and the two options without a command.
for command in $commands; do
	"$tool" "$command" --help >out || fail "$command --help"
	echo "$command"
	sed -n "s/^  \(--[a-z-]*\).*/$command \1/p" out
done | sort >said
# What the man page says.
sed 's/\\-/-/g' "$TOP_SRCDIR/doc/softcard-tool.1" | awk '
	/^\.SH/ { command = ""; reading = $2 == "COMMANDS" }
	reading && /^\.SS/ { command = $2; print command }
	command != "" && /^\.BI? --/ { print command, $2 }' | sort >written
diff said written >difference || fail "the man page and the program differ: $(cat difference)"

# --- certificates and keys ---------------------------------------------------------------------
openssl ecparam -name secp384r1 -genkey -noout -out key.pem 2>err || fail "openssl ecparam: $(cat err)"
openssl req -new -x509 -key key.pem -subj /CN=given -days 30 -out given.pem 2>err || fail "openssl req: $(cat err)"
expect 0 import card 9a --key key.pem --cert given.pem
expect 0 cert card 9A
cmp -s out given.pem || fail "the given certificate did not come back"
expect 1 import card 9e --key given.pem
expect 1 import card 9e --key nothing.pem
expect 1 import card 9e --key key.pem --cert key.pem
openssl ec -in key.pem -aes128 -passout pass:x -out encrypted.pem 2>/dev/null
expect 1 import card 9e --key encrypted.pem
expect 0 import --key key.pem card 83
expect 0 cert card 83
openssl x509 -in out -noout -pubkey >public.pem
openssl pkey -in key.pem -pubout 2>/dev/null | cmp -s - public.pem || fail "the certificate made is of another key"
expect 0 key card 9e:EC:P-256 95:EC:P-384
expect 0 info card
contains '^slot 9e: EC:prime256v1'
contains '^slot 95: EC:secp384r1'
expect 0 cert card 9c
openssl x509 -in out -noout -ext subjectAltName,keyUsage >text 2>&1
grep -q 'a@example.org' text || fail "no mail address: $(cat text)"
grep -q 'Non Repudiation' text || fail "no non-repudiation: $(cat text)"

# --- the count, the PIN ------------------------------------------------------------------------
expect 0 count card
[ "$(cat out)" = "commands 0 bytes 0" ] || fail "count: $(cat out)"
expect 0 pin card --set 654321 --set-puk 87654321
expect 1 pin card --set 1234
expect 0 pin --unblock card

# --- the environment ---------------------------------------------------------------------------
mkdir "it's a folder"
mv card "it's a folder/card"
expect 0 env "it's a folder/card" --provider /some/provider.so --reader Reader
(
	unset OPENSC_CONF
	eval "$(cat out)"
	[ "$(sh -c 'echo "$OPENSC_CONF"')" = "$dir/it's a folder/card.conf" ]
) || fail "env does not survive the shell: $(cat out)"
grep -q 'provider_library = "/some/provider.so"' "it's a folder/card.conf" || fail "no provider in the configuration"
grep -q "card = \"$dir/it's a folder/card\"" "it's a folder/card.conf" || fail "no card in the configuration"
expect 0 env "it's a folder/card"
grep -q "provider_library = \"$TOP_BUILDDIR/.libs/softcard-pcsc.so\"" "it's a folder/card.conf" ||
	fail "the provider of the build tree was not found: $(cat "it's a folder/card.conf")"
SOFTCARD_PROVIDER=/other.so "$tool" env "it's a folder/card" >out
grep -q '"/other.so"' "it's a folder/card.conf" || fail "SOFTCARD_PROVIDER is not obeyed"
mv "it's a folder/card" 'quotation"mark'
expect 1 env 'quotation"mark'

# --- the provider library ----------------------------------------------------------------------
library=$TOP_BUILDDIR/.libs/softcard-pcsc.so
nm -D --defined-only "$library" | sed 's/.* //' | grep -v '^SCard[A-Z]' >foreign
[ ! -s foreign ] || fail "the provider exports more than PC/SC: $(cat foreign)"
[ "$(nm -D --defined-only "$library" | wc -l)" -eq 18 ] || fail "the provider does not export 18 functions"
readelf -d "$library" | grep -q 'NEEDED.*libopensc' || fail "the provider does not ask for the libopensc it calls"

[ "$failures" -eq 0 ]
