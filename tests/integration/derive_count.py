# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    derive_count.py OURS OPENSC CARD TOOL one|many

one   card commands of one derivation on a logged-in session, KDF or none, ours beside opensc-pkcs11's
many  1,000 derivations in a row: the last hundred cost what the first did, and the card stays as it was
Each module runs in a process of its own (this program again, with the word `child`).
"""
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import cryptoki as ck
from derive_cases import SHARED, Scene, template
from totals import Totals

# What OpenSC's PIV driver needs: its check at the lock that its application is still selected, and GENERAL AUTHENTICATE.
COMMANDS_OF_ONE = 2
ROUNDS, ROUND = 10, 100


def one_derivation(scene, kdf, shared):
    handle = scene.derive(ck.EcdhMechanism(scene.other.point, kdf, shared), template())
    scene.token.destroy(handle)
    return scene.commands


def child_one(scene):
    return {"CKD_NULL": one_derivation(scene, ck.CKD_NULL, b""),
            "CKD_SHA256_KDF": one_derivation(scene, ck.CKD_SHA256_KDF, SHARED)}


def child_many(scene):
    """Commands and seconds of each hundred."""
    commands, seconds = [], []
    mechanism = ck.EcdhMechanism(scene.other.point, ck.CKD_SHA256_KDF, SHARED)
    wanted = scene.other.x963("SHA256", 32, SHARED)
    for _ in range(ROUNDS):
        scene.reset_count()
        begin = time.monotonic()
        for _ in range(ROUND):
            handle = scene.token.derive(scene.key, mechanism, template())
            if scene.token.attribute(handle, ck.CKA_VALUE) != wanted:
                raise RuntimeError("a derivation gave another value")
            scene.token.destroy(handle)
        seconds.append(time.monotonic() - begin)
        commands.append(scene.count())
    return {"commands": commands, "seconds": seconds}


CHILDREN = {"one": child_one, "many": child_many}


def child(module, card, tool, what):
    scene = Scene(module, card, tool)
    print(json.dumps(CHILDREN[what](scene)), flush=True)


def results_of(module, card, tool, what):
    done = subprocess.run([sys.executable, __file__, "child", module, card, tool, what], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def one(totals, ours, opensc, card, tool):
    mine, theirs = (results_of(module, card, tool, "one") for module in (ours, opensc))
    print(f"\ncard commands of one derivation   {'ours':>6} {'opensc-pkcs11':>14}")
    for name, commands in mine.items():
        print(f"  {name:32} {commands:>6} {theirs[name]:>14}")
    for name, commands in mine.items():
        totals.equal(f"{name}: the commands the PIV driver needs", commands, COMMANDS_OF_ONE)
        totals.check(f"{name}: not more than opensc-pkcs11", commands <= theirs[name], f"{commands} > {theirs[name]}")


def digest(card):
    return hashlib.sha256(Path(card).read_bytes()).hexdigest()


def many(totals, ours, _, card, tool):
    before = digest(card)
    result = results_of(ours, card, tool, "many")
    print("commands of each hundred: " + " ".join(str(n) for n in result["commands"]))
    print("seconds of each hundred:  " + " ".join(f"{n:.2f}" for n in result["seconds"]))
    totals.equal("1,000 derivations in a row work", len(result["commands"]), ROUNDS)
    totals.equal("the first hundred cost two commands each", result["commands"][0], COMMANDS_OF_ONE * ROUND)
    totals.equal("the last hundred cost what the first did", result["commands"][-1], result["commands"][0])
    totals.equal("the card's file is the same, byte by byte", digest(card), before)


PARTS = {"one": one, "many": many}


def main():
    if sys.argv[1] == "child":
        child(*sys.argv[2:])
        return
    *where, what = sys.argv[1:]
    totals = Totals()
    totals.run(PARTS[what], *where)
    totals.end()


main()
