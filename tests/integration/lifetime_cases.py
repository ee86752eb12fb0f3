# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The module loaded, initialised, used, finalised and unloaded again and again: no thread, no open file, no mapping and no
growing memory is left behind.
"""
import ctypes as c
import gc
import os
import sys

import _ctypes

from cryptoki import CKA_CLASS, CKA_ID, CKO_PRIVATE_KEY, CKU_USER, ULONG, Mechanism, Token, buffer
from totals import Totals

MODULE, PIN, WAY = sys.argv[1], sys.argv[2].encode(), sys.argv[3]
CKM_ECDSA = 0x1041
BATCHES = 30
ROUNDS = 30
LOADS = 4
# A sanitizer's allocator does not tell; and with pcscd many rounds take long.
MEMORY = WAY == "provider" and "LD_PRELOAD" not in os.environ


class Loaded(Token):
    """One loading of the module, with its handle to unload it by."""

    def __init__(self):  # pylint: disable=super-init-not-called
        self.library = c.CDLL(MODULE)
        table = c.c_void_p()
        self.library.C_GetFunctionList.restype = ULONG
        self.library.C_GetFunctionList(c.byref(table))
        self._table = Token.table_at(table.value)
        self.session = ULONG(0)

    def use(self):
        self.must("Initialize", None)
        count = ULONG(0)
        self.must("GetSlotList", c.c_ubyte(1), None, c.byref(count))
        self.must("OpenSession", ULONG(0), ULONG(4), None, None, c.byref(self.session))
        self.must("Login", self.session, ULONG(CKU_USER), buffer(PIN), ULONG(len(PIN)))
        native = Mechanism(CKM_ECDSA, None, 0)
        self.must("SignInit", self.session, c.byref(native), self.find({CKA_CLASS: CKO_PRIVATE_KEY, CKA_ID: b"\x01"}))
        out = c.create_string_buffer(64)
        length = ULONG(64)
        self.must("Sign", self.session, buffer(bytes(32)), ULONG(32), out, c.byref(length))
        self.must("Finalize", None)

    def unload(self):
        _ctypes.dlclose(self.library._handle)


def threads():
    return len(os.listdir("/proc/self/task"))


def files():
    return len(os.listdir("/proc/self/fd"))


def mapped(name):
    with open("/proc/self/maps", encoding="ascii", errors="replace") as maps:
        return any(name in line for line in maps)


class Allocated(c.Structure):
    """mallinfo2(3)"""
    _fields_ = [(name, c.c_size_t) for name in
                ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]


def allocated():
    ask = c.CDLL(None).mallinfo2
    ask.restype = Allocated
    gc.collect()
    told = ask()
    return told.uordblks + told.hblkhd


def stops_growing(action):
    """What malloc keeps at hand grows for a while; some day many rounds must take nothing at all."""
    for _ in range(BATCHES):
        before = allocated()
        for _ in range(ROUNDS):
            action()
        if allocated() - before < ROUNDS * 8:
            return True
    return False


def reinitialised(totals):
    module = Loaded()
    module.use()
    before = threads(), files()
    for _ in range(LOADS):
        module.use()
    totals.check("initialised and finalised many times, no thread and no file is left", (threads(), files()) == before)
    if MEMORY:
        totals.check("and no memory", stops_growing(module.use))
    module.unload()


def once():
    module = Loaded()
    module.use()
    module.unload()


def reloaded(totals):
    before = threads(), files()
    once()
    totals.check("unloaded, its code is gone", not mapped(os.path.basename(MODULE)))
    totals.check("and libopensc's", not mapped("libopensc"))
    for _ in range(LOADS):
        once()
    totals.check("loaded many times, no thread and no file is left", (threads(), files()) == before)


def unfinalised(totals):
    """Unloaded without C_Finalize, the process ends well all the same."""
    child = os.fork()
    if child == 0:
        module = Loaded()
        module.must("Initialize", None)
        module.unload()
        sys.stdout.flush()
        c.CDLL(None).exit(0)
    totals.check("unloaded without C_Finalize, the process ends well", os.waitpid(child, 0)[1] == 0)


def main():
    totals = Totals()
    totals.run(reloaded)
    totals.run(reinitialised)
    totals.run(unfinalised)
    totals.end()


main()
