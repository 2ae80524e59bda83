#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time of a token for a certificate that the server has not seen: Documentation/performance.md.

usage: .venv/bin/python Benchmarks/new_certificates.py [ROUNDS]

Starts the release program (or HANDFAST_BINARY) with one reactor, and asks for a token on a
connection each with a full handshake: by a self-signed certificate, by one of a CA
(tls_client_auth), and by an X.509-SVID (spiffe_x509), the last two with the same certificate again
and with a new one each time. All keys are P-256. Prints the medians of the process's CPU time in
microseconds, by its clock, which the kinds take turns at.
"""

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/Acceptance"))

import pki as certificates  # noqa: E402
import workloads  # noqa: E402
from oauth import CC  # noqa: E402
from spire import TrustDomain  # noqa: E402

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 300
SUBJECT = "/O=Handfast/CN=new"


def kinds(server, pki, domain):
    """The kinds of certificate; each gives the `client_id` and the credential of a turn."""
    own = pki.self_signed("own", "p256")
    pinned = server.add_client("pinned", "--certificate", own.certificate)["client_id"]
    subject = server.add_client(
        "subject", "--ca-certificate", pki.root.certificate, "--subject-dn", "CN=new,O=Handfast"
    )["client_id"]
    workload = workloads.add(server, "workload", f"spiffe://{domain.domain}/ns/*")
    leaves = [pki.issued(f"leaf-{turn}", subject=SUBJECT) for turn in range(ROUNDS)]
    svids = [domain.svid("/ns/billing") for _ in range(ROUNDS)]
    return {
        "self-signed": lambda turn: (pinned, own),
        "tls_client_auth, the same": lambda turn: (subject, leaves[0]),
        "tls_client_auth, a new one": lambda turn: (subject, leaves[turn]),
        "spiffe_x509, the same": lambda turn: (workload, svids[0]),
        "spiffe_x509, a new one": lambda turn: (workload, svids[turn]),
    }


def cpu(server):
    """CPU time of the process in microseconds (clock_getcpuclockid's number)."""
    return time.clock_gettime_ns((~server.pid << 3) | 2) / 1000


def measure(server, kinds):
    taken = {name: [] for name in kinds}
    for turn in range(ROUNDS):
        for name in random.sample(list(kinds), len(kinds)):
            client_id, credential = kinds[name](turn)
            began = cpu(server)
            with server.connect(credential, "1.3") as connection:
                answer = connection.token({**CC, "client_id": client_id})
            # The end of the connection is a part of its price.
            time.sleep(0.002)
            assert answer.status == 200, (name, answer.status, answer.body)
            taken[name].append(cpu(server) - began)
    return taken


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        pki, domain = certificates.PKI(folder), TrustDomain(folder / "domain")
        with workloads.mesh_server(folder / "server", domain) as server:
            found = kinds(server, pki, domain)
            # The server has taken over every change a second after it was made.
            time.sleep(2)
            taken = measure(server, found)
    reference = statistics.median(taken["self-signed"])
    for name, values in taken.items():
        median = statistics.median(values)
        print(f"{name:30} {median:6.0f} µs {median / reference:6.2f}")


if __name__ == "__main__":
    main()
