#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
From a card's ECDH key to session keys that work, with PyKCS11:

    session_keys.py MODULE PIN [KEY-ID]

KEY-ID is in hexadecimal (`pkcs11-tool -O` shows it); without it the first key that derives is taken. Every step is also done by
python3-cryptography with the other side's private key, and the two must agree. Nothing is written to the card.
"""
import ctypes
import os
import sys

import PyKCS11 as p11
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

CURVES = {"06082a8648ce3d030107": ec.SECP256R1(), "06052b81040022": ec.SECP384R1(), "06052b81040023": ec.SECP521R1()}


def agree(step, ours, theirs):
    if ours != theirs:
        sys.exit(f"{step}: {ours.hex()}, and the other side has {theirs.hex()}")
    print(f"{step}: {len(ours)} bytes, both sides agree")


def template(key_type, length=None, **more):
    """What the new key is to be: template(CKK_AES, 32, SENSITIVE=True)."""
    wanted = [(p11.CKA_CLASS, p11.CKO_SECRET_KEY), (p11.CKA_KEY_TYPE, key_type)]
    if length:
        wanted.append((p11.CKA_VALUE_LEN, length))
    return wanted + [(getattr(p11, "CKA_" + name), value) for name, value in more.items()]


class HkdfParams(ctypes.Structure):
    """CK_HKDF_PARAMS, which PyKCS11 1.5 does not have."""
    _fields_ = [("bExtract", ctypes.c_ubyte), ("bExpand", ctypes.c_ubyte), ("prfHashMechanism", ctypes.c_ulong),
                ("ulSaltType", ctypes.c_ulong), ("pSalt", ctypes.c_void_p), ("ulSaltLen", ctypes.c_ulong),
                ("hSaltKey", ctypes.c_ulong), ("pInfo", ctypes.c_void_p), ("ulInfoLen", ctypes.c_ulong)]


CKF_HKDF_SALT_DATA = 2


def hkdf(salt, info):
    """HKDF with SHA-256, extract and expand."""
    kept = ctypes.create_string_buffer(salt, len(salt)), ctypes.create_string_buffer(info, len(info))
    params = HkdfParams(1, 1, p11.CKM_SHA256, CKF_HKDF_SALT_DATA, ctypes.addressof(kept[0]), len(salt), 0,
                        ctypes.addressof(kept[1]), len(info))
    mechanism = p11.Mechanism(p11.CKM_HKDF_DERIVE, bytes(params))
    mechanism.kept = kept  # the parameters point to them
    return mechanism


class Card:
    def __init__(self, module, pin, key_id):
        library = p11.PyKCS11Lib()
        library.load(module)
        self.session = library.openSession(library.getSlotList(tokenPresent=True)[0], p11.CKF_SERIAL_SESSION)
        self.session.login(pin)
        wanted = [(p11.CKA_CLASS, p11.CKO_PRIVATE_KEY), (p11.CKA_KEY_TYPE, p11.CKK_EC), (p11.CKA_DERIVE, True)]
        self.key = self.session.findObjects(wanted + ([(p11.CKA_ID, key_id)] if key_id else []))[0]
        found = self.session.getAttributeValue(self.key, [p11.CKA_ID])[0]
        public = self.session.findObjects([(p11.CKA_CLASS, p11.CKO_PUBLIC_KEY), (p11.CKA_ID, bytes(found))])[0]
        parameters, point = self.session.getAttributeValue(public, [p11.CKA_EC_PARAMS, p11.CKA_EC_POINT])
        self.curve = CURVES[bytes(parameters).hex()]
        point = bytes(point)
        point = point[3 if point[1] == 0x81 else 2:]  # out of its OCTET STRING
        self.public = ec.EllipticCurvePublicKey.from_encoded_point(self.curve, point)

    def derive(self, mechanism, wanted, base=None):
        return self.session.deriveKey(base or self.key, wanted, mechanism)

    def value(self, key):
        return bytes(self.session.getAttributeValue(key, [p11.CKA_VALUE], allAsBinary=True)[0])


class OtherSide:
    """Somebody who has the card's public key, and sends the card a fresh one."""

    def __init__(self, card):
        private = ec.generate_private_key(card.curve)
        self.point = private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.z = private.exchange(ec.ECDH(), card.public)


def key_derivation_functions(card, other):
    """The card computes the agreement; the KDF, the key's type and its length are the module's."""
    info = b"shared info"
    for name, digest in (("SHA1", hashes.SHA1()), ("SHA256", hashes.SHA256()), ("SHA384", hashes.SHA384()),
                         ("SHA512", hashes.SHA512())):
        key = card.derive(p11.ECDH1_DERIVE_Mechanism(other.point, getattr(p11, f"CKD_{name}_KDF"), info),
                          template(p11.CKK_AES, 32))
        agree(f"ECDH, X9.63 with {name}", card.value(key), X963KDF(digest, 32, info).derive(other.z))
    key = card.derive(p11.ECDH1_DERIVE_Mechanism(other.point, p11.CKD_SHA256_KDF_SP800, info),
                      template(p11.CKK_GENERIC_SECRET, 50))
    agree("ECDH, SP 800-56A with SHA256", card.value(key), ConcatKDFHash(hashes.SHA256(), 50, info).derive(other.z))


def hkdf_chain(card, other):
    """Z stays inside as a key that derives only; HKDF makes an encryption key and a MAC key of it."""
    z = card.derive(p11.ECDH1_DERIVE_Mechanism(other.point), template(p11.CKK_GENERIC_SECRET, SENSITIVE=True, DERIVE=True))
    salt, text = b"salt", b"a message"
    keys = {info: HKDF(hashes.SHA256(), 32, salt, info).derive(other.z) for info in (b"encryption", b"authentication")}

    mac_key = card.derive(hkdf(salt, b"authentication"), template(p11.CKK_GENERIC_SECRET, 32, SENSITIVE=True, SIGN=True), z)
    theirs = hmac.HMAC(keys[b"authentication"], hashes.SHA256())
    theirs.update(text)
    agree("HKDF, then HMAC", bytes(card.session.sign(mac_key, text, p11.Mechanism(p11.CKM_SHA256_HMAC))), theirs.finalize())

    gcm_key = card.derive(hkdf(salt, b"encryption"), template(p11.CKK_AES, 32, SENSITIVE=True), z)
    nonce, header = os.urandom(12), b"header"
    mechanism = p11.AES_GCM_Mechanism(nonce, header, 128)
    encrypted = AESGCM(keys[b"encryption"]).encrypt(nonce, text, header)
    agree("HKDF, then AES-GCM", bytes(card.session.encrypt(gcm_key, text, mechanism)), encrypted)
    agree("and back", bytes(card.session.decrypt(gcm_key, encrypted, mechanism)), text)


def wrapped_key(card, other):
    """What S/MIME does: a key that encrypts keys, and in it the key that the message is encrypted with."""
    kek = card.derive(p11.ECDH1_DERIVE_Mechanism(other.point, p11.CKD_SHA256_KDF), template(p11.CKK_AES, 32, SENSITIVE=True))
    content_key, nonce, text = os.urandom(16), os.urandom(12), b"the content"
    sent = aes_key_wrap(X963KDF(hashes.SHA256(), 32, None).derive(other.z), content_key)
    wrap = p11.Mechanism(p11.CKM_AES_KEY_WRAP)
    key = card.session.unwrapKey(kek, sent, template(p11.CKK_AES), wrap)
    encrypted = AESGCM(content_key).encrypt(nonce, text, None)
    agree("unwrap, then AES-GCM", bytes(card.session.decrypt(key, encrypted, p11.AES_GCM_Mechanism(nonce, b"", 128))), text)
    agree("and wrap again", bytes(card.session.wrapKey(kek, key, wrap)), sent)


STEPS = (key_derivation_functions, hkdf_chain, wrapped_key)

if __name__ == "__main__":
    the_card = Card(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]) if len(sys.argv) > 3 else None)
    for step_of_it in STEPS:
        step_of_it(the_card, OtherSide(the_card))
