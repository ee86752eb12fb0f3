# SPDX-License-Identifier: LGPL-2.1-or-later
"""
C_WaitForSlotEvent over real readers: the card taken out and put in, calls of other threads meanwhile, C_Finalize, forks;
and pcscd that stops and starts again, or that was not there at first.
"""
import ctypes as c
import os
import subprocess
import sys
import threading
import time

from cryptoki import CKA_CLASS, CKA_ID, CKO_PRIVATE_KEY, CKR_OK, CKU_USER, FUNCTIONS, ULONG, Mechanism, Token, buffer, \
    rv_name
from totals import Totals, plain_environment

MODULE, PIN, WAY = sys.argv[1], sys.argv[2].encode(), sys.argv[3]
CKM_ECDSA = 0x1041
CKF_DONT_BLOCK = 1
CKF_TOKEN_PRESENT = 1
CKR_CRYPTOKI_NOT_INITIALIZED = 0x190
CKR_NO_EVENT = 0x8
CKR_SESSION_HANDLE_INVALID = 0xB3
PATIENCE = 60


def shell(command):
    script = f'. "$HERE/pcscd-private.sh"; {command}'
    subprocess.run(["bash", "-c", script], check=True, stdin=subprocess.DEVNULL, timeout=PATIENCE,
                   env=plain_environment())


class FunctionListToTheEnd(c.Structure):
    """What Token's table stops short of."""
    _fields_ = [("version", c.c_ubyte * 2)] + [(name, c.c_void_p) for name in FUNCTIONS + [
        "SeedRandom", "GenerateRandom", "GetFunctionStatus", "CancelFunction", "WaitForSlotEvent"]]


class Module(Token):
    """The module without a session, until open() makes one."""

    def __init__(self, path):  # pylint: disable=super-init-not-called
        library = c.CDLL(path)
        table = c.POINTER(FunctionListToTheEnd)()
        library.C_GetFunctionList.restype = ULONG
        library.C_GetFunctionList(c.byref(table))
        self._table = table.contents
        self.session = ULONG(0)

    def slots(self, with_token):
        count = ULONG(0)
        self.must("GetSlotList", c.c_ubyte(with_token), None, c.byref(count))
        return count.value

    def present(self):
        info = c.create_string_buffer(64 + 32 + 16 + 8)
        self.must("GetSlotInfo", ULONG(0), info)
        return ULONG.from_buffer(info, 96).value & CKF_TOKEN_PRESENT != 0

    def open(self):
        self.must("OpenSession", ULONG(0), ULONG(4), None, None, c.byref(self.session))
        self.must("Login", self.session, ULONG(CKU_USER), buffer(PIN), ULONG(len(PIN)))

    def sign(self):
        key = self.find({CKA_CLASS: CKO_PRIVATE_KEY, CKA_ID: b"\x01"})
        native = Mechanism(CKM_ECDSA, None, 0)
        self.must("SignInit", self.session, c.byref(native), key)
        out = c.create_string_buffer(64)
        length = ULONG(64)
        rv = self.call("Sign", self.session, buffer(bytes(32)), ULONG(32), out, c.byref(length))
        return rv

    def session_is_dead(self):
        info = c.create_string_buffer(64)
        rv = self.call("GetSessionInfo", self.session, info)
        if rv != CKR_SESSION_HANDLE_INVALID:
            print("the session says", rv_name(rv))
        return rv == CKR_SESSION_HANDLE_INVALID

    def wait(self, flags=0):
        slot = ULONG(99)
        return self.call("WaitForSlotEvent", ULONG(flags), c.byref(slot), None), slot.value

    def settle(self):
        """Take what has happened so far."""
        while self.wait(CKF_DONT_BLOCK)[0] == CKR_OK:
            pass


class Waiter(threading.Thread):
    """One C_WaitForSlotEvent in a thread of its own."""

    def __init__(self, module):
        super().__init__(daemon=True)
        self.module = module
        self.answer = None
        self.start()

    def run(self):
        self.answer = self.module.wait()

    def result(self):
        self.join(PATIENCE)
        if self.is_alive():
            raise RuntimeError("the wait does not end")
        return self.answer


def until(question):
    end = time.monotonic() + PATIENCE
    while not question():
        if time.monotonic() > end:
            raise RuntimeError("waited in vain")
        time.sleep(0.02)


def changed(module, command, present):
    """The card is moved; a wait tells it. Where it is the whole service, the other reader's slot may be told."""
    waiter = Waiter(module)
    shell(command)
    rv, slot = waiter.result()
    until(lambda: module.present() == present)
    module.settle()
    return rv == CKR_OK and slot < 2


def child_works(module):
    """In a child: not initialised, handles dead, begins anew and signs."""
    child = os.fork()
    if child == 0:
        try:
            info = c.create_string_buffer(64)
            good = module.call("GetSessionInfo", module.session, info) == CKR_CRYPTOKI_NOT_INITIALIZED
            module.must("Initialize", None)
            good = good and module.call("GetSessionInfo", module.session, info) == CKR_SESSION_HANDLE_INVALID
            module.open()
            good = good and module.sign() == CKR_OK
            module.must("Finalize", None)
            os._exit(0 if good else 1)
        finally:
            os._exit(2)
    return os.waitpid(child, 0)[1] == 0


def child_only_ends(how):
    child = os.fork()
    if child == 0:
        if how == "exec":
            os.execv("/bin/true", ["true"])
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def moving(totals, module):
    """The card goes and comes."""
    module.open()
    totals.check("the key signs", module.sign() == CKR_OK)
    module.settle()
    waiter = Waiter(module)
    totals.check("the key signs while another thread waits", all(module.sign() == CKR_OK for _ in range(5)))
    shell("take_out")
    totals.check("the wait tells of the card that was taken out", waiter.result() == (CKR_OK, 0))
    until(lambda: not module.present())
    totals.check("its session is dead", module.session_is_dead())
    module.settle()
    totals.check("a wait tells of the card that was put in", changed(module, "put_in", True))
    module.open()
    totals.check("its key signs again", module.sign() == CKR_OK)


def forking(totals, module):
    totals.check("a child begins anew and signs", child_works(module))
    totals.check("the parent goes on signing", module.sign() == CKR_OK)
    totals.check("a child that ends leaves the parent's login alone",
                 child_only_ends("exit") and module.sign() == CKR_OK)
    totals.check("a child that runs another program, too", child_only_ends("exec") and module.sign() == CKR_OK)


def restarting(totals, module):
    """pcscd stops and starts again."""
    module.settle()
    totals.check("a wait tells that the card service stopped", changed(module, "pcscd_private_down", False))
    totals.check("the session is dead", module.session_is_dead())
    totals.check("the slot stays", module.slots(0) >= 1 and module.slots(1) == 0)
    waiter = Waiter(module)
    shell("pcscd_private_up >/dev/null 2>&1")
    rv, _slot = waiter.result()
    totals.check("a wait tells that it is there again", rv == CKR_OK)
    until(module.present)
    module.open()
    totals.check("the key signs again", module.sign() == CKR_OK)
    shell("pcscd_private_down; pcscd_private_up >/dev/null 2>&1")
    until(module.present)
    module.open()
    totals.check("also when nobody asked in between", module.sign() == CKR_OK)


def ending(totals, module):
    module.settle()
    waiters = [Waiter(module) for _ in range(4)]
    begin = time.monotonic()
    module.must("Finalize", None)
    answers = [waiter.result()[0] for waiter in waiters]
    totals.check("C_Finalize ends the waits", all(rv == CKR_CRYPTOKI_NOT_INITIALIZED for rv in answers))
    print(f"note: it took {time.monotonic() - begin:.3f} s")


def later(totals, module):
    """pcscd is started after C_Initialize."""
    shell("pcscd_private_down")
    module.must("Initialize", None)
    totals.check("without a card service there is no slot", module.slots(0) == 0)
    waiter = Waiter(module)
    shell("pcscd_private_up >/dev/null 2>&1")
    rv, slot = waiter.result()
    totals.check("a wait tells of the readers of one that starts later", rv == CKR_OK and slot < 2)
    until(module.present)
    module.open()
    totals.check("and its card signs", module.sign() == CKR_OK)
    module.must("Finalize", None)


def main():
    totals = Totals()
    module = Module(MODULE)
    module.must("Initialize", None)
    totals.check("nothing has happened yet", module.slots(1) == 1 and module.wait(CKF_DONT_BLOCK)[0] == CKR_NO_EVENT)
    totals.run(moving, module)
    totals.run(forking, module)
    if WAY == "pcscd":
        totals.run(restarting, module)
    totals.run(ending, module)
    if WAY == "pcscd":
        totals.run(later, module)
    totals.end()


main()
