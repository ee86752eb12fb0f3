#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Cards, readers and the card service that come and go, threads and forks: pkcs11-tool's own tests of them, and a program
# that waits in C_WaitForSlotEvent.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

take_out() {
	if [ "$WAY" = pcscd ]; then
		pcscd_private_remove "$CARD"
	else
		mv "$CARD" "$CARD.away"
	fi
}

put_in() {
	if [ "$WAY" = pcscd ]; then
		pcscd_private_insert "$CARD"
	else
		mv "$CARD.away" "$CARD"
	fi
}

# said N TEXT: the tool said it at least so many times.
said() {
	[ "$(grep -c "$2" hotplug.txt)" -ge "$1" ]
}

# pkcs11-tool asks for a key press before each of its looks, first at C_GetSlotList, then in C_WaitForSlotEvent.
drive_hotplug() {
	pcscd_private_wait said 1 'press return' || return 1
	take_out && echo >&3 || return 1
	pcscd_private_wait said 2 'press return' || return 1
	grep -q '(empty)' hotplug.txt || return 1
	put_in && echo >&3 || return 1
	pcscd_private_wait said 3 'press return' || return 1
	echo x >&3
	pcscd_private_wait said 1 'C_WaitForSlotEvent()' || return 1
	# what has happened so far is the first event
	echo >&3
	pcscd_private_wait said 1 'event on slot' || return 1
	pcscd_private_wait said 5 'press return' || return 1
	echo >&3
	pcscd_private_wait said 2 'Calling C_WaitForSlotEvent' || return 1
	take_out || return 1
	pcscd_private_wait said 2 'event on slot' || return 1
	pcscd_private_wait said 6 'press return' || return 1
	echo >&3
	pcscd_private_wait said 3 'Calling C_WaitForSlotEvent' || return 1
	put_in || return 1
	pcscd_private_wait said 3 'event on slot' || return 1
	echo x >&3
}

hotplug() {
	local tool status=0
	mkfifo keys && : >hotplug.txt
	p11tool_ours --test-hotplug <keys >hotplug.txt 2>&1 &
	tool=$!
	exec 3>keys
	drive_hotplug || status=1
	exec 3>&-
	wait "$tool" || status=1
	cat hotplug.txt
	rm -f keys
	return "$status"
}

threads_are_done() {
	[ "$(grep -c 'returning rv' threads.txt)" -eq 3 ]
}

# The tool of OpenSC 0.23 sleeps for 30 seconds if its own thread is done before the others: its look for cards keeps it until
# they are. That of 0.26 begins them after it.
threads() {
	local tool status=0
	mkfifo keys && : >threads.txt
	stock stdbuf -oL pkcs11-tool --module "$MODULE" --test-threads ILGISLT0GIT0 --test-threads INSLT0 \
		--test-threads ILP0SLT0 --test-hotplug <keys >threads.txt 2>&1 &
	tool=$!
	exec 3>keys
	pcscd_private_wait threads_are_done
	printf 'x\nx\n' >&3
	exec 3>&-
	wait "$tool" || status=1
	rm -f keys
	cat threads.txt
	# each thread is told OK or that it is initialised already, and is done with everything it was asked
	[ "$status" -eq 0 ] && threads_are_done && [ "$(grep -c 'token label' threads.txt)" -ge 4 ] &&
		! grep -E 'returned CKR_' threads.txt | grep -vE 'CKR_(OK|CRYPTOKI_ALREADY_INITIALIZED)$'
}

run_tests() {
	needs pkcs11-tool "$MODULE"
	check "pkcs11-tool --test-threads" threads
	check "pkcs11-tool --test-fork" p11tool_ours --test-fork --login --pin "$PIN" -O
	check "pkcs11-tool --test-hotplug" hotplug
	export WAY CARD HERE
	export -f take_out put_in
	python_tests events_cases.py "$MODULE" "$PIN" "$WAY"
	python_tests lifetime_cases.py "$MODULE" "$PIN" "$WAY"
}

both_ways
