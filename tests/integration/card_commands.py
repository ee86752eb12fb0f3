# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    card_commands.py STEPS OURS OPENSC CARD TOOL PIN KIND SLOT_OURS SLOT_OPENSC SIGN DECRYPT DERIVE PROCESS...

What a client's work with a card costs it (tests/p11/card_steps), our module beside opensc-pkcs11: step by step never
more commands, but for what DIFFERENCES names. A PROCESS is its lives, with commas in between; the first is the cold
one, after it the process has done everything once before. KIND names the card and the rows of DIFFERENCES.
"""
import sys

from stepping import Stepping
from totals import Totals

# When a card is read is a module's own affair: what leads to these steps is compared as a sum, with all before it.
SUMS = {"slots and tokens": "C_Initialize to tokens", "first signature": "C_Initialize to 1st sign.",
        "list": "C_Initialize to list"}
READS_THE_CARD = ("C_Initialize", "slots and tokens")
WARM_AND_COLD = ("C_Initialize to 1st sign.", "C_Initialize to list")

LOGS_OUT = ("opensc-pkcs11 leaves the card open: OpenSC's PIV driver has no logout. Ours sends VERIFY with P1 FF, "
            "after the check that each transaction with this driver begins with")
AUTHENTICATES = "the key's PIN is not the token's: CKA_ALWAYS_AUTHENTICATE here, a slot of its own in opensc-pkcs11"
# (KIND, step): how many commands more than opensc-pkcs11 one time costs, exactly, and why. An OpenSC in which the cause
# is gone is no failure: not more then, as in every other row.
DIFFERENCES = {
    ("PIV", "C_Logout"): (2, LOGS_OUT),
    ("PIV", "C_Finalize, logged in"): (2, LOGS_OUT),
    ("OpenPGP, second PIN", "first signature"): (1, AUTHENTICATES),
    ("OpenPGP, second PIN", "signatures"): (1, AUTHENTICATES),
    ("OpenPGP, second PIN", "RSA decryptions"): (1, AUTHENTICATES),
}


def rows_of(command, lives, card, tool):
    """{(life, step): (times, commands)} of one process."""
    rows, last, total = {}, None, 0
    for line, commands in Stepping([*command, *lives], card, tool).steps():
        number, step, times, _ = line.split("\t")
        if number != last:
            last, total = number, 0
        total += commands
        life = "cold" if number == "0" else "warm"
        if step not in READS_THE_CARD:
            rows[life, step] = (int(times), commands)
        if step in SUMS:
            rows[life, SUMS[step]] = (1, total)
    return rows


def measure(command, processes, card, tool):
    rows = {}
    for lives in processes:
        for row, cost in rows_of(command, lives.split(","), card, tool).items():
            rows.setdefault(row, cost)
    return rows


def compare(totals, kind, mine, theirs):
    print(f"\n{kind + ': card commands':34} {'times':>6} {'ours':>6} {'opensc-pkcs11':>14}")
    for (life, step), (times, commands) in sorted(mine.items(), key=lambda row: row[0][0]):
        print(f"{life + ': ' + step:34} {times:>6} {commands:>6} {theirs[life, step][1]:>14}")
    for (life, step), (times, commands) in mine.items():
        other = theirs[life, step][1]
        more, why = DIFFERENCES.get((kind, step), (0, ""))
        if more and commands > other:
            totals.equal(f"{kind}, {life}: {step}: {more * times} more ({why})", commands - other, more * times)
        else:
            totals.check(f"{kind}, {life}: {step}: not more than opensc-pkcs11", commands <= other,
                         f"{commands} > {other}")


def run(totals, steps, ours, opensc, card, tool, pin, kind, slot_ours, slot_opensc, *rest):
    keys, processes = rest[:3], rest[3:]
    mine, theirs = (measure([steps, module, pin, slot, *keys], processes, card, tool)
                    for module, slot in ((ours, slot_ours), (opensc, slot_opensc)))
    totals.equal(f"{kind}: both modules came to the end", sorted(mine), sorted(theirs))
    compare(totals, kind, mine, theirs)
    for name in WARM_AND_COLD:
        if ("warm", name) in mine:
            totals.check(f"{kind}: {name}: warm not more than cold", mine["warm", name] <= mine["cold", name])


def main():
    totals = Totals()
    totals.run(run, *sys.argv[1:])
    totals.end()


main()
