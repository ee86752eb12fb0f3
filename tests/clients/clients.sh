# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the tests of the programs that people use share, beside what all integration tests share: a card from an issuer, each job
# done with our module and with opensc-pkcs11 on the same card, and the rows of the table that run.sh prints.
#
# A test sources this file, defines run_tests and ends with `client_test`. run_tests finds, in a network and mount namespace of
# its own, a card in the reader of its own pcscd, the issuer's files below $PKI, and an empty current directory. It says
#     client NAME PACKAGE PROGRAM...     whose rows follow; fails, as one failure, when one of the programs is missing
#     job WHAT FUNCTION ARG...           FUNCTION ours ARG... must succeed; FUNCTION opensc ARG... is shown beside it
#     job_of_ours WHAT FUNCTION ARG...   the same, where opensc-pkcs11 has nothing to compare
# Jobs of the same WHAT, one after the other, are one row. FUNCTION runs in a subshell, ends what it started, and may say
# `because TEXT` before it fails; else the last line of its output is its reason.
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

CLIENTS=$TOP_SRCDIR/tests/clients
export PYTHONPATH=$CLIENTS:$HERE

# ---- jobs ----------------------------------------------------------------------------------------------

# module_of ours|opensc: the file.
module_of() {
	case $1 in
	ours) echo "$MODULE" ;;
	*) echo "$OPENSC_MODULE" ;;
	esac
}

because() {
	echo "$*" >"$WORK/because"
	return 1
}

row() {
	printf 'row\t%s\t%s\t%s\t%s\t%s\n' "$CLIENT" "$CLIENT_VERSION" "$1" "$2" "$3"
}

# client NAME PACKAGE PROGRAM...
client() {
	local thing
	CLIENT=$1
	CLIENT_VERSION=$(dpkg-query -W -f='${Version}' "$2" 2>"$WORK/client.log" | sed 's/^[0-9]*://; s/-[^-]*$//')
	shift 2
	for thing; do
		command -v "$thing" >"$WORK/client.log" 2>&1 || [ -e "$thing" ] || {
			fail "$thing is missing"
			row - missing -
			return 1
		}
	done
}

# outcome COMMAND...: its result as a few words in $result, its output in job.log.
outcome() {
	local status
	rm -f "$WORK/because"
	("$@") >"$WORK/job.log" 2>&1 </dev/null
	status=$?
	case $status in
	0) result=ok ;;
	124) result="not done in time" ;;
	129 | 1[3-9]?) result="killed by signal $((status - 128))" ;;
	*) result=$(cat "$WORK/because" 2>/dev/null || grep -v '^ *$' "$WORK/job.log" | tail -n 1) ;;
	esac
	result=$(echo "${result:-exit status $status}" | tr -s '\t\n ' ' ' | sed 's/ $//' | cut -c 1-64)
	return "$status"
}

job_of_ours() {
	local what=$1 result
	shift
	if outcome "$1" ours "${@:2}"; then
		pass "$CLIENT: $what (${*:2})"
	else
		fail "$CLIENT: $what (${*:2}): $result"
		tail -n 20 "$WORK/job.log" | sed 's/^/    /'
	fi
	ours=$result
	[ -n "${theirs:-}" ] || row "$what" "$ours" -
}

job() {
	local what=$1 ours theirs=later result
	job_of_ours "$@"
	shift
	outcome "$1" opensc "${@:2}"
	row "$what" "$ours" "$result"
}

# ---- what jobs do --------------------------------------------------------------------------------------

# A port on which nobody listens; the system chooses it.
free_port() {
	"$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for COMMAND...: until it succeeds, for a minute.
wait_for() {
	local end=$((SECONDS + 60))
	until "$@" >"$WORK/wait.log" 2>&1; do
		[ "$SECONDS" -lt "$end" ] || {
			echo "waited in vain for: $*"
			cat "$WORK/wait.log"
			return 1
		}
		sleep 0.1
	done
}

listening() {
	ss -Hltn "sport = :$1" | grep -q .
}

# end PID...: end programs of this shell, and wait for them.
end() {
	local pid
	for pid; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	return 0
}

# ---- an installed module -------------------------------------------------------------------------------

# install_modules: both in the folder for modules, in the test's own view of the file system: ours as make install lays it
# down, and a copy of the other, since programs resolve links.
install_modules() {
	local folder
	folder=$(dirname "$OPENSC_MODULE")
	env -u MAKEFLAGS -u MAKELEVEL make -s -C "$TOP_BUILDDIR" DESTDIR="$PWD/installed" install-p11moduleLTLIBRARIES \
		install-dist_p11configDATA && cp "$(realpath "$OPENSC_MODULE")" "installed$folder/opensc-pkcs11.so" &&
		mount --bind "installed$folder" "$folder"
}

# installed ours|opensc: the file.
installed() {
	case $1 in
	ours) echo "$(dirname "$OPENSC_MODULE")/$(basename "$MODULE")" ;;
	*) echo "$OPENSC_MODULE" ;;
	esac
}

# ---- the issuer and its cards --------------------------------------------------------------------------

# What the issuer's cards have. 9a is for logging in, 9d and the retired keys are for mail; OpenSC wants 9c's PIN each time.
#     $CARD        9a EC P-256, 9d EC P-256, 82 EC P-384, 83 RSA 2048, 9c EC P-256
#     $CARD_RSA    9a RSA 2048, 9d RSA 2048, 9c RSA 2048      (in the reader after `put_card "$CARD_RSA"`)
# $PKI has the issuer's certificate ca.pem, each card key's certificate as SLOT.pem or rsa-SLOT.pem, and server.pem with
# server.key for localhost and 127.0.0.1.
MAIL_ADDRESS=alice@example.org

# new_key TYPE FILE
new_key() {
	case $1 in
	RSA:*) openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:${1#*:}" -out "$2" ;;
	EC:*) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:${1#*:}" -out "$2" ;;
	esac
}

# issue KEY CERTIFICATE SUBJECT EXTENSION...
issue() {
	local key=$1 certificate=$2 subject=$3
	shift 3
	openssl req -new -key "$key" -subj "$subject" -out "$PKI/request" &&
		printf '%s\n' basicConstraints=CA:FALSE "$@" >"$PKI/extensions" &&
		openssl x509 -req -in "$PKI/request" -CA "$PKI/ca.pem" -CAkey "$PKI/ca.key" -days 3650 -out "$certificate" \
			-set_serial "0x$(openssl rand -hex 8)" -sha256 -extfile "$PKI/extensions"
}

make_issuer() {
	PKI=$WORK/pki
	export PKI
	mkdir -p "$PKI" && new_key EC:prime256v1 "$PKI/ca.key" &&
		openssl req -x509 -new -key "$PKI/ca.key" -subj "/CN=Test CA" -days 3650 -out "$PKI/ca.pem" \
			-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign &&
		new_key EC:prime256v1 "$PKI/server.key" &&
		issue "$PKI/server.key" "$PKI/server.pem" /CN=localhost keyUsage=digitalSignature extendedKeyUsage=serverAuth \
			subjectAltName=DNS:localhost,IP:127.0.0.1
}

# issue_on_card CARD SLOT TYPE [PREFIX]: a key with a certificate that fits its slot.
issue_on_card() {
	local file=$PKI/${4:-}$2 usage=digitalSignature
	case $2:$3 in
	9a:*) ;;
	9c:*) usage+=,nonRepudiation ;;
	*:RSA:*) usage=keyEncipherment ;;
	*) usage=keyAgreement ;;
	esac
	new_key "$3" "$file.key" &&
		issue "$file.key" "$file.pem" "/CN=Alice $2/emailAddress=$MAIL_ADDRESS" "keyUsage=critical,$usage" \
			extendedKeyUsage=clientAuth,serverAuth,emailProtection "subjectAltName=email:$MAIL_ADDRESS" &&
		"$SOFTCARD_TOOL" import "$1" "$2" --key "$file.key" --cert "$file.pem" && rm "$file.key"
}

make_cards() {
	CARD=$WORK/card
	CARD_RSA=$WORK/card-rsa
	export CARD_RSA
	"$SOFTCARD_TOOL" new "$CARD" --pin "$PIN" --puk "$PUK" && "$SOFTCARD_TOOL" new "$CARD_RSA" --pin "$PIN" --puk "$PUK" &&
		issue_on_card "$CARD" 9a EC:prime256v1 && issue_on_card "$CARD" 9c EC:prime256v1 &&
		issue_on_card "$CARD" 9d EC:prime256v1 && issue_on_card "$CARD" 82 EC:secp384r1 &&
		issue_on_card "$CARD" 83 RSA:2048 &&
		issue_on_card "$CARD_RSA" 9a RSA:2048 rsa- && issue_on_card "$CARD_RSA" 9c RSA:2048 rsa- &&
		issue_on_card "$CARD_RSA" 9d RSA:2048 rsa-
}

# put_card CARD: have this one in the reader.
put_card() {
	pcscd_private_unserve && pcscd_private_serve "$1"
}

# ---- mail ----------------------------------------------------------------------------------------------

# each_mail FUNCTION: FUNCTION WHAT SLOT OPTION... for every kind of mail that openssl encrypts to $CARD; the options are those
# of openssl cms -encrypt.
each_mail() {
	local key hash wrap content padding
	for key in 9d:P-256 82:P-384; do
		for hash in sha1 sha256 sha384 sha512; do
			for wrap in aes128-wrap aes256-wrap; do
				for content in aes-128-cbc aes-256-cbc; do
					"$1" "mail to an EC key, ${key#*:}" "${key%:*}" -keyopt "ecdh_kdf_md:$hash" -wrap "$wrap" "-$content"
				done
			done
		done
	done
	for padding in pkcs1 oaep; do
		for content in aes-128-cbc aes-256-cbc; do
			"$1" "mail to an RSA key, $padding" 83 -keyopt "rsa_padding_mode:$padding" "-$content"
		done
	done
}

# ---- all of it -----------------------------------------------------------------------------------------

# Processes that still have the mark in their environment, which each program inherits that a test starts.
left_over() {
	env -u TEST_MARK grep -lsz "^TEST_MARK=$TEST_MARK\$" /proc/[0-9]*/environ | cut -d/ -f3 | while read -r pid; do
		ps -o pid=,args= -p "$pid"
	done
}

nothing_left_over() {
	local end=$((SECONDS + 20))
	while [ -n "$(left_over)" ]; do
		[ "$SECONDS" -lt "$end" ] || {
			left_over
			return 1
		}
		sleep 0.2
	done
}

client_test() {
	if [ -n "${TEST_INSIDE_PCSCD:-}" ]; then
		inside_pcscd
	else
		export TEST_MARK=$WORK
		needs "$SOFTCARD_TOOL" "$MODULE" "$OPENSC_MODULE" openssl pcscd ss
		check "an issuer is made" make_issuer && check "its cards are made" make_cards || exit 1
		run_with_pcscd
		check "no program is left over" nothing_left_over
	fi
	finished=yes
}
