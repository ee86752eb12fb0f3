# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    pin_cases.py OURS OPENSC CARD TOOL

A login of our module outlives what other programs do to the card meanwhile, behind the same pcscd: they reset it, log
in and out, give wrong PINs, select another application, change the PIN. Each wrong PIN costs one try.
"""
import ctypes as c
import os
import re
import subprocess
import sys
import time

import cryptoki as ck
from cryptoki import ULONG
from totals import Totals

PIN, NEW_PIN = b"123456", b"654321"
CKU_CONTEXT_SPECIFIC = 2
CKM_ECDSA = 0x1041
CKR_DEVICE_ERROR, CKR_DEVICE_REMOVED, CKR_SESSION_HANDLE_INVALID = 0x30, 0x32, 0xB3
CKR_USER_NOT_LOGGED_IN = 0x101
AUTHENTICATION, SIGNATURE = b"\x01", b"\x02"
SELECT_PIV = "00:A4:04:00:09:A0:00:00:03:08:00:00:10:00"
SELECT_OTHER = "00:A4:04:00:08:A0:00:00:01:51:00:00:00"
PIN_STATUS = "00:20:00:80"


class Others:
    """Programs that are not ours, and what they see."""

    def __init__(self, opensc, card, tool):
        self.opensc, self.card, self.tool = opensc, card, tool

    def run(self, *command):
        # a sanitizer's library is preloaded for our module; programs that do not load it do without
        env = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                              check=False, env=env)

    def tries(self):
        return int(re.search(r"^PIN: (\d+) of", self.run(self.tool, "info", self.card).stdout, re.M).group(1))

    def reset(self):
        return self.run("opensc-tool", "--reset", "warm").returncode == 0

    def pkcs11(self, *options):
        return self.run("pkcs11-tool", "--module", self.opensc, *options).returncode == 0

    def is_open(self):
        """Whether the card counts the PIN as verified, as anybody may ask it."""
        output = self.run("opensc-tool", "-s", SELECT_PIV, "-s", PIN_STATUS).stdout
        return re.findall(r"SW1=0x(..)", output)[-1] == "90"


class Ours(ck.Token):
    def open_session(self):
        slots, count = (ULONG * 16)(), ULONG(16)
        self.must("GetSlotList", c.c_ubyte(1), slots, c.byref(count))
        self.must("OpenSession", slots[0], ULONG(ck.CKF_SERIAL_SESSION), None, None, c.byref(self.session))

    def login(self, pin, user=ck.CKU_USER):
        return self.call("Login", self.session, ULONG(user), ck.buffer(pin), ULONG(len(pin)))

    def begin(self, key):
        self.must("SignInit", self.session, c.byref(ck.Mechanism(CKM_ECDSA, None, 0)), key)

    def finish(self):
        out, length = c.create_string_buffer(64), ULONG(64)
        return self.call("Sign", self.session, ck.buffer(bytes(32)), ULONG(32), out, c.byref(length))

    def sign(self, key):
        self.begin(key)
        return self.finish()

    def try_to_sign(self, key):
        rv = self.call("SignInit", self.session, c.byref(ck.Mechanism(CKM_ECDSA, None, 0)), key)
        return self.finish() if rv == ck.CKR_OK else rv


def in_between(totals, token, others):
    key = token.private_key(AUTHENTICATION)
    happenings = {
        "resets the card": others.reset,
        "logs in and ends": lambda: others.pkcs11("--login", "--pin", PIN.decode(), "-O"),
        "gives a wrong PIN": lambda: not others.pkcs11("--login", "--pin", "111111", "-O"),
        "selects another application": lambda: others.run("opensc-tool", "-s", SELECT_OTHER).returncode == 0,
    }
    totals.check("a key signs", token.sign(key) == ck.CKR_OK)
    for what, happen in happenings.items():
        totals.check(f"another program {what}", happen())
        totals.check("and the key signs", token.sign(key) == ck.CKR_OK)
        totals.check("and all tries are there", others.tries() == 3)


def changed_pin(totals, token, others):
    key = token.private_key(AUTHENTICATION)
    totals.check("another program changes the PIN", others.pkcs11("--change-pin", "--pin", PIN.decode(),
                                                                   "--new-pin", NEW_PIN.decode()))
    totals.check("and resets the card", others.reset())
    totals.check("the key does not sign", token.sign(key) == CKR_USER_NOT_LOGGED_IN)
    totals.check("it costs one try", others.tries() == 2)
    totals.check("nobody is logged in", token.call("Logout", token.session) == CKR_USER_NOT_LOGGED_IN)
    totals.check("the new PIN is accepted", token.login(NEW_PIN) == ck.CKR_OK)
    totals.check("and the key signs", token.sign(token.private_key(AUTHENTICATION)) == ck.CKR_OK)


def asks_always(totals, token, others):
    key = token.private_key(SIGNATURE)
    totals.check("the signature key wants its PIN", token.sign(key) == CKR_USER_NOT_LOGGED_IN)
    token.begin(key)
    totals.check("which is given for one use", token.login(NEW_PIN, CKU_CONTEXT_SPECIFIC) == ck.CKR_OK)
    totals.check("and another program resets the card", others.reset())
    totals.check("it signs", token.finish() == ck.CKR_OK)
    totals.check("and not once more", token.sign(key) == CKR_USER_NOT_LOGGED_IN)
    totals.check("and all tries are there", others.tries() == 3)


def logged_out(totals, token, others):
    totals.check("the key signs", token.sign(token.private_key(AUTHENTICATION)) == ck.CKR_OK)
    totals.check("the card is open while we are logged in", others.is_open())
    token.must("Logout", token.session)
    totals.check("and closed after C_Logout", not others.is_open())


def taken_out(totals, token, others):
    totals.check("the PIN is accepted again", token.login(NEW_PIN) == ck.CKR_OK)
    key = token.private_key(AUTHENTICATION)
    totals.check("the card is taken out", others.run(others.tool, "remove", others.card).returncode == 0)
    rv = token.try_to_sign(key)
    for _ in range(200):  # the card service takes a moment to notice
        if rv != CKR_DEVICE_ERROR:
            break
        time.sleep(0.1)
        rv = token.try_to_sign(key)
    totals.check(f"its session is gone: {ck.rv_name(rv)}", rv in (CKR_DEVICE_REMOVED, CKR_SESSION_HANDLE_INVALID))
    totals.check("the card is put back", others.run(others.tool, "insert", others.card).returncode == 0)
    token.open_session()
    totals.check("nobody is logged in", token.call("Logout", token.session) == CKR_USER_NOT_LOGGED_IN)
    totals.check("the PIN is accepted", token.login(NEW_PIN) == ck.CKR_OK)
    totals.check("and the key signs", token.sign(token.private_key(AUTHENTICATION)) == ck.CKR_OK)
    totals.check("and all tries are there", others.tries() == 3)


def main(module, *others):
    totals = Totals()
    token = Ours(module, PIN)
    for case in (in_between, changed_pin, asks_always, logged_out, taken_out):
        totals.run(case, token, Others(*others))
    token.end()
    totals.check("the card is closed after C_Finalize", not Others(*others).is_open())
    totals.end()


main(*sys.argv[1:])
