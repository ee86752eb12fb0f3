# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    softhsm_cases.py MODULE SOFTHSM

PyKCS11 drives the module and SoftHSM2 side by side, with the same keys in both.
"""
import sys

import PyKCS11 as p11

from totals import Totals

PIN = "123456"
KEK = bytes(range(100, 132))
VALUE = bytes(range(200, 264 - 24))


class Side:
    def __init__(self, path):
        self.lib = p11.PyKCS11Lib()
        self.lib.load(path)
        slot = next(slot for slot in self.lib.getSlotList(tokenPresent=True)
                    if self.lib.getTokenInfo(slot).flags & p11.CKF_TOKEN_INITIALIZED)
        self.session = self.lib.openSession(slot, p11.CKF_SERIAL_SESSION | p11.CKF_RW_SESSION)
        self.session.login(PIN)

    def key(self, key_type, value):
        return self.session.createObject([
            (p11.CKA_CLASS, p11.CKO_SECRET_KEY), (p11.CKA_KEY_TYPE, key_type), (p11.CKA_TOKEN, False),
            (p11.CKA_ENCRYPT, True), (p11.CKA_DECRYPT, True), (p11.CKA_WRAP, True), (p11.CKA_UNWRAP, True),
            (p11.CKA_EXTRACTABLE, True), (p11.CKA_SENSITIVE, False), (p11.CKA_VALUE, value)])

    def wrap(self, mechanism, kek, value, key_type):
        return bytes(self.session.wrapKey(self.key(p11.CKK_AES, kek), self.key(key_type, value), p11.Mechanism(mechanism)))

    def unwrap(self, mechanism, kek, wrapped, key_type):
        handle = self.session.unwrapKey(self.key(p11.CKK_AES, kek), wrapped, [
            (p11.CKA_CLASS, p11.CKO_SECRET_KEY), (p11.CKA_KEY_TYPE, key_type), (p11.CKA_TOKEN, False),
            (p11.CKA_EXTRACTABLE, True), (p11.CKA_SENSITIVE, False)], p11.Mechanism(mechanism))
        return bytes(self.session.getAttributeValue(handle, [p11.CKA_VALUE], allAsBinary=True)[0])


def wraps(t, ours, theirs, name, mechanism):
    for kek_len in (16, 24, 32):
        for length in (16, 24, 32):
            what = f"{name}, AES-{8 * length} under AES-{8 * kek_len}"
            kek, value = KEK[:kek_len], VALUE[:length]
            wrapped = theirs.wrap(mechanism, kek, value, p11.CKK_AES)
            t.equal(f"{what}: both wrap the same", ours.wrap(mechanism, kek, value, p11.CKK_AES), wrapped)
            t.equal(f"{what}: SoftHSM2's is opened", ours.unwrap(mechanism, kek, wrapped, p11.CKK_AES), value)
            t.equal(f"{what}: ours is opened by SoftHSM2", theirs.unwrap(mechanism, kek, wrapped, p11.CKK_AES), value)


def odd_lengths(t, ours, theirs):
    """SoftHSM2 2.6 puts zero bytes behind a key up to 8 before it wraps, in this mechanism, too; it unwraps as the RFC says."""
    for length in (1, 7, 9, 20, 31):
        value = VALUE[:length]
        wrapped = ours.wrap(p11.CKM_AES_KEY_WRAP_PAD, KEK, value, p11.CKK_GENERIC_SECRET)
        t.equal(f"CKM_AES_KEY_WRAP_PAD, secret of {length} bytes: ours is opened by SoftHSM2",
                theirs.unwrap(p11.CKM_AES_KEY_WRAP_PAD, KEK, wrapped, p11.CKK_GENERIC_SECRET), value)



def ciphers(t, ours, theirs):
    iv = bytes(range(16))
    mechanisms = {
        "CKM_AES_ECB": (p11.Mechanism(p11.CKM_AES_ECB), 64), "CKM_AES_CBC": (p11.Mechanism(p11.CKM_AES_CBC, iv), 64),
        "CKM_AES_CBC_PAD": (p11.Mechanism(p11.CKM_AES_CBC_PAD, iv), 61),
        "CKM_AES_GCM": (p11.AES_GCM_Mechanism(iv[:12], b"head", 128), 61)}
    for name, (mechanism, length) in mechanisms.items():
        data = (VALUE * 3)[:length]
        encrypted = bytes(theirs.session.encrypt(theirs.key(p11.CKK_AES, KEK), data, mechanism))
        t.equal(f"{name}: both encrypt the same", bytes(ours.session.encrypt(ours.key(p11.CKK_AES, KEK), data, mechanism)),
                encrypted)
        t.equal(f"{name}: SoftHSM2's is decrypted",
                bytes(ours.session.decrypt(ours.key(p11.CKK_AES, KEK), encrypted, mechanism)), data)


def main():
    ours, theirs = Side(sys.argv[1]), Side(sys.argv[2])
    t = Totals()
    t.run(wraps, ours, theirs, "CKM_AES_KEY_WRAP_PAD", p11.CKM_AES_KEY_WRAP_PAD)
    t.run(wraps, ours, theirs, "CKM_AES_KEY_WRAP", p11.CKM_AES_KEY_WRAP)
    t.run(odd_lengths, ours, theirs)
    t.run(ciphers, ours, theirs)
    t.end()


main()
