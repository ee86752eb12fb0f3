# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    inventory_steps.py INVENTORY OURS OPENSC CARD TOOL PIN

What each step of a client costs the card (tests/p11/inventory --steps), our module beside opensc-pkcs11: never more in
all, and nothing for what needs no command of the card.
"""
import sys

from stepping import Stepping
from totals import Totals

# Steps for which our module must send no command.
FREE = ("initialize", "slots", "list", "list again", "token again", "mechanisms", "polling", "certificates again",
        "data again", "list of the user", "data of the user again", "polling of the user")
# The list of objects is there for whoever asked for it; what follows is about single objects.
UP_TO_LIST = "list again"


def compare(totals, inventory, ours, opensc, card, tool, pin):
    mine, theirs = (list(Stepping([inventory, "--steps", module, pin], card, tool).steps())
                    for module in (ours, opensc))
    print(f"\n{'card commands':24} {'ours':>6} {'opensc-pkcs11':>14}   {'in all':>6} {'':>6}")
    sums = [0, 0]
    for (name, commands), (_, other) in zip(mine, theirs):
        sums = [sums[0] + commands, sums[1] + other]
        print(f"{name:24} {commands:>6} {other:>14}   {sums[0]:>6} {sums[1]:>6}")
        if name in FREE:
            totals.equal(f"{name}: no card command", commands, 0)
        if name == UP_TO_LIST:
            totals.check("up to the list of objects: not more than opensc-pkcs11", sums[0] <= sums[1],
                         f"{sums[0]} > {sums[1]}")
    totals.equal("both modules came to the end", [name for name, _ in mine], [name for name, _ in theirs])
    totals.check("every step that must be free was made", set(FREE) <= {name for name, _ in mine})
    totals.check("in all: not more than opensc-pkcs11", sums[0] <= sums[1], f"{sums[0]} > {sums[1]}")


def main():
    totals = Totals()
    totals.run(compare, *sys.argv[1:])
    totals.end()


main()
