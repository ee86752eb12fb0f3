# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Derivations on a P-256 key, case by case. A case is right when the derived key is the one that python3-cryptography computes
on the other side, or when what cannot be done is refused with an error that says why.
"""
import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import cryptoki as ck
from other_side import OtherSide, card_certificate, octet_string, softcard_tool

PIN = b"123456"
KEY_ID = b"\x03"
SLOT = "9d"
SHARED = bytes.fromhex("3015300b060960864801650304012da206040400000100")  # an ECC-CMS-SharedInfo
LENGTH_REFUSALS = {"CKR_ATTRIBUTE_VALUE_INVALID", "CKR_KEY_SIZE_RANGE", "CKR_TEMPLATE_INCONSISTENT"}
PARAM_REFUSALS = {"CKR_MECHANISM_PARAM_INVALID"}
ARGUMENT_REFUSALS = {"CKR_MECHANISM_PARAM_INVALID", "CKR_ARGUMENTS_BAD"}
ATTRIBUTE_REFUSALS = {"CKR_ATTRIBUTE_VALUE_INVALID", "CKR_ARGUMENTS_BAD", "CKR_TEMPLATE_INCONSISTENT"}


def template(length=32, key_type=ck.CKK_GENERIC_SECRET, **more):
    """What pkcs11-tool asks for."""
    attributes = {ck.CKA_TOKEN: False, ck.CKA_CLASS: ck.CKO_SECRET_KEY, ck.CKA_KEY_TYPE: key_type,
                  ck.CKA_SENSITIVE: False, ck.CKA_EXTRACTABLE: True}
    if length is not None:
        attributes[ck.CKA_VALUE_LEN] = length
    return attributes | more


class Scene:
    """A logged-in session, the card's key and the other side; and the derivation of a case, watched."""

    def __init__(self, module, card, tool):
        self.card, self.tool = card, tool
        self.other = OtherSide(card_certificate(tool, card, SLOT).public_key())
        self.token = ck.Token(module, PIN)
        self.key = self.token.private_key(KEY_ID)
        self.commands = None
        # The first derivation may find out things that later ones know.
        try:
            self.token.destroy(self.token.derive(self.key, ck.EcdhMechanism(self.other.point), template()))
        except ck.Refused:
            pass

    def count(self):
        """Card commands since reset_count()."""
        return int(re.search(rb"commands (\d+)", softcard_tool(self.tool, "count", self.card))[1])

    def reset_count(self):
        softcard_tool(self.tool, "count", "--reset", self.card)

    def watched(self, action):
        self.reset_count()
        try:
            return action()
        finally:
            self.commands = self.count()

    def derive(self, mechanism, attributes):
        return self.watched(lambda: self.token.derive(self.key, mechanism, attributes))

    def gives(self, mechanism, attributes, wanted):
        value = self.token.attribute(self.derive(mechanism, attributes), ck.CKA_VALUE)
        return "right" if value == wanted else wrong(value, self.other.z)


def wrong(value, z):
    return "WRONG: raw Z" if value == z else f"WRONG: {len(value)} other bytes"


def kdf_case(name, number, length, shared=b"", key_type=ck.CKK_AES):
    def case(s):
        return s.gives(ck.EcdhMechanism(s.other.point, number, shared), template(length, key_type),
                       s.other.x963(name, length, shared))
    return case


def raw_point(s):
    return s.gives(ck.EcdhMechanism(s.other.point), template(), s.other.z)


def der_point(s):
    return s.gives(ck.EcdhMechanism(octet_string(s.other.point)), template(), s.other.z)


def compressed_point(s):
    return s.gives(ck.EcdhMechanism(s.other.compressed), template(), s.other.z)


def cofactor(s):
    return s.gives(ck.EcdhMechanism(s.other.point, mechanism=ck.CKM_ECDH1_COFACTOR_DERIVE), template(), s.other.z)


def minimal_template(s):
    return s.gives(ck.EcdhMechanism(s.other.point),
                   {ck.CKA_CLASS: ck.CKO_SECRET_KEY, ck.CKA_KEY_TYPE: ck.CKK_GENERIC_SECRET}, s.other.z)


def shorter_generic(s):
    return s.gives(ck.EcdhMechanism(s.other.point), template(16), s.other.z[-16:])


def shorter_aes(s):
    return s.gives(ck.EcdhMechanism(s.other.point), template(16, ck.CKK_AES), s.other.z[-16:])


def longer_than_a_hash(s):
    return s.gives(ck.EcdhMechanism(s.other.point, ck.CKD_SHA256_KDF, SHARED), template(100),
                   s.other.x963("SHA256", 100, SHARED))


def sp800(s):
    return s.gives(ck.EcdhMechanism(s.other.point, ck.CKD_SHA256_KDF_SP800, SHARED), template(32, ck.CKK_AES),
                   s.other.concat("SHA256", 32, SHARED))


def derived_key_encrypts(s):
    handle = s.derive(ck.EcdhMechanism(s.other.point), template(32, ck.CKK_AES))
    cipher = Cipher(algorithms.AES(s.other.z), modes.CBC(bytes(16))).encryptor()
    wanted = cipher.update(bytes(64)) + cipher.finalize()
    got = s.token.encrypt(handle, ck.CKM_AES_CBC, bytes(16), bytes(64))
    return "right" if got == wanted else "WRONG: other ciphertext"


def too_long(s):
    return s.gives(ck.EcdhMechanism(s.other.point), template(33), b"no right answer")


def spki_point(s):
    return s.gives(ck.EcdhMechanism(s.other.spki), template(), b"no right answer")


def off_curve(s):
    bad = s.other.point[:-1] + bytes([s.other.point[-1] ^ 1])
    return s.gives(ck.EcdhMechanism(bad), template(), b"no right answer")


def short_point(s):
    return s.gives(ck.EcdhMechanism(s.other.point[:40]), template(), b"no right answer")


def unknown_kdf(s):
    return s.gives(ck.EcdhMechanism(s.other.point, 0x99), template(), b"no right answer")


def sensitive(s):
    handle = s.derive(ck.EcdhMechanism(s.other.point), template() | {ck.CKA_SENSITIVE: True, ck.CKA_EXTRACTABLE: False})
    return "WRONG: the value is shown" if s.token.attribute(handle, ck.CKA_VALUE) else "WRONG: an empty value"


def spoiled(change):
    """A mechanism that a careless caller might pass."""
    def case(s):
        mechanism = ck.EcdhMechanism(s.other.point, ck.CKD_SHA256_KDF, SHARED)
        change(mechanism)
        return s.gives(mechanism, template(), b"no right answer")
    return case


def no_parameter(m):
    m.native.parameter, m.native.length = None, 0


def null_parameter(m):
    m.native.parameter = None


def short_parameter(m):
    m.native.length -= 8


def null_point(m):
    m.params.public = None


def null_shared(m):
    m.params.shared = None


def shared_with_null_kdf(m):
    m.params.kdf = ck.CKD_NULL


def empty_point(m):
    m.params.public_len = 0


def null_attribute(s):
    return s.gives(ck.EcdhMechanism(s.other.point), template() | {ck.CKA_VALUE_LEN: None}, b"no right answer")


def null_template(s):
    handle = ck.ULONG()
    s.watched(lambda: s.token.must("DeriveKey", s.token.session, ck.c.byref(ck.EcdhMechanism(s.other.point).native),
                                   s.key, None, ck.ULONG(3), ck.c.byref(handle)))
    return "WRONG: taken"


def null_handle(s):
    rows = ck.Template(template())
    mechanism = ck.EcdhMechanism(s.other.point)
    s.watched(lambda: s.token.must("DeriveKey", s.token.session, ck.c.byref(mechanism.native), s.key, rows.array,
                                   ck.ULONG(rows.count), None))
    return "WRONG: taken"


def null_mechanism(s):
    rows, handle = ck.Template(template()), ck.ULONG()
    s.watched(lambda: s.token.must("DeriveKey", s.token.session, None, s.key, rows.array, ck.ULONG(rows.count),
                                   ck.c.byref(handle)))
    return "WRONG: taken"


RIGHT = {"right"}
CASES = {  # name: (the case, what counts as the right outcome)
    "point raw": (raw_point, RIGHT),
    "point in a DER OCTET STRING": (der_point, RIGHT),
    "point compressed": (compressed_point, RIGHT),
    "cofactor mechanism": (cofactor, RIGHT),
    "template of class and key type alone": (minimal_template, RIGHT),
    "generic secret of 16 bytes": (shorter_generic, RIGHT),
    "AES key of 16 bytes": (shorter_aes, RIGHT),
    "CKD_SHA1_KDF": (kdf_case("SHA1", ck.CKD_SHA1_KDF, 16), RIGHT),
    "CKD_SHA224_KDF": (kdf_case("SHA224", ck.CKD_SHA224_KDF, 24), RIGHT),
    "CKD_SHA256_KDF": (kdf_case("SHA256", ck.CKD_SHA256_KDF, 32), RIGHT),
    "CKD_SHA384_KDF": (kdf_case("SHA384", ck.CKD_SHA384_KDF, 32), RIGHT),
    "CKD_SHA512_KDF": (kdf_case("SHA512", ck.CKD_SHA512_KDF, 32), RIGHT),
    "CKD_SHA256_KDF, shared data": (kdf_case("SHA256", ck.CKD_SHA256_KDF, 32, SHARED), RIGHT),
    "CKD_SHA256_KDF, 100 bytes": (longer_than_a_hash, RIGHT),
    "CKD_SHA256_KDF_SP800": (sp800, RIGHT),
    "derived AES key encrypts": (derived_key_encrypts, RIGHT),
    "33 bytes of a Z of 32": (too_long, LENGTH_REFUSALS),
    "SubjectPublicKeyInfo as point": (spki_point, PARAM_REFUSALS),
    "point off the curve": (off_curve, PARAM_REFUSALS),
    "point cut short": (short_point, PARAM_REFUSALS),
    "unknown kdf 0x99": (unknown_kdf, PARAM_REFUSALS),
    "sensitive key, value asked for": (sensitive, {"CKR_ATTRIBUTE_SENSITIVE"}),
}
CARELESS = {  # callers' mistakes that must not end the process
    "no parameter": (spoiled(no_parameter), ARGUMENT_REFUSALS),
    "parameter NULL, length right": (spoiled(null_parameter), ARGUMENT_REFUSALS),
    "parameter of a wrong length": (spoiled(short_parameter), PARAM_REFUSALS),
    "public data NULL": (spoiled(null_point), ARGUMENT_REFUSALS),
    "public data of no bytes": (spoiled(empty_point), PARAM_REFUSALS),
    "shared data NULL, length 23": (spoiled(null_shared), ARGUMENT_REFUSALS),
    "shared data with CKD_NULL": (spoiled(shared_with_null_kdf), PARAM_REFUSALS),
    "attribute value NULL": (null_attribute, ATTRIBUTE_REFUSALS),
    "template NULL, count 3": (null_template, {"CKR_ARGUMENTS_BAD"}),
    "mechanism NULL": (null_mechanism, {"CKR_ARGUMENTS_BAD"}),
    "handle NULL": (null_handle, {"CKR_ARGUMENTS_BAD"}),
}


def outcome_of(module, card, tool, case):
    """(what came of a case, how many card commands its derivation took)"""
    scene = Scene(module, card, tool)
    try:
        outcome = case(scene)
    except ck.Refused as refusal:
        outcome = ck.rv_name(refusal.rv)
    return outcome, scene.commands
