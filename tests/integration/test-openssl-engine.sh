#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The module in a process whose own OpenSSL loads PKCS#11 modules: openssl with engine_pkcs11, configured to load ours.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

engine_file() {
	echo "$(openssl version -e | sed 's/^ENGINESDIR: "\(.*\)"$/\1/')/pkcs11.so"
}

# write_config MODULE FILE
write_config() {
	cat >"$2" <<-END
		openssl_conf = start
		[start]
		engines = engines
		[engines]
		pkcs11 = pkcs11
		[pkcs11]
		engine_id = pkcs11
		dynamic_path = $(engine_file)
		MODULE_PATH = $1
		init = 0
	END
}

key_uri() {
	echo "pkcs11:id=%$1;type=private?pin-value=$PIN"
}

derives() {
	rm -f out
	OPENSSL_CONF=$PWD/$1.cnf stock openssl pkeyutl -derive -engine pkcs11 -keyform engine -inkey "$(key_uri "$2")" \
		-peerkey "$3.peer.pem" -out out && same_file out "$3.expected"
}

decrypts() {
	rm -f opened
	OPENSSL_CONF=$PWD/$1.cnf stock openssl cms -decrypt -engine pkcs11 -keyform engine -inkey "$(key_uri "$2")" \
		-inform DER -in message.cms -binary -recip card.pem -out opened && same_file opened plain
}

beside() {
	if "$@" >opensc.log 2>&1; then
		note "opensc-pkcs11, the same: works"
	else
		note "opensc-pkcs11, the same: $(tail -n 1 opensc.log)"
	fi
}

key_tests() {
	local slot=$1 id=$2 curve=$3
	card_public "$slot" card.pub
	"$SOFTCARD_TOOL" cert "$CARD" "$slot" >card.pem
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:"$curve" -out "$curve.pem"
	openssl pkey -in "$curve.pem" -pubout -out "$curve.peer.pem"
	openssl pkeyutl -derive -inkey "$curve.pem" -peerkey card.pub -out "$curve.expected"
	openssl cms -encrypt -binary -in plain -outform DER -out message.cms -aes256 -recip card.pem -keyopt ecdh_kdf_md:sha256
	check "$curve: pkeyutl -derive through the engine equals the other side" derives ours "$id" "$curve"
	beside derives opensc "$id" "$curve"
	check "$curve: cms -decrypt through the engine opens the message" decrypts ours "$id"
	beside decrypts opensc "$id"
}

run_tests() {
	needs openssl "$(engine_file)" "$MODULE" "$OPENSC_MODULE"
	write_config "$MODULE" ours.cnf
	write_config "$OPENSC_MODULE" opensc.cnf
	seq 1 2000 >plain
	key_tests 9d "$ID_P256" prime256v1
	key_tests 82 "$ID_P384" secp384r1
}

both_ways
