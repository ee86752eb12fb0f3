# SPDX-License-Identifier: LGPL-2.1-or-later
"""
PKCS#11 by ctypes: what a wrapper with manners does not let a caller do (NULL pointers, wrong lengths), and one
derivation with nothing around it.
"""
import ctypes as c

import PyKCS11

ULONG = c.c_ulong
UNAVAILABLE = ULONG(-1).value

FUNCTIONS = [  # the beginning of CK_FUNCTION_LIST, in its order (PKCS#11 2.40, pkcs11f.h)
    "Initialize", "Finalize", "GetInfo", "GetFunctionList", "GetSlotList", "GetSlotInfo", "GetTokenInfo",
    "GetMechanismList", "GetMechanismInfo", "InitToken", "InitPIN", "SetPIN", "OpenSession", "CloseSession",
    "CloseAllSessions", "GetSessionInfo", "GetOperationState", "SetOperationState", "Login", "Logout",
    "CreateObject", "CopyObject", "DestroyObject", "GetObjectSize", "GetAttributeValue", "SetAttributeValue",
    "FindObjectsInit", "FindObjects", "FindObjectsFinal", "EncryptInit", "Encrypt", "EncryptUpdate",
    "EncryptFinal", "DecryptInit", "Decrypt", "DecryptUpdate", "DecryptFinal", "DigestInit", "Digest",
    "DigestUpdate", "DigestKey", "DigestFinal", "SignInit", "Sign", "SignUpdate", "SignFinal",
    "SignRecoverInit", "SignRecover", "VerifyInit", "Verify", "VerifyUpdate", "VerifyFinal",
    "VerifyRecoverInit", "VerifyRecover", "DigestEncryptUpdate", "DecryptDigestUpdate", "SignEncryptUpdate",
    "DecryptVerifyUpdate", "GenerateKey", "GenerateKeyPair", "WrapKey", "UnwrapKey", "DeriveKey",
]

CKR_OK = 0
CKF_OS_LOCKING_OK = 2
CKF_TOKEN_INITIALIZED = 0x400
CKF_RW_SESSION = 2
CKF_SERIAL_SESSION = 4
CKU_USER = 1
CKO_PRIVATE_KEY = 3
CKO_SECRET_KEY = 4
CKK_GENERIC_SECRET = 0x10
CKK_AES = 0x1F
CKA_CLASS = 0x000
CKA_TOKEN = 0x001
CKA_VALUE = 0x011
CKA_KEY_TYPE = 0x100
CKA_ID = 0x102
CKA_SENSITIVE = 0x103
CKA_VALUE_LEN = 0x161
CKA_EXTRACTABLE = 0x162
CKM_AES_CBC = 0x1082
CKM_AES_ECB = 0x1081
CKM_ECDH1_DERIVE = 0x1050
CKM_ECDH1_COFACTOR_DERIVE = 0x1051
CKD_NULL = 1
CKD_SHA1_KDF = 2
CKD_SHA224_KDF = 5
CKD_SHA256_KDF = 6
CKD_SHA384_KDF = 7
CKD_SHA512_KDF = 8
CKD_SHA256_KDF_SP800 = 0x10


class FunctionList(c.Structure):
    _fields_ = [("version", c.c_ubyte * 2)] + [(name, c.c_void_p) for name in FUNCTIONS]


class Attribute(c.Structure):
    _fields_ = [("type", ULONG), ("value", c.c_void_p), ("length", ULONG)]


class Mechanism(c.Structure):
    _fields_ = [("mechanism", ULONG), ("parameter", c.c_void_p), ("length", ULONG)]


class EcdhParams(c.Structure):
    _fields_ = [("kdf", ULONG), ("shared_len", ULONG), ("shared", c.c_void_p),
                ("public_len", ULONG), ("public", c.c_void_p)]


class Refused(Exception):
    """A call answered with something else than CKR_OK."""

    def __init__(self, call, rv):
        super().__init__(f"C_{call}: {rv_name(rv)}")
        self.rv = rv


def rv_name(rv):
    return PyKCS11.CKR.get(rv, hex(rv))


def buffer(data):
    return c.create_string_buffer(bytes(data), max(len(data), 1))


def encoded(value):
    if isinstance(value, bool):
        return bytes([value])
    if isinstance(value, int):
        return bytes(ULONG(value))
    return bytes(value)


class Template:
    """Attributes with the memory they point to. A value None gives a NULL pointer with a length."""

    def __init__(self, attributes, null_len=8):
        self.array = (Attribute * max(len(attributes), 1))()
        self.count = len(attributes)
        self._kept = []
        for row, (kind, value) in zip(self.array, attributes.items()):
            row.type = kind
            if value is None:
                row.length = null_len
                continue
            data = encoded(value)
            memory = buffer(data)
            self._kept.append(memory)
            row.value = c.cast(memory, c.c_void_p)
            row.length = len(data)


class EcdhMechanism:
    """CK_MECHANISM for an ECDH derivation, with the memory it points to. Fields may be spoiled before use."""

    def __init__(self, point, kdf=CKD_NULL, shared=b"", mechanism=CKM_ECDH1_DERIVE):
        self._point = buffer(point)
        self._shared = buffer(shared)
        self.params = EcdhParams(kdf, len(shared), c.cast(self._shared, c.c_void_p) if shared else None,
                                 len(point), c.cast(self._point, c.c_void_p))
        self.native = Mechanism(mechanism, c.cast(c.pointer(self.params), c.c_void_p), c.sizeof(self.params))


class TokenInfo(c.Structure):
    _fields_ = [("names", c.c_char * 96), ("flags", ULONG), ("counts", ULONG * 10), ("versions", c.c_char * 4),
                ("time", c.c_char * 16)]


class NssInitializeArgs(c.Structure):
    """As in tests/p11/p11_module.c."""
    _fields_ = [("mutex_functions", c.c_void_p * 4), ("flags", ULONG), ("parameters", c.c_char_p),
                ("reserved", c.c_void_p)]


class Token:
    """A loaded module with one session, logged in where there is a PIN, on the first token that is initialised."""

    def __init__(self, path, pin, parameters=None):
        library = c.CDLL(path)
        table = c.POINTER(FunctionList)()
        library.C_GetFunctionList.restype = ULONG
        if library.C_GetFunctionList(c.byref(table)) != CKR_OK:
            raise RuntimeError("no function list")
        self._table = table.contents
        args = NssInitializeArgs(flags=CKF_OS_LOCKING_OK, parameters=parameters)
        self.must("Initialize", c.byref(args) if parameters is not None else None)
        slots = (ULONG * 16)()
        count = ULONG(len(slots))
        self.must("GetSlotList", c.c_ubyte(1), slots, c.byref(count))
        self.slot = next(slot for slot in slots[:count.value] if self._is_initialised(slot))
        self.session = ULONG()
        self.must("OpenSession", self.slot, ULONG(CKF_SERIAL_SESSION), None, None, c.byref(self.session))
        if pin is not None:
            self.must("Login", self.session, ULONG(CKU_USER), buffer(pin), ULONG(len(pin)))

    def _is_initialised(self, slot):
        info = TokenInfo()
        return self.call("GetTokenInfo", slot, c.byref(info)) == CKR_OK and info.flags & CKF_TOKEN_INITIALIZED != 0

    @staticmethod
    def table_at(address):
        return FunctionList.from_address(address)

    def call(self, name, *args):
        return c.CFUNCTYPE(ULONG, *[_argument_type(arg) for arg in args])(getattr(self._table, name))(*args)

    def must(self, name, *args):
        rv = self.call(name, *args)
        if rv != CKR_OK:
            raise Refused(name, rv)

    def find(self, attributes):
        template = Template(attributes)
        self.must("FindObjectsInit", self.session, template.array, ULONG(template.count))
        found = (ULONG * 1)()
        count = ULONG()
        self.must("FindObjects", self.session, found, ULONG(1), c.byref(count))
        self.must("FindObjectsFinal", self.session)
        if count.value != 1:
            raise RuntimeError("no such object")
        return ULONG(found[0])

    def private_key(self, key_id):
        return self.find({CKA_CLASS: CKO_PRIVATE_KEY, CKA_ID: key_id})

    def derive(self, key, mechanism, attributes):
        """The handle of the derived key."""
        template = Template(attributes)
        handle = ULONG(0)
        self.must("DeriveKey", self.session, c.byref(mechanism.native), key, template.array, ULONG(template.count),
                  c.byref(handle))
        return handle

    def destroy(self, handle):
        self.must("DestroyObject", self.session, handle)

    def attribute(self, handle, kind):
        """A value by the convention of two calls."""
        row = Attribute(kind, None, 0)
        self.must("GetAttributeValue", self.session, handle, c.byref(row), ULONG(1))
        memory = c.create_string_buffer(max(row.length, 1))
        row.value = c.cast(memory, c.c_void_p)
        self.must("GetAttributeValue", self.session, handle, c.byref(row), ULONG(1))
        return memory.raw[:row.length]

    def encrypt(self, handle, mechanism, parameter, data):
        memory = buffer(parameter)
        native = Mechanism(mechanism, c.cast(memory, c.c_void_p) if parameter else None, len(parameter))
        self.must("EncryptInit", self.session, c.byref(native), handle)
        out = c.create_string_buffer(len(data) + 16)
        length = ULONG(len(out))
        self.must("Encrypt", self.session, buffer(data), ULONG(len(data)), out, c.byref(length))
        return out.raw[:length.value]

    def end(self):
        self.must("Finalize", None)


def _argument_type(arg):
    if arg is None or isinstance(arg, c.Array) or type(arg).__name__ == "CArgObject":
        return c.c_void_p
    if isinstance(arg, int):
        return ULONG
    return type(arg)
