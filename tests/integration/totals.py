# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What the test programs in Python share: counting (the last line they print is `N passed, N failed`), and what other
programs are started with.
"""
import os
import sys
import traceback


def plain_environment():
    """Without the sanitizer's runtime that is preloaded where our module is loaded: other programs have their own, or none."""
    return {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}


class Totals:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, right, detail=""):
        if right:
            self.passed += 1
            print(f"ok: {name}")
        else:
            self.failed += 1
            print(f"FAILED: {name}" + (f": {detail}" if detail else ""))
        return right

    def equal(self, name, got, wanted):
        return self.check(name, got == wanted, f"got {shown(got)}, wanted {shown(wanted)}")

    def run(self, part, *args):
        """A part that raises is one failure; the other parts still run."""
        try:
            part(self, *args)
        except Exception:  # pylint: disable=broad-except
            self.failed += 1
            print(f"FAILED: {part.__name__} ended early")
            traceback.print_exc(file=sys.stdout)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)


def shown(value):
    return value.hex() if isinstance(value, bytes) else repr(value)
