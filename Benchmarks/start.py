#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long the program takes to its first answer: a server to listening, a command to its end.

usage: .venv/bin/python Benchmarks/start.py [ROUNDS]

Starts the release program (or HANDFAST_BINARY) on an existing directory with ten clients, again and
again, and prints medians in milliseconds. Needs a quiet machine; no test asserts times.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/Acceptance"))

import pki as certificates  # noqa: E402
from server import Server  # noqa: E402

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 25


def measure(name, once):
    times = sorted(once() for _ in range(ROUNDS))
    print(f"{name}: median {statistics.median(times):.1f} ms, {times[0]:.1f} to {times[-1]:.1f}")


with tempfile.TemporaryDirectory() as scratch:
    server = Server(Path(scratch) / "data")
    (Path(scratch) / "pki").mkdir()
    pki = certificates.PKI(Path(scratch) / "pki")
    for number in range(10):
        subject = f"/CN=client {number}"
        credential = pki.self_signed(f"client-{number}", "p256", subject)
        server.add_client(f"client-{number}", "--certificate", credential.certificate)

    def listening():
        start = time.perf_counter()
        server.launch()
        while not server.stdout:
            time.sleep(0.0002)
        taken = (time.perf_counter() - start) * 1000
        assert server.stop() == 0
        return taken

    def listing():
        start = time.perf_counter()
        server.handfast("client", "list")
        return (time.perf_counter() - start) * 1000

    listening()
    measure("start to listening", listening)
    measure("client list", listing)
