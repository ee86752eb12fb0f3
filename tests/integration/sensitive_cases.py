# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    sensitive_cases.py MODULE CARD TOOL

With sensitive_session_keys = true in the configuration: what a template that says nothing gives, and that a template
that does say something is obeyed.
"""
import sys

import PyKCS11 as p11

from pykcs11_cases import Scene, secret
from totals import Totals


def silent_template(t, s):
    handle = s.derive("P-256", secret(p11.CKK_AES, 16))
    t.equal("a silent template gives a sensitive key", s.session.getAttributeValue(handle, [p11.CKA_SENSITIVE])[0], True)
    t.equal("and an unextractable one", s.session.getAttributeValue(handle, [p11.CKA_EXTRACTABLE])[0], False)
    t.equal("its value is not shown", s.value(handle), None)


def speaking_template(t, s):
    handle = s.derive("P-256", secret(length=16, SENSITIVE=False, EXTRACTABLE=True))
    t.equal("a template that asks for a readable key gets one", s.value(handle), s.others["P-256"].z[-16:])


def main():
    totals, scene = Totals(), Scene(*sys.argv[1:])
    totals.run(silent_template, scene)
    totals.run(speaking_template, scene)
    totals.end()


main()
