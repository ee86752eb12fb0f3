#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# OpenSSH: ssh-keygen lists the card's keys, and ssh-agent signs with one of them.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

HELPER=/usr/lib/openssh/ssh-pkcs11-helper
LOGIN_SLOT=9a # PIV authentication

ssh_public() {
	card_public "$1" pub.pem && ssh-keygen -i -m PKCS8 -f pub.pem | cut -d' ' -f1,2
}

keys_are_listed() {
	local slot
	stock ssh-keygen -D "$MODULE" >keys.txt && cat keys.txt || return 1
	for slot in 9a 9d 82; do
		grep -qF "$(ssh_public "$slot")" keys.txt || return 1
	done
}

# The agent is setgid and forgets what is preloaded; its helper, which loads the module, gets it back.
start_agent() {
	printf '#!/bin/sh\nexec env LD_PRELOAD="%s" ASAN_OPTIONS=detect_leaks=0 %s "$@"\n' "$PRELOAD" "$HELPER" >helper
	printf '#!/bin/sh\necho %s\n' "$PIN" >askpass
	chmod +x helper askpass
	eval "$(SSH_PKCS11_HELPER=$PWD/helper ssh-agent -P "$(realpath "$MODULE")" | grep -v '^echo')"
	[ -n "$SSH_AGENT_PID" ]
}

agent_takes_module() {
	SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force timeout 60 ssh-add -s "$MODULE" &&
		ssh-add -L | grep -qF "$(ssh_public "$LOGIN_SLOT")"
}

agent_signs() {
	ssh_public "$LOGIN_SLOT" >login.pub
	echo "somebody $(cat login.pub)" >allowed
	seq 1 100 >text
	timeout 60 ssh-keygen -Y sign -n test -f login.pub text &&
		ssh-keygen -Y verify -n test -I somebody -f allowed -s text.sig <text
}

run_tests() {
	needs ssh-keygen ssh-agent ssh-add "$HELPER" "$MODULE"
	check "ssh-keygen -D lists the public keys of the card" keys_are_listed
	check "an agent starts" start_agent || return
	check "ssh-add -s hands the module to the agent" agent_takes_module
	check "the agent signs with the card's key" agent_signs
	kill "$SSH_AGENT_PID"
}

both_ways
