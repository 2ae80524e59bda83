# SPDX-License-Identifier: Apache-2.0
"""Locust: each virtual user is a client of its own.

Before:  handfast load-target export --data load-target-data --format csv --out clients.csv
         handfast load-target export --data load-target-data --format pem-folder \\
             --out load-target-clients        (for ca.pem; script/load-target does it)
         pip install locust
Run:     locust -f Examples/load/locustfile.py --headless --users 100 --spawn-rate 50 \\
             --run-time 30s --stop-timeout 10 --host https://localhost:9443
Expect:  a table with "token", and no failures. --stop-timeout lets the last calls end, so that
         Locust counts as many as the target.

CLIENTS is the CSV file, CA the file with the target's CA. With more users than clients, clients
are used again. Each user keeps its connection: users and clients are as many handshakes.
"""

import csv
import itertools
import os
import ssl
import tempfile

from locust import FastHttpUser, constant, task

with open(os.environ.get("CLIENTS", "clients.csv"), newline="") as opened:
    clients = itertools.cycle(list(csv.DictReader(opened)))
CA = os.environ.get("CA", "load-target-clients/ca.pem")


def context(client):
    """The TLS settings of one client. Python's ssl reads certificates and keys from files only."""
    made = ssl.create_default_context(cafile=CA)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(client["key_pem"] + client["certificate_pem"])
        file.flush()
        made.load_cert_chain(file.name)
    return made


class Client(FastHttpUser):
    wait_time = constant(0.1)

    def __init__(self, environment):
        self.registered = next(clients)
        self.ssl_context_factory = lambda: context(self.registered)
        super().__init__(environment)

    @task
    def token(self):
        form = {
            "grant_type": "client_credentials",
            "client_id": self.registered["client_id"],
        }
        with self.client.post(
            "/oauth2/token", data=form, name="token", catch_response=True
        ) as answer:
            if answer.status_code != 200 or "access_token" not in answer.text:
                answer.failure(f"{answer.status_code} {answer.text}")
