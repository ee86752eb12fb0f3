# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    same_operations_cases.py OURS SOFTHSM NSS PARAMETERS

What session keys do, by the module, by SoftHSM2 and by NSS' softoken: all in this process, with the same keys and data.
SOFTHSM may be `-`: two of NSS cannot be in one process, so a second run has the newer one alone. A row of the tables names
those that must have its mechanism, and those that are asked if they have it. Not asked are NSS for MACs that are shortened
(it lists them, and knows no hash for them: sftk_MAC_Init), SoftHSM2 for single DES (OpenSSL 3 has none for it).
"""
import ctypes as c
import sys
from dataclasses import dataclass, field

import PyKCS11 as p11

import cryptoki as ck
from totals import Totals

PIN = b"123456"
SOFTHSM, NSS = "SoftHSM2", "NSS"
BYTES = bytes((7 * i + 3) % 256 for i in range(4096))
IV = BYTES[100:116]
AAD = BYTES[200:220]
CKF_ENCRYPT, CKF_DIGEST, CKF_SIGN, CKF_WRAP = 0x100, 0x400, 0x800, 0x20000
CKK_CHACHA20 = 0x33
CKM_CHACHA20, CKM_CHACHA20_POLY1305 = 0x1226, 0x4021
CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_PAD, CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PKCS7 = 0x2109, 0x210A, 0x210B, 0x210C
AES_LENGTHS = (16, 24, 32)


class Refused(Exception):
    """By whom, which call and how."""


class Parameter:
    """A mechanism's parameter: numbers, and memory that is pointed to."""

    def __init__(self, *fields):
        self._kept = [ck.buffer(part) if isinstance(part, bytes) else part for part in fields]
        self.data = b"".join(bytes(ck.ULONG(c.addressof(part) if isinstance(part, c.Array) else part)) for part in self._kept)


class Plain:
    def __init__(self, data=b""):
        self.data = data


@dataclass
class Row:
    number: int
    key_type: int
    key_lengths: tuple
    lengths: tuple
    having: set
    parameter: object = field(default_factory=Plain)
    may_have: set = field(default_factory=set)
    only_sign: set = field(default_factory=set)
    authentic: bool = False
    numbers: dict = field(default_factory=dict)  # who calls it by another

    def number_of(self, side):
        return self.numbers.get(side.name, self.number)


def aes(number, lengths, having, parameter=Plain(), **more):
    return Row(number, p11.CKK_AES, AES_LENGTHS, lengths, having, parameter, **more)


def des3(number, lengths, having, parameter=Plain()):
    return Row(number, p11.CKK_DES3, (24,), lengths, having, parameter)


GCM = Parameter(IV[:12], 12, 96, AAD, len(AAD), 128)
COUNTER = Plain(bytes(ck.ULONG(128)) + IV)
RC2_CBC = Plain(bytes(ck.ULONG(128)) + IV[:8])

CIPHERS = {
    "CKM_AES_ECB": aes(p11.CKM_AES_ECB, (16, 64, 1024), {SOFTHSM, NSS}),
    "CKM_AES_CBC": aes(p11.CKM_AES_CBC, (16, 64, 1024), {SOFTHSM, NSS}, Plain(IV)),
    "CKM_AES_CBC_PAD": aes(p11.CKM_AES_CBC_PAD, (1, 15, 16, 17, 1000), {SOFTHSM, NSS}, Plain(IV)),
    "CKM_AES_CTR": aes(p11.CKM_AES_CTR, (1, 16, 61, 1000), {SOFTHSM, NSS}, COUNTER),
    "CKM_AES_CTS": aes(p11.CKM_AES_CTS, (16, 17, 31, 32, 33, 1000), {NSS}, Plain(IV)),
    "CKM_AES_GCM": aes(p11.CKM_AES_GCM, (1, 16, 61, 1000), {SOFTHSM, NSS}, GCM, authentic=True),
    "CKM_AES_KEY_WRAP": aes(CKM_AES_KEY_WRAP, (16, 24, 256), {NSS}, authentic=True),
    "CKM_AES_KEY_WRAP_KWP": aes(CKM_AES_KEY_WRAP_KWP, (1, 7, 8, 9, 16, 255), {NSS}, authentic=True),
    # doc/mechanisms.md: what NSS calls CKM_AES_KEY_WRAP_PAD
    "CKM_AES_KEY_WRAP_PKCS7": aes(CKM_AES_KEY_WRAP_PKCS7, (8, 9, 15, 16, 255), {NSS}, authentic=True,
                                  numbers={NSS: CKM_AES_KEY_WRAP_PAD}),
    "CKM_DES3_ECB": des3(p11.CKM_DES3_ECB, (8, 64, 1000), {SOFTHSM, NSS}),
    "CKM_DES3_CBC": des3(p11.CKM_DES3_CBC, (8, 64, 1000), {SOFTHSM, NSS}, Plain(IV[:8])),
    "CKM_DES3_CBC_PAD": des3(p11.CKM_DES3_CBC_PAD, (1, 7, 8, 9, 1000), {SOFTHSM, NSS}, Plain(IV[:8])),
    "CKM_DES3_CBC_PAD with two keys": Row(p11.CKM_DES3_CBC_PAD, p11.CKK_DES2, (16,), (1, 8, 1000), {SOFTHSM, NSS},
                                          Plain(IV[:8])),
    "CKM_CHACHA20": Row(CKM_CHACHA20, CKK_CHACHA20, (32,), (1, 64, 65, 1000), {NSS}, Parameter(b"\1\0\0\0", 32, IV[:12], 96)),
    "CKM_CHACHA20_POLY1305": Row(CKM_CHACHA20_POLY1305, CKK_CHACHA20, (32,), (1, 64, 65, 1000), {NSS},
                                 Parameter(IV[:12], 12, AAD, len(AAD)), authentic=True),
    "CKM_DES_ECB": Row(p11.CKM_DES_ECB, p11.CKK_DES, (8,), (8, 64), {NSS}),
    "CKM_DES_CBC": Row(p11.CKM_DES_CBC, p11.CKK_DES, (8,), (8, 64), {NSS}, Plain(IV[:8])),
    "CKM_DES_CBC_PAD": Row(p11.CKM_DES_CBC_PAD, p11.CKK_DES, (8,), (1, 8, 61), {NSS}, Plain(IV[:8])),
    "CKM_RC2_CBC": Row(p11.CKM_RC2_CBC, p11.CKK_RC2, (16,), (8, 64), {NSS}, RC2_CBC),
    "CKM_RC2_CBC_PAD": Row(p11.CKM_RC2_CBC_PAD, p11.CKK_RC2, (16,), (1, 8, 61), {NSS}, RC2_CBC),
    "CKM_RC4": Row(p11.CKM_RC4, p11.CKK_RC4, (16,), (1, 61), {NSS}),
}

# the numbers of digest and HMAC, who must have them and who may
HASHES = {
    "MD5": (p11.CKM_MD5, p11.CKM_MD5_HMAC, {SOFTHSM, NSS}, set()),
    "SHA-1": (p11.CKM_SHA_1, p11.CKM_SHA_1_HMAC, {SOFTHSM, NSS}, set()),
    "SHA-224": (p11.CKM_SHA224, p11.CKM_SHA224_HMAC, {SOFTHSM, NSS}, set()),
    "SHA-256": (p11.CKM_SHA256, p11.CKM_SHA256_HMAC, {SOFTHSM, NSS}, set()),
    "SHA-384": (p11.CKM_SHA384, p11.CKM_SHA384_HMAC, {SOFTHSM, NSS}, set()),
    "SHA-512": (p11.CKM_SHA512, p11.CKM_SHA512_HMAC, {SOFTHSM, NSS}, set()),
    "SHA3-224": (0x2B5, 0x2B6, set(), {NSS}),
    "SHA3-256": (0x2B0, 0x2B1, set(), {NSS}),
    "SHA3-384": (0x2C0, 0x2C1, set(), {NSS}),
    "SHA3-512": (0x2D0, 0x2D1, set(), {NSS}),
}


MACS = {
    "CKM_AES_CMAC": aes(p11.CKM_AES_CMAC, (1, 16, 1000), {SOFTHSM, NSS}, only_sign={NSS}),
    "CKM_DES3_CMAC": des3(p11.CKM_DES3_CMAC, (1, 8, 1000), {SOFTHSM}),
} | {
    f"HMAC with {name}": Row(number, p11.CKK_GENERIC_SECRET, (64, 65, 200), (1, 64, 1000), must, may_have=may)
    for name, (_, number, must, may) in HASHES.items()
}

# the same key wrapped by C_WrapKey; data lengths are those of generic secrets
WRAPS = {
    "CKM_AES_KEY_WRAP": aes(CKM_AES_KEY_WRAP, (16, 24, 256), {SOFTHSM, NSS}),
    "CKM_AES_KEY_WRAP_KWP": aes(CKM_AES_KEY_WRAP_KWP, (1, 8, 9, 255), {NSS}),
    # SoftHSM2 fills up to 8 bytes first; NSS means something else
    "CKM_AES_KEY_WRAP_PAD": aes(CKM_AES_KEY_WRAP_PAD, (8, 16, 256), {SOFTHSM}, numbers={NSS: CKM_AES_KEY_WRAP_KWP}),
    "CKM_AES_KEY_WRAP_PKCS7": aes(CKM_AES_KEY_WRAP_PKCS7, (8, 9, 255), {NSS}, numbers={NSS: CKM_AES_KEY_WRAP_PAD}),
    "CKM_AES_CBC": aes(p11.CKM_AES_CBC, (16, 64), {NSS}, Plain(IV)),
    "CKM_AES_CBC_PAD": aes(p11.CKM_AES_CBC_PAD, (1, 16, 61), {NSS}, Plain(IV)),
    "CKM_DES3_CBC": des3(p11.CKM_DES3_CBC, (8, 64), {NSS}, Plain(IV[:8])),
    "CKM_DES3_CBC_PAD": des3(p11.CKM_DES3_CBC_PAD, (1, 8, 61), {NSS}, Plain(IV[:8])),
}


MESSAGE_FUNCTIONS = ["MessageEncryptInit", "EncryptMessage", "EncryptMessageBegin", "EncryptMessageNext", "MessageEncryptFinal",
                     "MessageDecryptInit", "DecryptMessage", "DecryptMessageBegin", "DecryptMessageNext", "MessageDecryptFinal"]


class FunctionList30(c.Structure):
    """The beginning of CK_FUNCTION_LIST_3_0."""
    _fields_ = ck.FunctionList._fields_ + [
        (name, c.c_void_p) for name in ["SeedRandom", "GenerateRandom", "GetFunctionStatus", "CancelFunction",
                                        "WaitForSlotEvent", "GetInterfaceList", "GetInterface", "LoginUser",
                                        "SessionCancel"] + MESSAGE_FUNCTIONS]


class Interface(c.Structure):
    _fields_ = [("name", c.c_char_p), ("functions", c.POINTER(FunctionList30)), ("flags", ck.ULONG)]


GENERATORS = {"CKG_NO_GENERATE": 0, "CKG_GENERATE": 1, "CKG_GENERATE_COUNTER": 2, "CKG_GENERATE_RANDOM": 3,
              "CKG_GENERATE_COUNTER_XOR": 4}


class Message:
    """A message's parameter: CK_GCM_MESSAGE_PARAMS, or CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, which has no generator."""

    def __init__(self, row, nonce, generator=0, tag=b""):
        self.nonce = ck.buffer(nonce)
        self.tag = c.create_string_buffer(tag, 16)
        self.bytes = (Parameter(self.nonce, 12, 16, generator, self.tag, 128) if row.number == p11.CKM_AES_GCM
                      else Parameter(self.nonce, 12, self.tag)).data


class Side:
    """A module, and what it makes of keys and data. Whatever it refuses is Refused."""

    def __init__(self, name, path, pin, parameters=None):
        self.name = name
        self.path = path
        self.token = ck.Token(path, pin, parameters)

    def must(self, call, *args):
        try:
            self.token.must(call, self.token.session, *args)
        except ck.Refused as refused:
            raise Refused(f"{self.name}, {refused}") from refused

    def has(self, number, flag):
        info = (ck.ULONG * 3)()
        return self.token.call("GetMechanismInfo", self.token.slot, number, info) == ck.CKR_OK and info[2] & flag != 0

    def key(self, key_type, value):
        yes = (p11.CKA_ENCRYPT, p11.CKA_DECRYPT, p11.CKA_SIGN, p11.CKA_VERIFY, p11.CKA_WRAP, p11.CKA_UNWRAP, ck.CKA_EXTRACTABLE)
        template = ck.Template({ck.CKA_CLASS: ck.CKO_SECRET_KEY, ck.CKA_KEY_TYPE: key_type, ck.CKA_TOKEN: False,
                                ck.CKA_SENSITIVE: False, ck.CKA_VALUE: value} | {kind: True for kind in yes})
        handle = ck.ULONG()
        self.must("CreateObject", template.array, template.count, c.byref(handle))
        return handle

    def _mechanism(self, row):
        memory = ck.buffer(row.parameter.data)
        return ck.Mechanism(row.number_of(self), c.cast(memory, c.c_void_p) if row.parameter.data else None,
                            len(row.parameter.data)), memory

    def _bytes(self, call, *args):
        """What a call that gives bytes gives, after its arguments."""
        out = c.create_string_buffer(2 * len(BYTES))
        length = ck.ULONG(len(out))
        self.must(call, *args, out, c.byref(length))
        return out.raw[:length.value]

    def one(self, call, row, key, data):
        """C_Encrypt, C_Decrypt or C_Sign."""
        mechanism, _memory = self._mechanism(row)
        self.must(call + "Init", c.byref(mechanism), key)
        return self._bytes(call, ck.buffer(data), len(data))

    def parts(self, call, row, key, data):
        """The same in parts of seven bytes."""
        mechanism, _memory = self._mechanism(row)
        self.must(call + "Init", c.byref(mechanism), key)
        pieces = [data[at:at + 7] for at in range(0, len(data), 7)]
        if call == "Sign":
            for piece in pieces:
                self.must("SignUpdate", ck.buffer(piece), len(piece))
            return self._bytes("SignFinal")
        given = [self._bytes(call + "Update", ck.buffer(piece), len(piece)) for piece in pieces]
        return b"".join(given) + self._bytes(call + "Final")

    def verifies(self, row, key, data, signature):
        mechanism, _memory = self._mechanism(row)
        self.must("VerifyInit", c.byref(mechanism), key)
        return self.token.call("Verify", self.token.session, ck.buffer(data), len(data), ck.buffer(signature),
                               len(signature)) == ck.CKR_OK

    def message_call(self, name, *args):
        """A function that is in no list of 2.40."""
        function = getattr(self._functions_30(), name)
        pointers = [c.cast(arg, c.c_void_p) if not isinstance(arg, (int, ck.ULONG)) else ck.ULONG(getattr(arg, "value", arg))
                    for arg in args]
        rv = c.CFUNCTYPE(ck.ULONG, ck.ULONG, *map(type, pointers))(function)(self.token.session, *pointers)
        if rv != ck.CKR_OK:
            raise Refused(f"{self.name}, C_{name}: {ck.rv_name(rv)}")

    def _functions_30(self):
        interface = c.POINTER(Interface)()
        get_interface = c.CDLL(self.path).C_GetInterface
        get_interface.restype = ck.ULONG
        assert get_interface(b"PKCS 11", None, c.byref(interface), ck.ULONG(0)) == ck.CKR_OK
        return interface.contents.functions.contents

    def messages(self, call, row, key, messages, texts):
        """What becomes of each text; the messages' parameters get nonces and tags, or have them."""
        mechanism = ck.Mechanism(row.number, None, 0)
        self.message_call(f"Message{call}Init", c.pointer(mechanism), key)
        given = []
        for message, text in zip(messages, texts):
            out = c.create_string_buffer(len(text))
            length = ck.ULONG(len(text))
            self.message_call(f"{call}Message", ck.buffer(message.bytes), len(message.bytes), ck.buffer(AAD), len(AAD),
                              ck.buffer(text), len(text), out, c.pointer(length))
            given.append(out.raw[:length.value])
        self.message_call(f"Message{call}Final")
        return given

    def digest(self, number, data, key=None):
        mechanism = ck.Mechanism(number, None, 0)
        self.must("DigestInit", c.byref(mechanism))
        if key is None:
            return self._bytes("Digest", ck.buffer(data), len(data))
        self.must("DigestUpdate", ck.buffer(data), len(data))
        self.must("DigestKey", key)
        return self._bytes("DigestFinal")

    def wrap(self, row, kek, key):
        mechanism, _memory = self._mechanism(row)
        return self._bytes("WrapKey", c.byref(mechanism), kek, key)

    def unwrap(self, row, kek, wrapped, length):
        mechanism, _memory = self._mechanism(row)
        template = ck.Template({ck.CKA_CLASS: ck.CKO_SECRET_KEY, ck.CKA_KEY_TYPE: p11.CKK_GENERIC_SECRET, ck.CKA_TOKEN: False,
                                ck.CKA_SENSITIVE: False, ck.CKA_EXTRACTABLE: True}
                               | ({ck.CKA_VALUE_LEN: length} if self.name != SOFTHSM else {}))
        handle = ck.ULONG()
        self.must("UnwrapKey", c.byref(mechanism), kek, ck.buffer(wrapped), len(wrapped),
                        template.array, template.count, c.byref(handle))
        return self.token.attribute(handle, ck.CKA_VALUE)


def attempt(t, part, name, *args):
    """A part that somebody refuses is one failure, which says who."""
    try:
        part(t, name, *args)
    except Refused as refused:
        t.check(f"{name}: goes there and back", False, str(refused))


def others_with(t, name, row, others, flag):
    """Who is asked; who must have the mechanism and has not is a failure."""
    found = [side for side in others if side.name in row.having | row.may_have and side.has(row.number_of(side), flag)]
    for side in others:
        if side.name in row.having and side not in found:
            t.check(f"{name}: {side.name} has it", False)
    return found


def cases_of(row):
    return ((BYTES[:key_len], BYTES[500:500 + length]) for key_len in row.key_lengths for length in row.lengths)


def spoilt(data):
    return bytes([data[0] ^ 1]) + data[1:]


def is_refused(action, *args):
    try:
        action(*args)
    except Refused:
        return True
    return False


def cipher(t, name, row, ours, others):
    if not t.check(f"{name}: is offered", ours.has(row.number, CKF_ENCRYPT)):
        return
    for other in others_with(t, name, row, others, CKF_ENCRYPT):
        for value, data in cases_of(row):
            what = f"{name}, key of {len(value)} bytes, {len(data)} bytes, {other.name}"
            mine, theirs = ours.key(row.key_type, value), other.key(row.key_type, value)
            encrypted = other.one("Encrypt", row, theirs, data)
            t.equal(f"{what}: both encrypt the same", ours.one("Encrypt", row, mine, data), encrypted)
            t.equal(f"{what}: and in parts", ours.parts("Encrypt", row, mine, data), encrypted)
            t.equal(f"{what}: theirs is decrypted in parts", ours.parts("Decrypt", row, mine, encrypted), data)
            t.equal(f"{what}: they decrypt ours", other.one("Decrypt", row, theirs, encrypted), data)
            if row.authentic:
                t.check(f"{what}: neither takes another text",
                        is_refused(ours.one, "Decrypt", row, mine, spoilt(encrypted))
                        and is_refused(other.one, "Decrypt", row, theirs, spoilt(encrypted)))


def mac(t, name, row, ours, others):
    if not t.check(f"{name}: is offered", ours.has(row.number, CKF_SIGN)):
        return
    for other in others_with(t, name, row, others, CKF_SIGN):
        for value, data in cases_of(row):
            what = f"{name}, key of {len(value)} bytes, {len(data)} bytes, {other.name}"
            mine, theirs = ours.key(row.key_type, value), other.key(row.key_type, value)
            signature = other.one("Sign", row, theirs, data)
            t.equal(f"{what}: both sign the same", ours.one("Sign", row, mine, data), signature)
            t.equal(f"{what}: and in parts", ours.parts("Sign", row, mine, data), signature)
            verifiers = [(ours, mine)] + [(other, theirs)] * (other.name not in row.only_sign)
            t.check(f"{what}: who verifies, verifies it and no other",
                    all(side.verifies(row, key, data, signature) and not side.verifies(row, key, data, spoilt(signature))
                        for side, key in verifiers))


def digest(t, name, row, ours, others):
    number = row.number
    if not t.check(f"{name}: is offered", ours.has(number, CKF_DIGEST)):
        return
    for other in others_with(t, name, row, others, CKF_DIGEST):
        for length in (1, 55, 56, 64, 1000):
            t.equal(f"{name}, {length} bytes, {other.name}: both digest the same", ours.digest(number, BYTES[:length]),
                    other.digest(number, BYTES[:length]))
        mine, theirs = (side.key(p11.CKK_GENERIC_SECRET, BYTES[:77]) for side in (ours, other))
        t.equal(f"{name}, {other.name}: both digest data and a key the same", ours.digest(number, AAD, mine),
                other.digest(number, AAD, theirs))


def wrap(t, name, row, ours, others):
    for other in others_with(t, name, row, others, CKF_WRAP):
        for value, secret in cases_of(row):
            what = f"C_WrapKey by {name}, {len(secret)} bytes under {len(value)}, {other.name}"
            mine, theirs = ours.key(row.key_type, value), other.key(row.key_type, value)
            wrapped = other.wrap(row, theirs, other.key(p11.CKK_GENERIC_SECRET, secret))
            t.equal(f"{what}: both wrap the same", ours.wrap(row, mine, ours.key(p11.CKK_GENERIC_SECRET, secret)), wrapped)
            t.equal(f"{what}: theirs is unwrapped", ours.unwrap(row, mine, wrapped, len(secret)), secret)
            t.equal(f"{what}: they unwrap ours", other.unwrap(row, theirs, wrapped, len(secret)), secret)


def message(t, name, row, sender, receiver):
    """Three messages with each generator, from one to the other; what the caller chose comes out as by C_Encrypt."""
    sent, received = (side.key(row.key_type, BYTES[:32]) for side in (sender, receiver))
    texts = [BYTES[:length] for length in (1, 16, 1000)]
    for generator, number in GENERATORS.items():
        if number != 0 and row.number != p11.CKM_AES_GCM:
            continue
        what = f"messages of {name}, {generator}, from {sender.name} to {receiver.name}"
        messages = [Message(row, IV[:12], number) for _ in texts]
        sealed = sender.messages("Encrypt", row, sent, messages, texts)
        again = [Message(row, made.nonce.raw, 0, made.tag.raw) for made in messages]
        t.equal(f"{what}: they come out", receiver.messages("Decrypt", row, received, again, sealed), texts)
        if number == 0:
            t.equal(f"{what}: as by C_Encrypt", [text + made.tag.raw for text, made in zip(sealed, messages)],
                    [receiver.one("Encrypt", row, received, text) for text in texts])
        else:
            nonces = [made.nonce.raw for made in messages]
            t.equal(f"{what}: each has a nonce of its own", len(set(nonces)), len(texts))
            if "COUNTER" in generator:
                first = int.from_bytes(IV[:12] if "XOR" in generator else IV[:2] + bytes(10), "big")
                t.equal(f"{what}: they are counted", nonces, [(first ^ count).to_bytes(12, "big") for count in range(3)])


def main():
    ours_path, softhsm_path, nss_path, parameters = sys.argv[1:]
    t = Totals()
    ours = Side("ours", ours_path, PIN)
    others = [Side(SOFTHSM, softhsm_path, PIN)] if softhsm_path != "-" else []
    others.append(Side(NSS, nss_path, None, parameters.encode()))
    for name, row in CIPHERS.items():
        attempt(t, cipher, name, row, ours, others)
    for name, row in MACS.items():
        attempt(t, mac, name, row, ours, others)
    for name, (number, _, must, may) in HASHES.items():
        attempt(t, digest, name, Row(number, p11.CKK_GENERIC_SECRET, (), (), must, may_have=may), ours, others)
    for name, row in WRAPS.items():
        attempt(t, wrap, name, row, ours, others)
    for name in ("CKM_AES_GCM", "CKM_CHACHA20_POLY1305"):
        attempt(t, message, name, CIPHERS[name], ours, others[-1])
        attempt(t, message, name, CIPHERS[name], others[-1], ours)
    for side in [ours] + others:
        side.token.end()
    t.end()


main()
