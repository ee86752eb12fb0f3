#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# OpenSSH: the card's keys listed, and logins to an sshd of the test's own, by ssh itself and through an agent that has its default
# list of allowed modules. The modules stand where they are installed, in the test's own view of the file system; so do the
# user and the home folder.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

HELPER=/usr/lib/openssh/ssh-pkcs11-helper

# ---- the scene -----------------------------------------------------------------------------------------

# Root with a new home folder, which may log in with a key.
make_user() {
	mkdir -m 700 home home/.ssh && grep -v '^root:' /etc/passwd >passwd && grep -v '^root:' /etc/shadow >shadow &&
		echo "root:x:0:0:root:$PWD/home:/bin/sh" >>passwd && echo 'root:*:19000:0:99999:7:::' >>shadow && chmod 600 shadow &&
		mount --bind passwd /etc/passwd && mount --bind shadow /etc/shadow && export HOME=$PWD/home
}

# sshd wants /run/sshd. A /run of our own has it, and pcscd's socket.
make_run() {
	mkdir pcscd && mount --bind /run/pcscd pcscd && mount -t tmpfs tmpfs /run && mkdir -m 755 /run/pcscd /run/sshd &&
		mount --move pcscd /run/pcscd
}

start_sshd() {
	local port
	port=$(free_port)
	ssh-keygen -q -t ed25519 -N '' -f host_key && cat >sshd_config <<-END
		ListenAddress 127.0.0.1
		Port $port
		HostKey $PWD/host_key
		PidFile none
		UsePAM no
		StrictModes no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		AuthorizedKeysFile $PWD/authorized_keys
	END
	cat >home/.ssh/config <<-END
		Host server
		    HostName 127.0.0.1
		    Port $port
		    User root
	END
	echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 host_key.pub)" >home/.ssh/known_hosts
	# later versions keep those away for a while who failed to log in, as a test does
	if /usr/sbin/sshd -T -f sshd_config 2>sshd.log | grep -q '^persourcepenalties'; then
		echo "PerSourcePenalties no" >>sshd_config
	fi
	/usr/sbin/sshd -D -f sshd_config -E sshd.log &
	SSHD=$!
	wait_for listening "$port"
}

make_askpass() {
	printf '#!/bin/sh\necho %s\n' "$PIN" >askpass
	printf '#!/bin/sh\nexec env LD_PRELOAD="%s" ASAN_OPTIONS=detect_leaks=0 %s "$@"\n' "$PRELOAD" "$HELPER" >helper
	chmod +x askpass helper
	export SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force
	[ -z "$PRELOAD" ] || export SSH_PKCS11_HELPER=$PWD/helper
}

# public FILE...: as OpenSSH writes the keys of these certificates.
public() {
	local name
	for name; do
		openssl x509 -in "$PKI/$name.pem" -pubkey -noout >public.pem && ssh-keygen -i -m PKCS8 -f public.pem | cut -d' ' -f1,2
	done
}

# ---- jobs ----------------------------------------------------------------------------------------------

lists() {
	local key
	stock ssh-keygen -D "$(installed "$1")" >keys.txt && cat keys.txt && [ "$(wc -l <keys.txt)" = $(($# - 1)) ] || return
	public "${@:2}" >expected.txt
	while read -r key; do
		grep -qF "$key" keys.txt || because "not listed: $key" || return
	done <expected.txt
}

# login CERTIFICATE OPTION...: to a server that takes this key only.
login() {
	public "$1" >authorized_keys
	stock ssh "${@:2}" -o BatchMode=no server 'echo welcome' >answer && grep -qx welcome answer
}

logs_in() {
	login "$2" -o "PKCS11Provider=$(installed "$1")"
}

# Only this one of the card's keys is offered.
logs_in_with_named_key() {
	public "$2" >named.pub
	logs_in "$1" "$2" && login "$2" -o "PKCS11Provider=$(installed "$1")" -o IdentitiesOnly=yes -o "IdentityFile=$PWD/named.pub"
}


# with_agent COMMAND...: with an agent as `ssh-agent` starts it.
with_agent() {
	local status
	eval "$(ssh-agent | grep -v '^echo')"
	"$@"
	status=$?
	kill "$SSH_AGENT_PID"
	return "$status"
}

add() {
	timeout 60 ssh-add -s "$(installed "$1")"
}

take_away() {
	timeout 60 ssh-add -e "$(installed "$1")"
}

agent_logs_in() {
	with_agent agent_logs_in_inside "$@"
}

agent_logs_in_inside() {
	add "$1" && login "$2" && login "$2"
}

agent_signs_file() {
	with_agent agent_signs_file_inside "$@"
}

agent_signs_file_inside() {
	public "$2" >signer.pub
	echo "somebody $(cat signer.pub)" >allowed
	rm -f text.sig
	add "$1" && timeout 60 ssh-keygen -Y sign -n file -f signer.pub text &&
		ssh-keygen -Y verify -n file -I somebody -f allowed -s text.sig <text
}

after_card_was_out() {
	logs_in "$@" && pcscd_private_remove "$CARD" || return
	! logs_in "$@" || because "a login without a card"
	out=$?
	pcscd_private_insert "$CARD" && [ "$out" = 0 ] && logs_in "$@"
}

# Nothing in ssh-agent opens a session anew: it refuses to sign until the module is taken away and added again.
agent_after_card_was_out() {
	with_agent agent_after_card_was_out_inside "$@"
}

agent_after_card_was_out_inside() {
	local out
	add "$1" && login "$2" && pcscd_private_remove "$CARD" || return
	! login "$2" || because "a login without a card"
	out=$?
	pcscd_private_insert "$CARD" && [ "$out" = 0 ] || return
	! login "$2" || because "a login without ssh-add" || return
	take_away "$1" && add "$1" && login "$2"
}

run_tests() {
	seq 1 100 >text
	client ssh-keygen openssh-client ssh-keygen ssh ssh-add ssh-agent "$HELPER" /usr/sbin/sshd || return
	check "the modules are installed" install_modules && check "a user" make_user && check "a /run" make_run &&
		check "an sshd" start_sshd || return
	make_askpass
	job "-D: the card's public keys" lists 9a 9c 9d 82 83
	client ssh openssh-client
	job "PKCS11Provider: login with an EC key" logs_in_with_named_key 9a
	job "PKCS11Provider: with one that wants its PIN each time" logs_in 9c
	job "PKCS11Provider: after the card was out" after_card_was_out 9a
	client ssh-agent openssh-client
	job "ssh-add -s, login with an EC key, twice" agent_logs_in 9a
	job "ssh-add -s, ssh-keygen -Y sign" agent_signs_file 9a
	job "ssh-add -s, card out and in, ssh-add -e and -s, login" agent_after_card_was_out 9a
	check "another card" put_card "$CARD_RSA"
	client ssh openssh-client
	job "PKCS11Provider: login with an RSA key" logs_in rsa-9a
	client ssh-agent openssh-client
	job "ssh-add -s, login with an RSA key, twice" agent_logs_in rsa-9a
	end "$SSHD"
}

client_test
