# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    rsa_unwrap_case.py MODULE CARD TOOL SLOT ID

C_UnwrapKey by CKM_RSA_PKCS with a card's RSA key: what python3-cryptography encrypts to its certificate comes back.
"""
import sys

from cryptography.hazmat.primitives.asymmetric import padding

import cryptoki as ck
from derive_cases import PIN, template
from other_side import card_certificate
from totals import Totals

CKM_RSA_PKCS = 1
SECRET = bytes(range(48))


def unwrap(totals, module, card, tool, slot, key_id):
    token = ck.Token(module, PIN)
    wrapped = card_certificate(tool, card, slot).public_key().encrypt(SECRET, padding.PKCS1v15())
    rows = ck.Template(template(None))
    mechanism, handle = ck.Mechanism(CKM_RSA_PKCS, None, 0), ck.ULONG()
    token.must("UnwrapKey", token.session, ck.c.byref(mechanism), token.private_key(bytes.fromhex(key_id)),
               ck.buffer(wrapped), ck.ULONG(len(wrapped)), rows.array, ck.ULONG(rows.count), ck.c.byref(handle))
    totals.equal(f"a key wrapped to the RSA key in {slot}", token.attribute(handle, ck.CKA_VALUE), SECRET)


def main():
    totals = Totals()
    totals.run(unwrap, *sys.argv[1:])
    totals.end()


main()
