# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    pykcs11_cases.py MODULE CARD TOOL

PyKCS11 drives the module; python3-cryptography says what is right. Derivations with every KDF, lengths and shared data,
templates, the chain derive - unwrap - decrypt over three sessions, and errors by name.
"""
import sys

import PyKCS11 as p11
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from other_side import OtherSide, card_certificate, octet_string
from totals import Totals

PIN = "123456"
KEYS = {"P-256": ("9d", b"\x03"), "P-384": ("82", b"\x05")}
SIGN_ONLY_ID = b"\x01"  # 9a: PIV authentication
HASH_LEN = {"SHA1": 20, "SHA224": 28, "SHA256": 32, "SHA384": 48, "SHA512": 64}
SHARED = [b"", b"\x00", bytes.fromhex("3015300b060960864801650304012da206040400000100"), bytes(range(256)) * 40]


class Scene:
    def __init__(self, module, card, tool):
        self.lib = p11.PyKCS11Lib()
        self.lib.load(module)
        self.slot = self.lib.getSlotList(tokenPresent=True)[0]
        self.session = self.open()
        self.session.login(PIN)
        self.others = {curve: OtherSide(card_certificate(tool, card, slot).public_key()) for curve, (slot, _) in KEYS.items()}

    def open(self):
        return self.lib.openSession(self.slot, p11.CKF_SERIAL_SESSION)

    def key(self, key_id, session=None):
        found = (session or self.session).findObjects([(p11.CKA_CLASS, p11.CKO_PRIVATE_KEY), (p11.CKA_ID, key_id)])
        assert len(found) == 1, f"{len(found)} private keys with the id {key_id.hex()}"
        return found[0]

    def derive(self, curve, template, kdf=p11.CKD_NULL, shared=b"", session=None):
        mechanism = p11.ECDH1_DERIVE_Mechanism(self.others[curve].point, kdf, shared or None)
        return (session or self.session).deriveKey(self.key(KEYS[curve][1], session), template, mechanism)

    def value(self, handle, session=None):
        got = (session or self.session).getAttributeValue(handle, [p11.CKA_VALUE], allAsBinary=True)[0]
        return None if got is None else bytes(got)


def secret(key_type=p11.CKK_GENERIC_SECRET, length=None, **more):
    """{CKA_CLASS, CKA_KEY_TYPE} and what the case adds by its name without CKA_."""
    template = [(p11.CKA_CLASS, p11.CKO_SECRET_KEY), (p11.CKA_KEY_TYPE, key_type)]
    if length is not None:
        template.append((p11.CKA_VALUE_LEN, length))
    return template + [(getattr(p11, "CKA_" + name), value) for name, value in more.items()]


def error_of(action):
    try:
        action()
    except p11.PyKCS11Error as error:
        return p11.CKR.get(error.value, hex(error.value))
    return "CKR_OK"


def refused(t, name, action, *wanted):
    got = error_of(action)
    t.check(name, got in wanted, f"{got}, wanted {' or '.join(wanted)}")


# ---- KDFs ----------------------------------------------------------------------------------------------

def lengths_of(digest):
    return [1, 16, HASH_LEN[digest], HASH_LEN[digest] + 1, 1000]


def kdfs(t, s, curve):
    for digest, hash_len in HASH_LEN.items():
        for form, number, right in [
                ("_KDF", getattr(p11, f"CKD_{digest}_KDF"), s.others[curve].x963),
                ("_KDF_SP800", getattr(p11, f"CKD_{digest}_KDF_SP800"), s.others[curve].concat)]:
            for length in lengths_of(digest):
                for shared in SHARED if length == hash_len + 1 else SHARED[2:3]:
                    handle = s.derive(curve, secret(length=length), number, shared)
                    t.equal(f"{curve} CKD_{digest}{form}, {length} bytes, shared data of {len(shared)}",
                            s.value(handle), right(digest, length, shared))
                    s.session.destroyObject(handle)


def sha3_kdfs(t, s):
    """Listed by PKCS#11 3.0: the right key, or a refusal by name; never another value."""
    other = s.others["P-256"]
    for digest in ("SHA3_224", "SHA3_256", "SHA3_384", "SHA3_512"):
        for form, right in (("_KDF", other.x963), ("_KDF_SP800", other.concat)):
            number = getattr(p11, f"CKD_{digest}{form}")
            try:
                got = s.value(s.derive("P-256", secret(length=32), number, SHARED[2]))
            except p11.PyKCS11Error as error:
                t.equal(f"CKD_{digest}{form} is refused by name", p11.CKR[error.value], "CKR_MECHANISM_PARAM_INVALID")
                continue
            t.equal(f"CKD_{digest}{form}", got, right(digest, 32, SHARED[2]))


def raw_lengths(t, s, curve):
    z = s.others[curve].z
    for length in (1, 16, 31, len(z)):
        handle = s.derive(curve, secret(length=length))
        t.equal(f"{curve} CKD_NULL, {length} bytes: the trailing ones of Z", s.value(handle), z[-length:])
    t.equal(f"{curve} CKD_NULL without a length: all of Z", s.value(s.derive(curve, secret())), z)
    for length in (0, len(z) + 1, 2 ** 32):
        refused(t, f"{curve} CKD_NULL, {length} bytes is refused", lambda n=length: s.derive(curve, secret(length=n)),
                "CKR_ATTRIBUTE_VALUE_INVALID", "CKR_KEY_SIZE_RANGE", "CKR_TEMPLATE_INCONSISTENT")


def points(t, s, curve):
    other = s.others[curve]
    for name, point in (("DER", octet_string(other.point)), ("compressed", other.compressed),
                        ("compressed in DER", octet_string(other.compressed))):
        mechanism = p11.ECDH1_DERIVE_Mechanism(point)
        handle = s.session.deriveKey(s.key(KEYS[curve][1]), secret(), mechanism)
        t.equal(f"{curve} point {name}", s.value(handle), other.z)
    for name, point in (("of the other curve", s.others["P-384" if curve == "P-256" else "P-256"].point),
                        ("at infinity", b"\x00"), ("with one byte too many", other.point + b"\x00"),
                        ("all zero", b"\x04" + bytes(len(other.point) - 1))):
        refused(t, f"{curve} point {name} is refused",
                lambda q=point: s.session.deriveKey(s.key(KEYS[curve][1]), secret(), p11.ECDH1_DERIVE_Mechanism(q)),
                "CKR_MECHANISM_PARAM_INVALID")


# ---- templates -----------------------------------------------------------------------------------------

def aes_keys(t, s):
    for length in (16, 24, 32):
        handle = s.derive("P-256", secret(p11.CKK_AES, length), p11.CKD_SHA256_KDF, SHARED[2])
        t.equal(f"AES key of {length} bytes", s.value(handle), s.others["P-256"].x963("SHA256", length, SHARED[2]))
    for length in (8, 17, 33):
        refused(t, f"AES key of {length} bytes is refused",
                lambda n=length: s.derive("P-256", secret(p11.CKK_AES, n), p11.CKD_SHA256_KDF),
                "CKR_ATTRIBUTE_VALUE_INVALID", "CKR_KEY_SIZE_RANGE", "CKR_TEMPLATE_INCONSISTENT")


def attributes(t, s):
    handle = s.derive("P-256", secret(p11.CKK_AES, 16, LABEL="mine", ID=b"\x77\x78"), p11.CKD_SHA1_KDF)
    for name, wanted in (("CLASS", p11.CKO_SECRET_KEY), ("KEY_TYPE", p11.CKK_AES), ("VALUE_LEN", 16), ("TOKEN", False),
                         ("LABEL", "mine"), ("SENSITIVE", False), ("EXTRACTABLE", True), ("LOCAL", False),
                         ("ALWAYS_SENSITIVE", False), ("NEVER_EXTRACTABLE", False)):
        t.equal(f"attribute {name}", s.session.getAttributeValue(handle, [getattr(p11, "CKA_" + name)])[0], wanted)
    t.equal("attribute ID", bytes(s.session.getAttributeValue(handle, [p11.CKA_ID])[0]), b"\x77\x78")
    found = s.session.findObjects([(p11.CKA_CLASS, p11.CKO_SECRET_KEY), (p11.CKA_LABEL, "mine")])
    t.equal("it is found by class and label", [f.value() for f in found], [handle.value()])


def protection(t, s):
    for name, more in (("sensitive", {"SENSITIVE": True}), ("unextractable", {"EXTRACTABLE": False})):
        handle = s.derive("P-256", secret(p11.CKK_AES, 32, **more))
        t.equal(f"the value of a key that is {name} is not shown", s.value(handle), None)
        t.equal(f"its length is", s.session.getAttributeValue(handle, [p11.CKA_VALUE_LEN])[0], 32)
        wanted = Cipher(algorithms.AES(s.others["P-256"].z), modes.ECB()).encryptor().update(bytes(16))
        got = s.session.encrypt(handle, bytes(16), p11.Mechanism(p11.CKM_AES_ECB, None))
        t.equal("and it encrypts", bytes(got), wanted)


def refused_templates(t, s):
    refused(t, "a secret key on the card is refused",
            lambda: s.derive("P-256", secret(p11.CKK_AES, 32, TOKEN=True)),
            "CKR_SESSION_READ_ONLY", "CKR_TEMPLATE_INCONSISTENT", "CKR_ATTRIBUTE_VALUE_INVALID")
    refused(t, "class private key is refused",
            lambda: s.derive("P-256", [(p11.CKA_CLASS, p11.CKO_PRIVATE_KEY), (p11.CKA_KEY_TYPE, p11.CKK_AES)]),
            "CKR_TEMPLATE_INCONSISTENT", "CKR_ATTRIBUTE_VALUE_INVALID")
    refused(t, "a value in the template is refused",
            lambda: s.derive("P-256", secret(VALUE=b"1234")),
            "CKR_TEMPLATE_INCONSISTENT", "CKR_ATTRIBUTE_READ_ONLY", "CKR_ATTRIBUTE_TYPE_INVALID")


# ---- the life of a key -----------------------------------------------------------------------------------

def life(t, s):
    maker, user = s.open(), s.open()
    handle = s.derive("P-256", secret(), session=maker)
    t.equal("a key of one session is seen from another", s.value(handle, user), s.others["P-256"].z)
    maker.closeSession()
    t.equal("it ends with the session that made it", error_of(lambda: s.value(handle, user)), "CKR_OBJECT_HANDLE_INVALID")
    handle = s.derive("P-256", secret())
    s.session.destroyObject(handle)
    t.equal("it ends by C_DestroyObject", error_of(lambda: s.value(handle, user)), "CKR_OBJECT_HANDLE_INVALID")
    t.equal("a second C_DestroyObject is refused", error_of(lambda: s.session.destroyObject(handle)),
            "CKR_OBJECT_HANDLE_INVALID")
    user.closeSession()


def chain(t, s, key_len, wrap_len, digest):
    """What NSS does: KEK in one session with CKA_WRAP alone, unwrap in a second, decrypt in a third."""
    sessions = [s.open() for _ in range(3)]
    kek_value = s.others["P-256"].x963(digest, wrap_len, SHARED[2])
    content_key, iv, text = bytes(range(key_len)), bytes(range(100, 116)), b"a message " * 50
    wrapped = aes_key_wrap(kek_value, content_key)
    kek = s.derive("P-256", secret(p11.CKK_AES, wrap_len, WRAP=True), getattr(p11, f"CKD_{digest}_KDF"), SHARED[2],
                   sessions[0])
    key = sessions[1].unwrapKey(kek, wrapped, secret(p11.CKK_AES, UNWRAP=True), p11.Mechanism(p11.CKM_AES_KEY_WRAP, None))
    sessions[0].destroyObject(kek)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text) + padder.finalize()
    cipher = Cipher(algorithms.AES(content_key), modes.CBC(iv)).encryptor()
    ciphertext = cipher.update(padded) + cipher.finalize()
    name = f"{digest}, KEK {wrap_len}, key {key_len}"
    for mode, wanted in ((p11.CKM_AES_CBC, padded), (p11.CKM_AES_CBC_PAD, text)):
        got = sessions[2].decrypt(key, ciphertext, p11.Mechanism(mode, iv))
        t.equal(f"derive, unwrap, decrypt in three sessions: {name}, {p11.CKM[mode]}", bytes(got), wanted)
    for session in sessions:
        session.closeSession()


def wrapping(t, s):
    kek_value = s.others["P-256"].x963("SHA256", 32)
    kek = s.derive("P-256", secret(p11.CKK_AES, 32), p11.CKD_SHA256_KDF)
    mechanism = p11.Mechanism(p11.CKM_AES_KEY_WRAP, None)
    key = s.derive("P-256", secret(p11.CKK_AES, 16))
    wrapped = bytes(s.session.wrapKey(kek, key, mechanism))
    t.equal("C_WrapKey gives what RFC 3394 says", wrapped, aes_key_wrap(kek_value, s.others["P-256"].z[-16:]))
    back = s.session.unwrapKey(kek, wrapped, secret(p11.CKK_AES), mechanism)
    t.equal("and C_UnwrapKey undoes it", s.value(back), s.others["P-256"].z[-16:])
    refused(t, "a wrapped key that was changed is refused",
            lambda: s.session.unwrapKey(kek, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), secret(p11.CKK_AES), mechanism),
            "CKR_WRAPPED_KEY_INVALID")
    for name, length in (("too short", 8), ("of no whole blocks", 23)):
        refused(t, f"a wrapped key {name} is refused",
                lambda n=length: s.session.unwrapKey(kek, wrapped[:n], secret(p11.CKK_AES), mechanism),
                "CKR_WRAPPED_KEY_LEN_RANGE", "CKR_WRAPPED_KEY_INVALID")
    hidden = s.derive("P-256", secret(p11.CKK_AES, 16, EXTRACTABLE=False))
    refused(t, "an unextractable key is not wrapped", lambda: s.session.wrapKey(kek, hidden, mechanism), "CKR_KEY_UNEXTRACTABLE")
    generic = s.derive("P-256", secret())
    refused(t, "a generic secret does not unwrap by AES",
            lambda: s.session.unwrapKey(generic, wrapped, secret(p11.CKK_AES), mechanism), "CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT")


# ---- errors ------------------------------------------------------------------------------------------------

def errors(t, s):
    point = p11.ECDH1_DERIVE_Mechanism(s.others["P-256"].point)
    bad_kdf = p11.ECDH1_DERIVE_Mechanism(s.others["P-256"].point, 0x99)
    key = s.key(KEYS["P-256"][1])
    refused(t, "unknown kdf", lambda: s.session.deriveKey(key, secret(), bad_kdf), "CKR_MECHANISM_PARAM_INVALID")
    refused(t, "shared data with CKD_NULL", lambda: s.derive("P-256", secret(), shared=b"x"), "CKR_MECHANISM_PARAM_INVALID")
    refused(t, "no such mechanism",
            lambda: s.session.deriveKey(key, secret(), p11.Mechanism(p11.CKM_SHA256, None)), "CKR_MECHANISM_INVALID")
    refused(t, "no such key", lambda: s.session.deriveKey(p11.LowLevel.CK_OBJECT_HANDLE(), secret(), point),
            "CKR_KEY_HANDLE_INVALID", "CKR_OBJECT_HANDLE_INVALID")
    refused(t, "a key that only signs does not derive", lambda: s.session.deriveKey(s.key(SIGN_ONLY_ID), secret(), point),
            "CKR_KEY_FUNCTION_NOT_PERMITTED")
    derived = s.derive("P-256", secret())
    refused(t, "a session key is no EC key", lambda: s.session.deriveKey(derived, secret(), point),
            "CKR_KEY_TYPE_INCONSISTENT", "CKR_KEY_FUNCTION_NOT_PERMITTED")


def logged_out(t, s):
    handle = s.derive("P-256", secret(PRIVATE=True))
    key = s.key(KEYS["P-256"][1])
    s.session.logout()
    t.equal("private session keys end with the login", error_of(lambda: s.value(handle)), "CKR_OBJECT_HANDLE_INVALID")
    mechanism = p11.ECDH1_DERIVE_Mechanism(s.others["P-256"].point)
    refused(t, "no derivation without a login", lambda: s.session.deriveKey(key, secret(), mechanism),
            "CKR_USER_NOT_LOGGED_IN", "CKR_KEY_HANDLE_INVALID", "CKR_OBJECT_HANDLE_INVALID")
    refused(t, "a wrong PIN", lambda: s.session.login("999999"), "CKR_PIN_INCORRECT")
    refused(t, "a PIN of a wrong length", lambda: s.session.login("1"), "CKR_PIN_LEN_RANGE", "CKR_PIN_INCORRECT")
    s.session.login(PIN)
    t.equal("after a new login it derives again", s.value(s.derive("P-256", secret())), s.others["P-256"].z)


def main():
    totals, scene = Totals(), Scene(*sys.argv[1:])
    for curve in KEYS:
        for part in (raw_lengths, points, kdfs):
            totals.run(part, scene, curve)
    for part in (sha3_kdfs, aes_keys, attributes, protection, refused_templates, life, wrapping, errors):
        totals.run(part, scene)
    for digest in HASH_LEN:
        totals.run(chain, scene, 32, 32, digest)
        totals.run(chain, scene, 16, 16, digest)
    totals.run(logged_out, scene)
    totals.end()


if __name__ == "__main__":
    main()
