# SPDX-License-Identifier: LGPL-2.1-or-later
"""
    logs_cases.py PIN WRONG_PIN SECRET LOG...

Whether a log holds a PIN, as text or as bytes in hexadecimal, or bytes of a secret (a file), six in a row.
"""
import re
import sys

from totals import Totals

WINDOW = 6


def hex_runs(line):
    """Bytes written in hexadecimal, with blanks, colons, commas or 0x between them or nothing."""
    for run in re.findall(r"(?:(?:0x)?[0-9a-f]{2}[ :,]*){4,}", line):
        yield re.sub(r"0x|[ :,]", "", run)


def held(lines, secret):
    windows = {secret[i:i + WINDOW].hex() for i in range(len(secret) - WINDOW + 1)}
    for line in lines:
        if secret.decode("latin-1") in line:
            return line
        for run in hex_runs(line.lower()):
            # a run may begin in the middle of a byte
            if any(run[i:i + 2 * WINDOW] in windows for i in range(len(run) - 2 * WINDOW + 1)):
                return line
    return None


def main():
    pin, wrong, secret, *logs = sys.argv[1:]
    totals = Totals()
    with open(secret, "rb") as file:
        secrets = {"the PIN": pin.encode(), "a wrong PIN": wrong.encode(), "the secret": file.read()}
    for log in logs:
        with open(log, encoding="latin-1") as file:
            lines = file.readlines()
        totals.check(f"{log} has something to look at", len(lines) > 50, f"{len(lines)} lines")
        for name, value in secrets.items():
            found = held(lines, value)
            totals.check(f"{log} does not hold {name}", found is None, found)
    # and that this program sees what is there
    for line in (f"PIN: {pin}\n", " ".join(f"{byte:02X}" for byte in pin.encode()) + "\n", pin.encode().hex(":") + "\n"):
        totals.check("a PIN would be found", held([line], pin.encode()) is not None)
    totals.end()


main()
