#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether the time of a refusal tells that a client exists: Documentation/security-timing.md.

usage: .venv/bin/python Benchmarks/refusals.py [ROUNDS]

Starts the release program (or HANDFAST_BINARY), registers clients, and sends refused requests over
one kept-alive connection for each kind, in random order. Prints medians of round trips in
microseconds, and Welch's t of the means without the slowest tenth against a client that there is
not.
"""

import math
import random
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/Acceptance"))

import pki as certificates  # noqa: E402
from assertions import KEYS, Signer, asserting  # noqa: E402
from oauth import CC  # noqa: E402
from server import Server  # noqa: E402

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 600


def assertions(server, folder, algorithm):
    """Requests by assertions, all refused; the others are compared with the first."""
    active = Signer(server, folder, algorithm, f"active-{algorithm}")
    disabled = Signer(server, folder, algorithm, f"disabled-{algorithm}")
    server.handfast("client", "disable", f"disabled-{algorithm}")
    other = KEYS[algorithm]()

    def by(signer, **options):
        def body():
            claims = options.get("claims", {})
            headers = {"kid": options.get("kid", signer.kid)}
            return asserting(signer.sign(key=options.get("key"), headers=headers, **claims))

        return body

    def nobody():
        name = str(uuid.uuid4())
        return by(active, claims={"iss": name, "sub": name})

    return [
        ("unknown client", nobody()),
        ("another unknown client", nobody()),
        ("another key", by(active, key=other)),
        ("another kid", by(active, kid="other")),
        ("disabled, another key", by(disabled, key=other)),
        ("disabled, the right key", by(disabled)),
        ("a client of certificates", by(active, claims={"iss": "pinned", "sub": "pinned"})),
    ]


def by_certificate(server, pki):
    """Requests of one certificate that names clients which it does not authenticate."""
    own = pki.self_signed("own", "p256", "/CN=own")
    pinned = pki.self_signed("pinned", "p256", "/CN=pinned")
    under = ("--ca-certificate", pki.root.certificate)
    server.add_client("pinned", "--client-id", "pinned", "--certificate", pinned.certificate)
    server.add_client("subject", "--client-id", "subject", *under, "--subject-dn", "CN=other")
    server.add_client("dns", "--client-id", "dns", *under, "--san-dns", "other.example")
    server.add_client("off", "--client-id", "off", *under, "--subject-dn", "CN=off")
    server.add_client("off-own", "--client-id", "off-own", "--certificate", own.certificate)
    server.add_client("basic", "--client-id", "basic", "--auth-method", "client_secret_basic")
    for name in ("off", "off-own"):
        server.handfast("client", "disable", name)

    def named(name):
        return lambda: {**CC, "client_id": name}

    return own, [
        ("unknown client", named(str(uuid.uuid4()))),
        ("another unknown client", named(str(uuid.uuid4()))),
        ("tls_client_auth, another subject", named("subject")),
        ("tls_client_auth, another DNS name", named("dns")),
        ("tls_client_auth, disabled", named("off")),
        ("self_signed_tls_client_auth, another certificate", named("pinned")),
        ("the same, disabled, the right certificate", named("off-own")),
        ("client_secret_basic", named("basic")),
    ]


def measure(server, credential, rows):
    """Round trips in microseconds for each row, in random order."""
    taken = {name: [] for name, _ in rows}
    with server.connect(credential) as line:
        for turn in range(ROUNDS + 20):
            for name, body in random.sample(rows, len(rows)):
                form = body()
                began = time.perf_counter_ns()
                status = line.token(form).status
                ended = time.perf_counter_ns()
                assert status == 401, (name, status)
                if turn >= 20:
                    taken[name].append((ended - began) / 1000)
    return taken


def show(title, taken):
    def trimmed(values):
        return sorted(values)[: len(values) * 9 // 10]

    reference = trimmed(next(iter(taken.values())))
    print(f"{title}, {ROUNDS} rounds")
    for index, (name, values) in enumerate(taken.items()):
        kept = trimmed(values)
        error = math.sqrt(sum(statistics.variance(v) / len(v) for v in (kept, reference)))
        t = (statistics.mean(kept) - statistics.mean(reference)) / error
        print(f"  {name:50} {statistics.median(values):8.0f} {'' if index == 0 else f'{t:7.1f}'}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        keys = certificates.PKI(folder)
        with Server(folder / "data", reactors=1) as server:
            own, rows = by_certificate(server, keys)
            signed = {name: assertions(server, folder, name) for name in ("ES256", "RS256")}
            # The server has taken over every change a second after it was made.
            time.sleep(2)
            show("a P-256 certificate", measure(server, own, rows))
            for name, requests in signed.items():
                show(f"an {name} assertion", measure(server, None, requests))


if __name__ == "__main__":
    main()
