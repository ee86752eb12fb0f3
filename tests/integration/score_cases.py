# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    score_cases.py OURS OPENSC CARD TOOL

The cases of derive_cases.py on both modules and the same card; opensc-pkcs11's results are there to be read.
"""
import sys

from derive_cases import CARELESS, CASES, outcome_of
from scoreboard import table
from totals import Totals


def main():
    ours, opensc, card, tool = sys.argv[1:]
    totals = Totals()

    def outcome(module, case):
        return outcome_of(module, card, tool, case)

    table(totals, "One derivation, 22 ways", CASES, (ours, opensc), outcome)
    table(totals, "Callers' mistakes", CARELESS, (ours, opensc), outcome)
    totals.end()


main()
