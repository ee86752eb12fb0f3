#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write the plan that tests/integration/residue.c follows.

    residue_plan.py KEY.pem CKA_ID RSA.pem PLAN

KEY.pem is the card's own private key (P-256), RSA.pem another one: from them, and not from any module, come the secrets
that the search looks for. They are written masked, byte by byte, so that no process that reads the plan holds them.
"""

import hashlib
import hmac
import os
import sys

from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
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


def tls12_prf(key, seed, length):
    a, out = seed, b""
    while len(out) < length:
        a = hmac.new(key, a, "sha256").digest()
        out += hmac.new(key, a + seed, "sha256").digest()
    return out[:length]


def load(key_file):
    with open(key_file, "rb") as file:
        return serialization.load_pem_private_key(file.read(), None)


def main():
    key_file, cka_id, rsa_file, plan_file = sys.argv[1:]
    card_key = load(key_file)
    peer = ec.generate_private_key(card_key.curve)
    shared = os.urandom(40)
    z = peer.exchange(ec.ECDH(), card_key.public_key())
    kek = X963KDF(hashes.SHA256(), 32, shared).derive(z)
    other = ConcatKDFHash(hashes.SHA256(), 32, shared).derive(z)
    content = os.urandom(32)
    iv = os.urandom(16)
    by_rsa = os.urandom(32)
    password = os.urandom(20)
    randoms = os.urandom(64)
    plan = {
        "id": bytes.fromhex(cka_id),
        "peer": peer.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint),
        "shared": shared,
        "wrapped": aes_key_wrap(kek, content),
        "iv": iv,
        "ciphertext": cbc_pad(content, iv, MESSAGE),
        "message": MESSAGE,
        "by-rsa": load(rsa_file).public_key().encrypt(by_rsa, rsa_padding.PKCS1v15()),
        "password": masked(password),
        "randoms": randoms,
        "secret:Z": masked(z),
        "secret:X9.63-key": masked(kek),
        "secret:SP800-56A-key": masked(other),
        "secret:content-key": masked(content),
        "secret:HKDF-key": masked(HKDF(hashes.SHA256(), 32, None, shared).derive(z)),
        "secret:TLS-master": masked(tls12_prf(z, b"master secret" + randoms, 48)),
        "secret:PBKDF2-key": masked(hashlib.pbkdf2_hmac("sha256", password, iv, 1000, 32)),
        "secret:RSA-key": masked(by_rsa),
    }
    with open(plan_file, "w", encoding="ascii") as file:
        for name, value in plan.items():
            file.write(f"{name} {value.hex()}\n")


main()
