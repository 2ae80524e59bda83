# SPDX-License-Identifier: Apache-2.0
"""Load targets: servers of a seed, started at a port that the system chooses."""

import base64
import json
import re
import time

from administrator import Administrator
from server import BINARY, EXTRA_OPTIONS, Server


class Target(Server):
    """A load target on a seeded data directory; its port is known when it listens."""

    def __init__(self, data, options=(), reactors=2, listen="127.0.0.1:0", **more):
        super().__init__(data, options, reactors, port=1, **more)
        self.listen = listen

    def command(self):
        flags = ["--listen", self.listen, "--reactors", str(self.reactors)]
        return [
            *self.prefix, BINARY, "load-target", "serve", "--data", self.data, *flags,
            *self.options, *EXTRA_OPTIONS,
        ]  # fmt: skip

    def wait_for_line(self, text, timeout=20):
        super().wait_for_line(text, timeout)
        for line in self.stdout:
            if found := re.search(r"listening on https://\S+:(\d+)$", line):
                self.port = int(found[1])


def claims(token):
    """The claims of a JWT, unverified."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Rules(Administrator):
    """Sets rules at a running load target, and reads what it has counted."""

    def add(self, **rule):
        status, _, body = self.curl("/load-target/faults", "-d", json.dumps(rule))
        assert status == 201, body
        # Every reactor has the rule in its next turn.
        time.sleep(0.05)
        return json.loads(body)["id"]

    def remove(self, number):
        return self.curl(f"/load-target/faults/{number}", "-X", "DELETE")[0]

    def refusal(self, content):
        status, _, body = self.curl("/load-target/faults", "-d", content)
        assert status == 400, body
        return json.loads(body)["findings"]

    def counters(self, client=None):
        return self.json("/load-target/counters" + (f"?client={client}" if client else ""))

    def calls(self, **query):
        pairs = "&".join(f"{name}={value}" for name, value in query.items())
        return self.json(f"/load-target/calls?{pairs}")["calls"]
