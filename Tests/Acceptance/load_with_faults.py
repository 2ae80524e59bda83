# SPDX-License-Identifier: Apache-2.0
"""Calls of many clients at a load target, from a process of its own; says what each one saw.

usage: python load_with_faults.py > seen.json
The first line of standard input is the plan: the address, the folder of an export, the numbers of
the clients, and how many threads. The load ends with the input. A thread is one client after the
other: each with a full handshake, and with calls on the connection as long as that is open. What
was seen is counted by the last digit of the client's number, which is how the rules are given out.
"""

import json
import queue
import sys
import threading
from collections import Counter
from pathlib import Path

from load import claims_of
from oauth import CC
from seeds import client_id, credential
from wire import Connection, Refused, client_context

# On a connection: a handshake is the dearer part.
CALLS = 5


class Worker(threading.Thread):
    """One client after the other, until the load ends."""

    def __init__(self, plan, numbers, ended):
        super().__init__()
        self.plan, self.numbers, self.ended = plan, numbers, ended
        self.address = tuple(plan["address"])
        # Calls and what was seen in them, by the client's last digit.
        self.calls, self.seen = Counter(), Counter()
        self.clients, self.wrong = set(), []

    def run(self):
        while not self.ended.is_set():
            number = self.numbers.get()
            try:
                self.be(number)
            except Exception as error:
                self.wrong.append(f"{client_id(number)}: {error!r}")
            # Behind all others; none is two threads' at a time.
            self.numbers.put(number)

    def be(self, number):
        own = credential(Path(self.plan["folder"]), number)
        context = client_context(own, "1.3")
        self.clients.add(number)
        left = CALLS
        while left:
            with Connection(self.address, context=context, timeout=30) as connection:
                while left:
                    left -= 1
                    seen = self.once(connection, number, own.thumbprint)
                    self.calls[number % 10] += 1
                    self.seen[f"{number % 10} {seen}"] += 1
                    if seen == "none":
                        break

    def once(self, connection, number, thumbprint):
        """What one call came to: token, foreign (bound to another certificate), status or none."""
        try:
            answer = connection.token({**CC, "client_id": client_id(number)})
        except Refused:
            return "none"
        if answer.status != 200:
            return str(answer.status)
        claims = claims_of(answer.json["access_token"])
        if claims["client_id"] != client_id(number):
            self.wrong.append(f"a token for {claims['client_id']} and not {client_id(number)}")
        return "token" if claims["cnf"]["x5t#S256"] == thumbprint else "foreign"


def main():
    plan = json.loads(sys.stdin.readline())
    numbers = queue.SimpleQueue()
    for number in plan["numbers"]:
        numbers.put(number)
    ended = threading.Event()
    workers = [Worker(plan, numbers, ended) for _ in range(plan["threads"])]
    for worker in workers:
        worker.start()
    sys.stdin.read()
    ended.set()
    for worker in workers:
        worker.join()
    added = {
        name: dict(sum((getattr(one, name) for one in workers), Counter()))
        for name in ("calls", "seen")
    }
    wrong = [text for one in workers for text in one.wrong]
    met = len(set().union(*(one.clients for one in workers)))
    json.dump({**added, "clients": met, "wrong": wrong[:5]}, sys.stdout)


if __name__ == "__main__":
    main()
