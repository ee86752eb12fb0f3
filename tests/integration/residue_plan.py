#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write the plan that tests/integration/residue.c follows.

    residue_plan.py KEY.pem CKA_ID PLAN

KEY.pem is the card's own private key (P-256): from it, and not from any module, come the secrets that the search
looks for. They are written masked, byte by byte, so that no process that reads the plan holds them.
"""

import os
import sys

from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

MASK = 0xA5  # as in residue.c
MESSAGE = b"The quick brown fox has nothing to hide."


def masked(secret):
    return bytes(byte ^ MASK for byte in secret)


def cbc_pad(key, iv, message):
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(message) + padder.finalize()) + encryptor.finalize()


def main():
    key_file, cka_id, plan_file = sys.argv[1:]
    with open(key_file, "rb") as file:
        card_key = serialization.load_pem_private_key(file.read(), None)
    peer = ec.generate_private_key(card_key.curve)
    shared = os.urandom(40)
    z = peer.exchange(ec.ECDH(), card_key.public_key())
    kek = X963KDF(hashes.SHA256(), 32, shared).derive(z)
    other = ConcatKDFHash(hashes.SHA256(), 32, shared).derive(z)
    content = os.urandom(32)
    iv = os.urandom(16)
    plan = {
        "id": bytes.fromhex(cka_id),
        "peer": peer.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint),
        "shared": shared,
        "wrapped": aes_key_wrap(kek, content),
        "iv": iv,
        "ciphertext": cbc_pad(content, iv, MESSAGE),
        "message": MESSAGE,
        "secret:Z": masked(z),
        "secret:X9.63-key": masked(kek),
        "secret:SP800-56A-key": masked(other),
        "secret:content-key": masked(content),
    }
    with open(plan_file, "w", encoding="ascii") as file:
        for name, value in plan.items():
            file.write(f"{name} {value.hex()}\n")


main()
