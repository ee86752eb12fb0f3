#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# strongSwan: two gateways in two network namespaces, of which one has the card. charon-systemd speaks IKE, swanctl tells it what
# to do; its own userspace ESP (kernel-libipsec) carries the packets, so that no module of the kernel is needed.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

ALICE=192.168.77.1
MOON=192.168.77.2
ALICE_INSIDE=10.77.1.1
MOON_INSIDE=10.77.2.1
PLUGINS="random nonce pem pkcs1 pkcs8 x509 pubkey constraints openssl gcm hmac kdf kernel-libipsec kernel-netlink"
PLUGINS+=" socket-default updown vici"

# in_moon COMMAND...: in the namespace of the gateway without a card.
in_moon() {
	nsenter -t "$moon_holder" -n "$@"
}

# The second namespace is held by a sleeping program, so that nothing of it is left when that ends.
make_network() {
	unshare --net sleep infinity &
	moon_holder=$!
	wait_for own_namespace && ip link add to-moon type veth peer name to-alice netns "$moon_holder" &&
		ip address add "$ALICE/24" dev to-moon && ip link set to-moon up && ip address add "$ALICE_INSIDE/32" dev lo &&
		in_moon ip address add "$MOON/24" dev to-alice && in_moon ip link set to-alice up &&
		in_moon ip link set lo up && in_moon ip address add "$MOON_INSIDE/32" dev lo
}

own_namespace() {
	[ "$(readlink "/proc/$moon_holder/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# ---- configuration -------------------------------------------------------------------------------------

# daemon_config NAME [PKCS11-SECTION]
daemon_config() {
	mkdir -p "$1"/x509 "$1"/x509ca "$1"/private "$1"/ecdsa
	cp "$PKI/ca.pem" "$1/x509ca/"
	cat >"$1/strongswan.conf" <<-END
		charon-systemd {
			load = ${2:+pkcs11} $PLUGINS
			plugins {
				vici { socket = unix://$PWD/$1/vici }
				kernel-netlink { fwmark = !0x42 }
				socket-default { fwmark = 0x42 }
				kernel-libipsec { allow_peer_ts = yes }
				${2:-}
			}
			filelog {
				log { path = $PWD/$1/log
					default = 1
					cfg = 2
					flush_line = yes }
			}
		}
		swanctl { load = pem pkcs1 pkcs8 x509 pubkey openssl random }
	END
}

moon_config() {
	daemon_config moon
	cp "$PKI/server.pem" moon/x509/
	cp "$PKI/server.key" moon/private/
	cat >moon/swanctl.conf <<-END
		connections {
			card {
				version = 2
				local_addrs = $MOON
				proposals = aes256-sha256-ecp256
				local { auth = pubkey
					certs = server.pem
					id = localhost }
				remote { auth = pubkey
					cacerts = ca.pem
					id = $MAIL_ADDRESS }
				children { inside { local_ts = $MOON_INSIDE/32
					remote_ts = $ALICE_INSIDE/32
					esp_proposals = aes256-sha256 } }
			}
		}
	END
}

# alice_config MODULE ID USE_DH
alice_config() {
	daemon_config alice "pkcs11 { use_dh = $3
		use_ecc = $3
		modules { $1 { path = $(module_of "$1") } } }"
	cat >alice/swanctl.conf <<-END
		connections {
			card {
				version = 2
				local_addrs = $ALICE
				remote_addrs = $MOON
				proposals = aes256-sha256-ecp256
				local { auth = pubkey
					id = $MAIL_ADDRESS
					cert-card { handle = $2
						module = $1 } }
				remote { auth = pubkey
					cacerts = ca.pem
					id = localhost }
				children { inside { local_ts = $ALICE_INSIDE/32
					remote_ts = $MOON_INSIDE/32
					esp_proposals = aes256-sha256 } }
			}
		}
		secrets {
			token-card { handle = $2
				module = $1
				pin = $PIN }
		}
	END
}

# ---- running -------------------------------------------------------------------------------------------

control() {
	local name=$1
	shift
	SWANCTL_DIR=$PWD/$name STRONGSWAN_CONF=$PWD/$name/strongswan.conf timeout 60 swanctl "$@" --uri "unix://$PWD/$name/vici"
}

start_moon() {
	rm -f moon/log
	STRONGSWAN_CONF=$PWD/moon/strongswan.conf nsenter -t "$moon_holder" -n charon-systemd >moon/out 2>&1 &
	moon=$!
	wait_for control moon --stats && control moon --load-all --file moon/swanctl.conf
}

# In moon's network somebody says hello to one caller; who calls from alice's address gets there by the tunnel only.
hello_server() {
	exec nsenter -t "$moon_holder" -n timeout 60 "$PYTHON" -c 'if True:
		import socket, sys
		with socket.create_server((sys.argv[1], 7)) as server:
			print("ready", flush=True)
			server.accept()[0].sendall(b"hello")' "$MOON_INSIDE"
}

hears_hello() {
	timeout 30 "$PYTHON" -c 'if True:
		import socket, sys
		with socket.create_connection((sys.argv[2], 7), source_address=(sys.argv[1], 0)) as connection:
			sys.exit(connection.recv(5) != b"hello")' "$ALICE_INSIDE" "$MOON_INSIDE"
}

talk() {
	local hello status
	: >hello
	hello_server >hello &
	hello=$!
	wait_for grep -q ready hello && hears_hello
	status=$?
	end "$hello"
	return "$status"
}

start_alice() {
	STRONGSWAN_CONF=$PWD/alice/strongswan.conf ASAN_OPTIONS=detect_leaks=0 timeout "$STOCK_SECONDS" \
		env ${PRELOAD:+LD_PRELOAD="$PRELOAD"} charon-systemd >alice/out 2>&1 &
	alice=$!
	wait_for control alice --stats && control alice --load-all --file alice/swanctl.conf
}

# connects MODULE ID USE_DH: and what goes through the tunnel arrives.
connects() {
	local alice='' moon status
	rm -rf alice
	alice_config "$@"
	start_moon && start_alice && control alice --initiate --child inside && talk
	status=$?
	end ${alice:+"$alice"} "$moon"
	cat alice/log
	[ "$status" = 0 ] || cat moon/log
	return "$status"
}

run_tests() {
	client strongswan strongswan-swanctl charon-systemd swanctl nsenter || return
	[ -c /dev/net/tun ] || {
		note "strongSwan's ESP needs /dev/net/tun, which this machine has not"
		row "IKEv2" "not run: no /dev/net/tun" -
		return
	}
	check "two network namespaces" make_network || return
	moon_config
	job "IKEv2 with the card's EC key" connects 01 no
	# The card makes no key pairs: strongSwan, having asked, takes OpenSSL's.
	job "IKEv2, EC key, use_dh and use_ecc (key pair by OpenSSL)" connects 01 yes
	check "another card" put_card "$CARD_RSA"
	job "IKEv2 with the card's RSA key" connects 01 no
	end "$moon_holder"
}

client_test
