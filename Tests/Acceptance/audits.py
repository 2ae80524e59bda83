# SPDX-License-Identifier: Apache-2.0
"""The audit of a data directory, as its commands show it."""

import json

from server import handfast


class Audit:
    """The audit in the data directory `data`."""

    def __init__(self, data):
        self.data = data

    def run(self, *arguments, **options):
        return handfast("audit", *arguments, "--data", self.data, **options)

    def entries(self, *options):
        """All entries, oldest first, or those of the options."""
        done = self.run("list", "--json", "--limit", "10000", *(options or ("--after", "0")))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def newest(self):
        return self.entries()[-1]

    def head(self):
        return self.run("head").stdout.strip()

    def verify(self, *options):
        """The number of rows that were checked; fails where something is wrong."""
        words = self.run("verify", *options).stdout.split()
        assert words[0] == "whole:"
        return int(words[1])

    def finding(self, *options):
        """The sentence about what is wrong."""
        done = self.run("verify", *options, check=False)
        assert done.returncode == 1 and not done.stdout, done
        return done.stderr.removeprefix("Error: ").strip()
