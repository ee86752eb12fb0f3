# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    inventory_table.py DIFFERENCES [--every-difference] CARD OURS OPENSC [CARD OURS OPENSC ...]

Put what tests/p11/inventory printed of our module and of opensc-pkcs11 on the same card side by side. What opensc-pkcs11
has and ours has not, or has otherwise, must match a line of DIFFERENCES, which are `pattern of names: reason`.
--every-difference: each of those lines must have explained something, if opensc-pkcs11 is of the version they were
written for; a line that begins with `~` need not. A pattern may begin with a card and `@`.
"""
import sys
from fnmatch import fnmatchcase

from totals import Totals

WIDTH = 38
WRITTEN_FOR = "0.23"
# An error instead of a value is nothing that a module has, but this one is the right answer.
SENSITIVE = "!ATTRIBUTE_SENSITIVE"


def facts_of(path):
    """Name to the values it has; an object or mechanism shown in two slots is one."""
    facts = {}
    with open(path, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            name, value = line.rstrip("\n").split("\t", 1)
            facts.setdefault(name, set()).add(value)
    return facts


def differences_of(path):
    """Pattern, reason, and whether it must explain something."""
    rows = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                pattern, reason = line.strip().split(": ", 1)
                rows.append((pattern.lstrip("~"), reason, not pattern.startswith("~")))
    return rows


def cell(values):
    text = ", ".join(sorted(values)) if values else "-"
    return text if len(text) <= WIDTH else f"{text[:WIDTH - 8]}... {len(text)}"


def is_had(values):
    return {value for value in values if not value.startswith("!") or value == SENSITIVE}


class Table:
    def __init__(self, differences):
        self.differences = differences
        self.used = set()

    def reason(self, card, name):
        for pattern, reason, _ in self.differences:
            if fnmatchcase(name, pattern) or fnmatchcase(f"{card}@{name}", pattern):
                self.used.add(pattern)
                return reason
        return None

    def note(self, card, name, ours, theirs):
        """What is to be said of a row, and whether that is in order."""
        theirs = is_had(theirs)
        if theirs <= ours:
            return ("" if theirs else "ours only"), True
        reason = self.reason(card, name)
        return (reason, True) if reason else ("NOT EXPLAINED", False)

    def compare(self, totals, card, ours, theirs):
        print(f"\n{card:60} {'ours':{WIDTH}} {'opensc-pkcs11':{WIDTH}}")
        wrong = []
        for name in sorted(ours.keys() | theirs.keys()):
            mine, other = ours.get(name, set()), theirs.get(name, set())
            note, right = self.note(card, name, mine, other)
            if not right:
                wrong.append(name)
            before = name.replace("object/after/", "object/before/")
            if right and before != name and ours.get(before) == mine and theirs.get(before, set()) == other:
                continue
            print(f"{name:60} {cell(mine):{WIDTH}} {cell(other):{WIDTH}} {note}".rstrip())
        totals.check(f"{card}: all that opensc-pkcs11 shows ({len(theirs)} facts) is there or explained", not wrong,
                     " ".join(wrong))
        totals.check(f"{card}: both modules showed something", len(ours) > 100 and len(theirs) > 100)

    def check_used(self, totals):
        for pattern, _, needed in self.differences:
            if needed:
                totals.check(f"a difference that is there: {pattern}", pattern in self.used)


def main():
    args = sys.argv[1:]
    every = "--every-difference" in args
    differences, *cards = [arg for arg in args if arg != "--every-difference"]
    totals = Totals()
    table = Table(differences_of(differences))
    for i in range(0, len(cards), 3):
        card, ours, theirs = cards[i], facts_of(cards[i + 1]), facts_of(cards[i + 2])
        table.compare(totals, card, ours, theirs)
        every = every and theirs["library/version"] == {WRITTEN_FOR}
    if every:
        table.check_used(totals)
    totals.end()


main()
