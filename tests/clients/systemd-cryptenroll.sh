#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# systemd-cryptenroll finds the card through p11-kit and enrols its RSA key with a LUKS2 volume in a file, which cryptsetup then
# opens with the card (systemd 252 takes no EC keys), as far as that goes without the kernel's device mapper.
# shellcheck source=tests/clients/clients.sh
. "${TOP_SRCDIR:?}/tests/clients/clients.sh"

CONFIGS=$(pkg-config --variable=p11_module_configs p11-kit-1)
PLUGIN=$(pkg-config --variable=libdir p11-kit-1)/cryptsetup/libcryptsetup-token-systemd-pkcs11.so
PASSWORD=correct-horse

# with_module MODULE PROGRAM ARG...: in a system whose p11-kit knows that one module.
with_module() {
	mkdir -p "modules-$1"
	echo "module: $(module_of "$1")" >"modules-$1/$1.module"
	# shellcheck disable=SC2016 # the inner shell expands it
	stock unshare --mount --propagation private sh -c 'mount --bind "$0" "$1" && shift && exec "$@"' "modules-$1" "$CONFIGS" "${@:2}"
}

lists() {
	with_module "$1" systemd-cryptenroll --pkcs11-token-uri=list >list.txt && cat list.txt && grep -q "^pkcs11:.*token=Alice" list.txt
}

# enrols MODULE: the volume's key, encrypted to the key of the card's certificate.
enrols() {
	dd if=/dev/zero of="volume-$1" bs=1M count=20 status=none && echo -n "$PASSWORD" >password &&
		cryptsetup luksFormat --batch-mode --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "volume-$1" password &&
		with_module "$1" env PASSWORD="$PASSWORD" PIN="$PIN" systemd-cryptenroll --pkcs11-token-uri="$TOKEN" "volume-$1" &&
		cryptsetup luksDump "volume-$1" | grep systemd-pkcs11
}

opens() {
	echo -n "$PIN" | with_module "$1" cryptsetup open --test-passphrase --token-only "volume-$1"
}

run_tests() {
	TOKEN="pkcs11:token=Alice%209a;id=%03"
	client systemd-cryptenroll systemd systemd-cryptenroll cryptsetup "$PLUGIN" || return
	job "lists the card" lists
	check "another card" put_card "$CARD_RSA"
	job "enrols the card's RSA key with a LUKS2 volume" enrols
	job "cryptsetup opens the volume with the card" opens
}

client_test
