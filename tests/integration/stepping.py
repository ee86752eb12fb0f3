# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program that ends each step with a line and awaits one before the next: what each step cost the card."""
import subprocess


class Stepping:
    def __init__(self, command, card, tool):
        self.card, self.tool = card, tool
        self.command = command
        self.last = self.count()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def count(self):
        done = subprocess.run([self.tool, "count", self.card], stdout=subprocess.PIPE, text=True, check=True)
        return int(done.stdout.split()[1])

    def steps(self):
        """The line and the card commands of each step."""
        for line in self.process.stdout:
            now = self.count()
            yield line.strip(), now - self.last
            self.last = now
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        if self.process.wait(timeout=60) != 0:
            raise RuntimeError(f"{self.command[0]} failed")
