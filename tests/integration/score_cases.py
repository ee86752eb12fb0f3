# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    score_cases.py OURS OPENSC CARD TOOL

The cases of derive_cases.py on both modules and the same card, in one table. Ours must have every one right, and must
send no card command for a derivation that it refuses; opensc-pkcs11's results are there to be read.
"""
import json
import signal
import subprocess
import sys
from pathlib import Path

from derive_cases import CARELESS, CASES
from totals import Totals

SCRIPT = Path(__file__).with_name("derive_cases.py")


def run_case(module, card, tool, name):
    """(outcome, card commands) of a case in a process of its own."""
    child = subprocess.run([sys.executable, str(SCRIPT), module, card, tool, name], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if child.returncode < 0:
        return f"CRASH: {signal.Signals(-child.returncode).name}", None
    if child.returncode > 0:
        last = (child.stderr.strip().splitlines() or ["no word"])[-1]
        return f"CRASH: exit {child.returncode}: {last}", None
    answer = json.loads(child.stdout.splitlines()[-1])
    return answer["outcome"], answer["commands"]


def table(totals, title, cases, modules, card, tool):
    print(f"\n{title}")
    print(f"  {'case':38} {'ours':34} {'cmds':>4}   {'opensc-pkcs11':34} {'cmds':>4}")
    score = [0, 0]
    for name, (_, wanted) in cases.items():
        results = [run_case(module, card, tool, name) for module in modules]
        marks = [outcome in wanted for outcome, _ in results]
        score = [have + mark for have, mark in zip(score, marks)]
        cells = [f"{'+' if mark else '-'} {outcome[:32]:32} {commands if commands is not None else '':>4}"
                 for mark, (outcome, commands) in zip(marks, results)]
        print(f"  {name:38} {cells[0]}   {cells[1]}")
        outcome, commands = results[0]
        totals.check(name, marks[0], f"{outcome}, wanted one of {sorted(wanted)}")
        if wanted != {"right"} and name != "sensitive key, value asked for":
            totals.equal(f"{name}: no card command", commands, 0)
    print(f"  {'right':38} {score[0]} of {len(cases):<36}   {score[1]} of {len(cases)}")


def main():
    ours, opensc, card, tool = sys.argv[1:]
    totals = Totals()
    table(totals, "One derivation, 22 ways", CASES, (ours, opensc), card, tool)
    table(totals, "Callers' mistakes", CARELESS, (ours, opensc), card, tool)
    totals.end()


main()
