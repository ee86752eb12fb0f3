# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    card_times.py STEPS OURS OPENSC PIN ROUNDS SIGN DECRYPT DERIVE

How long a client's work with a card takes (tests/p11/card_steps), our module beside opensc-pkcs11. The modules take turns,
each round beginning with the other; a number is the median of the rounds, in milliseconds for one time.
"""
import statistics
import subprocess
import sys

PROCESSES = (("sign", "sign"), ("list", "list"))
SUMS = {"first signature": "C_Initialize to first signature", "list": "C_Initialize to list of objects"}
ROWS = tuple(SUMS.values()) + ("list as NSS", "list again", "signatures", "RSA decryptions", "ECDH derivations", "C_Logout",
                               "C_Finalize")
OURS, OPENSC = 0, 1


def times_of(command):
    """{(life, step): milliseconds} of one process."""
    done = subprocess.run(command, input="\n" * 200, stdout=subprocess.PIPE, text=True, check=True)
    rows, last, total = {}, None, 0.0
    for line in done.stdout.splitlines():
        number, step, times, nanoseconds = line.split("\t")
        if number != last:
            last, total = number, 0.0
        taken = int(nanoseconds) / 1e6
        total += taken
        life = "cold" if number == "0" else "warm"
        rows[step, life] = taken / int(times)
        if step in SUMS:
            rows[SUMS[step], life] = total
    return rows


def measure(steps, modules, pin, rounds, keys):
    """{(step, life): ([ours], [opensc-pkcs11])}"""
    rows = {}
    for number in range(rounds):
        for which in ((OURS, OPENSC), (OPENSC, OURS))[number % 2]:
            for lives in PROCESSES:
                for row, taken in times_of([steps, modules[which], pin, "0", *keys, *lives]).items():
                    rows.setdefault(row, ([], []))[which].append(taken)
    return rows


def main():
    steps, ours, opensc, pin, rounds, *keys = sys.argv[1:]
    rows = measure(steps, (ours, opensc), pin, int(rounds), keys)
    print(f"{'ms':32} {'':5} {'ours':>9} {'opensc-pkcs11':>14} {'ratio':>6}")
    for step in ROWS:
        for life in ("cold", "warm"):
            if (step, life) in rows:
                mine, theirs = (statistics.median(taken) for taken in rows[step, life])
                ratio = f"{mine / theirs:6.2f}" if theirs else f"{'-':>6}"
                print(f"{step:32} {life:5} {mine:9.3f} {theirs:14.3f} {ratio}")


main()
