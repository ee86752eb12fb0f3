# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    rsa_cases.py MODULE CARD TOOL

PyKCS11 drives the module, python3-cryptography is the other side: what public keys encrypt and verify, the card's and those that
C_CreateObject makes of anybody's.
"""
import sys

import PyKCS11 as p11
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from other_side import card_certificate
from totals import Totals

PIN = "123456"
ID_OPEN = b"\x03"  # 9d
DATA = b"what is to be encrypted or signed"
OID_P256 = bytes.fromhex("06082a8648ce3d030107")
OAEP = {"SHA1": hashes.SHA1, "SHA256": hashes.SHA256, "SHA512": hashes.SHA512}


def number(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


class Scene:
    def __init__(self, module, card, tool):
        self.lib = p11.PyKCS11Lib()
        self.lib.load(module)
        slot = self.lib.getSlotList(tokenPresent=True)[0]
        self.session = self.lib.openSession(slot, p11.CKF_SERIAL_SESSION)
        self.session.login(PIN)
        self.public = card_certificate(tool, card, "9d").public_key()

    def key(self, object_class):
        return self.session.findObjects([(p11.CKA_CLASS, object_class), (p11.CKA_ID, ID_OPEN)])[0]

    def create(self, key_type, *parts):
        return self.session.createObject([(p11.CKA_CLASS, p11.CKO_PUBLIC_KEY), (p11.CKA_KEY_TYPE, key_type), *parts])

    def create_rsa(self, numbers):
        return self.create(p11.CKK_RSA, (p11.CKA_MODULUS, number(numbers.n)), (p11.CKA_PUBLIC_EXPONENT, number(numbers.e)))


def mechanisms():
    yield "PKCS #1 v1.5", p11.Mechanism(p11.CKM_RSA_PKCS)
    for name in OAEP:
        digest = p11.CKM_SHA_1 if name == "SHA1" else getattr(p11, "CKM_" + name)
        yield f"OAEP with {name}", p11.RSAOAEPMechanism(digest, getattr(p11, "CKG_MGF1_" + name))


def pad_of(name):
    if not name.startswith("OAEP"):
        return padding.PKCS1v15()
    chosen = OAEP[name.rsplit(" ", 1)[1]]()
    return padding.OAEP(mgf=padding.MGF1(algorithm=chosen), algorithm=chosen, label=None)


def encrypts(totals, scene):
    """The card's public key, and a copy of it in the session; and another's, which its private key opens."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    copy = scene.create_rsa(scene.public.public_numbers())
    others = scene.create_rsa(other.public_key().public_numbers())
    for name, mechanism in mechanisms():
        for whose, handle in (("the card's public key", scene.key(p11.CKO_PUBLIC_KEY)), ("a copy of it", copy)):
            encrypted = bytes(scene.session.encrypt(handle, DATA, mechanism))
            opened = bytes(scene.session.decrypt(scene.key(p11.CKO_PRIVATE_KEY), encrypted, mechanism))
            totals.equal(f"{name}: {whose} encrypts, the card decrypts", opened, DATA)
        encrypted = bytes(scene.session.encrypt(others, DATA, mechanism))
        totals.equal(f"{name}: a key of 3072 bits encrypts", other.decrypt(encrypted, pad_of(name)), DATA)
        encrypted = scene.public.encrypt(DATA, pad_of(name))
        opened = bytes(scene.session.decrypt(scene.key(p11.CKO_PRIVATE_KEY), encrypted, mechanism))
        totals.equal(f"{name}: what another encrypts the card decrypts", opened, DATA)


def verifies(totals, scene):
    """Signatures of keys that never were on a card."""
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    handle = scene.create_rsa(own.public_key().public_numbers())
    mechanism = p11.Mechanism(p11.CKM_SHA256_RSA_PKCS)
    signature = own.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    totals.check("RSA is verified", scene.session.verify(handle, DATA, signature, mechanism))
    totals.check("and no other data", not scene.session.verify(handle, DATA + b".", signature, mechanism))
    pss = p11.RSA_PSS_Mechanism(p11.CKM_SHA256_RSA_PKCS_PSS, p11.CKM_SHA256, p11.CKG_MGF1_SHA256, 32)
    signature = own.sign(DATA, padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32), hashes.SHA256())
    totals.check("RSA-PSS is verified", scene.session.verify(handle, DATA, signature, pss))
    curve = ec.generate_private_key(ec.SECP256R1())
    point = curve.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    handle = scene.create(p11.CKK_EC, (p11.CKA_EC_PARAMS, OID_P256), (p11.CKA_EC_POINT, b"\x04\x41" + point))
    r, s = utils.decode_dss_signature(curve.sign(DATA, ec.ECDSA(hashes.SHA512())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    mechanism = p11.Mechanism(p11.CKM_ECDSA_SHA512)
    totals.check("ECDSA is verified", scene.session.verify(handle, DATA, signature, mechanism))
    totals.check("and no other data", not scene.session.verify(handle, DATA + b".", signature, mechanism))


def main():
    totals = Totals()
    scene = Scene(*sys.argv[1:4])
    totals.run(encrypts, scene)
    totals.run(verifies, scene)
    totals.end()


main()
