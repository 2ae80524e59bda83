# SPDX-License-Identifier: Apache-2.0
"""A load of token requests from a process of its own; says what came back.

usage: python load.py < plan.json > outcome.json
The plan has the address, how many seconds, and for each worker the certificate, the key, the
client, the token version to speak, and how many tokens it waits for after that on a busy machine.
A worker mixes kept-alive requests, resumed and full handshakes.
"""

import base64
import json
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from oauth import CC
from pki import Credential
from wire import Connection, Refused, client_context


# After the seconds of the plan, for the tokens that it asks for.
PATIENCE_SECONDS = 40


def claims_of(access_token):
    payload = access_token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Worker(threading.Thread):
    def __init__(self, plan, address, seconds):
        super().__init__()
        self.plan, self.address = plan, address
        self.limit = time.monotonic() + seconds
        self.last = self.limit + PATIENCE_SECONDS
        self.statuses, self.wrong, self.dropped = Counter(), [], 0
        self.chance = random.Random(plan["client_id"])
        credential = Credential(Path(plan["certificate"]), Path(plan["key"]))
        self.thumbprint = credential.thumbprint
        self.context = client_context(credential, plan["version"])

    @property
    def is_short(self):
        return self.statuses[200] <= self.plan["tokens"]

    def run(self):
        session = None
        while time.monotonic() < (self.last if self.is_short else self.limit):
            try:
                with Connection(
                    self.address, context=self.context, session=session, timeout=30
                ) as connection:
                    for _ in range(self.chance.randrange(1, 30)):
                        self.once(connection)
                    session = connection.session if self.chance.random() < 0.7 else None
            except Refused as refusal:
                self.dropped += 1
                self.wrong.append(str(refusal))
                session = None

    def once(self, connection):
        body = {**CC, "client_id": self.plan["client_id"]}
        response = connection.token(body)
        self.statuses[response.status] += 1
        if response.status == 200:
            claims = claims_of(response.json["access_token"])
            if (claims["client_id"], claims["cnf"]["x5t#S256"]) != (
                self.plan["client_id"],
                self.thumbprint,
            ):
                self.wrong.append(f"a token for {claims}")


def main():
    plan = json.load(sys.stdin)
    workers = [Worker(w, tuple(plan["address"]), plan["seconds"]) for w in plan["workers"]]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    outcome = [
        {
            "client_id": w.plan["client_id"],
            "statuses": {str(status): count for status, count in w.statuses.items()},
            "wrong": w.wrong[:5],
            "dropped": w.dropped,
        }
        for w in workers
    ]
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    main()
