# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    montgomery_cases.py OURS OPENSC CARD TOOL PEER Z

Derivations on an X25519 key of a card by our module, beside opensc-pkcs11. PEER is the other side's key (PEM), Z the file
with what `openssl pkeyutl -derive` makes of it and the card's public key.
"""
import re
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import cryptoki as ck
from derive_cases import LENGTH_REFUSALS, PARAM_REFUSALS, PIN, RIGHT, SHARED, template, wrong
from other_side import MontgomerySide, bit_string, octet_string, softcard_tool
from scoreboard import table
from totals import Totals

KEY_ID = b"\x02"  # the decryption key, as OpenSC shows it
CKA_EC_PARAMS = 0x180
CKA_EC_POINT = 0x181
CKK_EC_MONTGOMERY = 0x41
CKO_PUBLIC_KEY = 2
X25519_OID = bytes.fromhex("06032b656e")
X963 = {"SHA1": 2, "SHA224": 5, "SHA256": 6, "SHA384": 7, "SHA512": 8, "SHA3_224": 0xA, "SHA3_256": 0xB, "SHA3_384": 0xC,
        "SHA3_512": 0xD}
SP800 = {"SHA1": 0xE, "SHA224": 0xF, "SHA256": 0x10, "SHA384": 0x11, "SHA512": 0x12, "SHA3_224": 0x13, "SHA3_256": 0x14,
         "SHA3_384": 0x15, "SHA3_512": 0x16}


class Scene:
    def __init__(self, module, card, tool, other):
        self.card, self.tool, self.other = card, tool, other
        self.token = ck.Token(module, PIN)
        self.key = self.token.private_key(KEY_ID)
        self.commands = None

    def derive(self, mechanism, attributes):
        softcard_tool(self.tool, "count", "--reset", self.card)
        try:
            return self.token.derive(self.key, mechanism, attributes)
        finally:
            self.commands = int(re.search(rb"commands (\d+)", softcard_tool(self.tool, "count", self.card))[1])

    def gives(self, mechanism, attributes, wanted):
        value = self.token.attribute(self.derive(mechanism, attributes), ck.CKA_VALUE)
        return "right" if value == wanted else wrong(value, self.other.z)


def form(make):
    return lambda s: s.gives(ck.EcdhMechanism(make(s.other.point)), template(), s.other.z)


def cofactor(s):
    return s.gives(ck.EcdhMechanism(s.other.point, mechanism=ck.CKM_ECDH1_COFACTOR_DERIVE), template(), s.other.z)


def minimal_template(s):
    return s.gives(ck.EcdhMechanism(s.other.point),
                   {ck.CKA_CLASS: ck.CKO_SECRET_KEY, ck.CKA_KEY_TYPE: ck.CKK_GENERIC_SECRET}, s.other.z)


def shorter(key_type):
    return lambda s: s.gives(ck.EcdhMechanism(s.other.point), template(16, key_type), s.other.z[-16:])


def x963(name, number):
    return lambda s: s.gives(ck.EcdhMechanism(s.other.point, number, SHARED), template(48), s.other.x963(name, 48, SHARED))


def sp800(name, number):
    return lambda s: s.gives(ck.EcdhMechanism(s.other.point, number, SHARED), template(48),
                             s.other.concat(name, 48, SHARED))


def derived_key_encrypts(s):
    handle = s.derive(ck.EcdhMechanism(s.other.point), template(32, ck.CKK_AES))
    cipher = Cipher(algorithms.AES(s.other.z), modes.CBC(bytes(16))).encryptor()
    wanted = cipher.update(bytes(64)) + cipher.finalize()
    return "right" if s.token.encrypt(handle, ck.CKM_AES_CBC, bytes(16), bytes(64)) == wanted else "WRONG: other ciphertext"


def key_attributes(s):
    wanted = {ck.CKA_KEY_TYPE: ck.encoded(CKK_EC_MONTGOMERY), CKA_EC_PARAMS: X25519_OID}
    public = s.token.find({ck.CKA_CLASS: CKO_PUBLIC_KEY, ck.CKA_ID: KEY_ID})
    for handle in (s.key, public):
        for kind, value in wanted.items():
            if s.token.attribute(handle, kind) != value:
                return f"WRONG: attribute {kind:#x}"
    point = s.token.attribute(public, CKA_EC_POINT)
    return "right" if len(point) == 34 and point[:2] == b"\x04\x20" else "WRONG: CKA_EC_POINT"


def peer(data):
    return lambda s: s.gives(ck.EcdhMechanism(data(s.other)), template(), b"no right answer")


def too_long(s):
    return s.gives(ck.EcdhMechanism(s.other.point), template(33), b"no right answer")


def unknown_kdf(s):
    return s.gives(ck.EcdhMechanism(s.other.point, 0x99), template(), b"no right answer")


CASES = {
    "both halves say what they are": (key_attributes, RIGHT),
    "u-coordinate raw": (form(bytes), RIGHT),
    "u-coordinate in an OCTET STRING": (form(octet_string), RIGHT),
    "u-coordinate in a BIT STRING": (form(bit_string), RIGHT),
    "cofactor mechanism": (cofactor, RIGHT),
    "template of class and key type alone": (minimal_template, RIGHT),
    "16 bytes, generic": (shorter(ck.CKK_GENERIC_SECRET), RIGHT),
    "16 bytes, AES": (shorter(ck.CKK_AES), RIGHT),
    "the derived key encrypts": (derived_key_encrypts, RIGHT),
} | {f"CKD_{name}_KDF": (x963(name, number), RIGHT) for name, number in X963.items()} | {
    f"CKD_{name}_KDF_SP800": (sp800(name, number), RIGHT) for name, number in SP800.items()}

REFUSALS = {
    "more than the secret has": (too_long, LENGTH_REFUSALS),
    "31 bytes": (peer(lambda other: other.point[:31]), PARAM_REFUSALS),
    "33 bytes": (peer(lambda other: other.point + b"\0"), PARAM_REFUSALS),
    "a point 04 || X || Y": (peer(lambda other: b"\x04" + bytes(64)), PARAM_REFUSALS),
    "a SubjectPublicKeyInfo": (peer(lambda other: other.spki), PARAM_REFUSALS),
    "zero": (peer(lambda other: bytes(32)), PARAM_REFUSALS),
    "one": (peer(lambda other: b"\1" + bytes(31)), PARAM_REFUSALS),
    "p - 1": (peer(lambda other: b"\xec" + b"\xff" * 30 + b"\x7f"), PARAM_REFUSALS),
    "order 8": (peer(lambda other: bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")),
                PARAM_REFUSALS),
    "unknown KDF": (unknown_kdf, PARAM_REFUSALS),
}


def main():
    ours, opensc, card, tool, peer_file, z_file = sys.argv[1:]
    totals, other = Totals(), MontgomerySide(peer_file, z_file)

    def outcome(module, case):
        scene = Scene(module, card, tool, other)
        try:
            result = case(scene)
        except ck.Refused as refusal:
            result = ck.rv_name(refusal.rv)
        return result, scene.commands

    table(totals, "X25519", CASES, (ours, opensc), outcome)
    table(totals, "X25519, what cannot be", REFUSALS, (ours, opensc), outcome)
    totals.end()


main()
