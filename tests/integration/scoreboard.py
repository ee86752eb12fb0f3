# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Cases on two modules and the same card, in one table. Each case runs in a process of its own, because some modules do not
survive some of them.
"""
import json
import os
import signal
import sys
import traceback

SEEN_FIRST = "sensitive key, value asked for"  # refused only after the derivation


def in_child(action):
    """(what the action returned or None, the exit status as os.waitstatus_to_exitcode gives it)."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(action()).encode())
            os._exit(0)
        except BaseException:  # pylint: disable=broad-except
            traceback.print_exc()
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return (json.loads(text) if text else None), status


def run_case(outcome_of, module, case):
    """(outcome, card commands)"""
    result, status = in_child(lambda: outcome_of(module, case))
    if result is not None:
        return result
    return (f"CRASH: {signal.Signals(-status).name}" if status < 0 else f"CRASH: exit status {status}"), None


def cell(wanted, outcome, commands):
    return f"{'+' if outcome in wanted else '-'} {outcome[:30]:30} {'' if commands is None else commands:>4}"


def table(totals, title, cases, modules, outcome_of):
    """
    Cases (name: (case, what counts as right)) on our module and another; outcome_of(module, case) gives (outcome, card
    commands). Ours must have every one right, and must send no card command for what it refuses.
    """
    results = {name: [run_case(outcome_of, module, case) for module in modules] for name, (case, _) in cases.items()}
    print(f"\n{title:38}   {'ours':30} cmds   {'opensc-pkcs11':32} cmds")
    for name, (_, wanted) in cases.items():
        print(f"  {name:38} " + "   ".join(cell(wanted, *result) for result in results[name]))
    score = [sum(results[name][i][0] in wanted for name, (_, wanted) in cases.items()) for i in range(len(modules))]
    print(f"  {'right':38}   {score[0]} of {len(cases)}{'':32}   {score[1]} of {len(cases)}\n")
    for name, (_, wanted) in cases.items():
        outcome, commands = results[name][0]
        totals.check(name, outcome in wanted, f"{outcome}, wanted {' or '.join(sorted(wanted))}")
        if wanted != {"right"} and name != SEEN_FIRST:
            totals.equal(f"{name}: no card command", commands, 0)
