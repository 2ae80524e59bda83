#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long administration takes with many clients: apply, export, lists, the console's pages.

usage: .venv/bin/python Benchmarks/administration.py [CLIENTS] [ROUNDS]

Seeds a load target with 100,000 clients, each with a certificate of its own, exports it as one
file, applies that to an empty store by the release program (or HANDFAST_BINARY), and asks the
administrative listener and a console, again and again. Prints medians. Needs a quiet machine; no
test asserts times. HANDFAST_SEEDED names a directory of such a seeding, which is kept.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/Acceptance"))

from administrator import Administrator  # noqa: E402
from server import BINARY, Server, environment, handfast  # noqa: E402

CLIENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 15

LISTS = [
    "/clients?limit=50",
    "/clients?limit=50&after=load-050000",
    "/clients?limit=50&q=load-0999",
    "/clients?limit=50&q=nowhere",
    "/clients?limit=50&q=CN%3Dload-077777",
    "/clients?limit=50&label=team%3Dnone",
    "/clients?limit=50&enabled=false",
    "/clients?limit=50&method=tls_client_auth",
    "/clients?limit=50&expires_before=2099-01-01T00:00:00Z",
    "/clients?limit=50&expires_before=2026-01-02T00:00:00Z",
    "/clients/load-077777",
    "/expiring?limit=50",
    "/refusals?limit=50",
    "/audit?limit=50",
    "/configuration",
]
PAGES = [
    "/clients", "/clients?q=load-0999", "/clients?q=nowhere", "/clients/add",
    "/clients/load-077777", "/refusals", "/expiring", "/live", "/trust-sets", "/keys", "/audit",
    "/configuration",
]  # fmt: skip


def timed(once):
    begun = time.perf_counter()
    once()
    return (time.perf_counter() - begun) * 1000


def row(name, once):
    times = sorted(timed(once) for _ in range(ROUNDS))
    print(f"{statistics.median(times):9.1f} ms  {times[-1]:9.1f} ms at most  {name}", flush=True)


def command(name, *arguments):
    begun = time.perf_counter()
    handfast(*arguments, timeout=900)
    print(f"{time.perf_counter() - begun:9.1f} s   {name}", flush=True)


def console_opener(console):
    """A browser's session with a console, by its one-time link."""
    link = re.search(r"http://\S+", console.stdout.readline())[0]
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    first = re.search(rb"url=([^\"]+)/\"", opener.open(link).read())[1].decode()
    return opener, link[: link.index("/", len("http://"))] + first


with tempfile.TemporaryDirectory() as scratch:
    folder = Path(scratch)
    file = folder / "clients.json"
    seeded = Path(os.environ.get("HANDFAST_SEEDED", folder / "seeded"))
    if not seeded.exists():
        command(f"seed {CLIENTS} clients", "load-target", "seed", "--data", seeded,
                "--clients", CLIENTS, "--seed", 7)  # fmt: skip
    begun = time.perf_counter()
    with file.open("w") as output:
        subprocess.run(
            [BINARY, "export", "--data", seeded, "--format", "json"],
            stdout=output, check=True, env=environment(),
        )  # fmt: skip
    print(f"{time.perf_counter() - begun:9.1f} s   export, {file.stat().st_size >> 20} MiB")
    server = Server(folder / "data")
    with server:
        secrets = ("--secrets", folder / "secrets")
        command("apply, all new", "apply", "-f", file, "--data", server.data, *secrets)
        command("apply, nothing to do", "apply", "-f", file, "--data", server.data)
        administrator = Administrator(server)
        row("a curl of /health, for comparison", lambda: administrator.curl("/health"))
        for path in LISTS:
            row(path, lambda path=path: administrator.json(path))
        console = subprocess.Popen(
            [BINARY, "console", "--data", server.data],
            stdout=subprocess.PIPE, text=True, env=environment(),
        )  # fmt: skip
        try:
            opener, origin = console_opener(console)
            for path in PAGES:
                row(f"console {path}", lambda path=path: opener.open(origin + path).read())
        finally:
            console.terminate()
            console.wait(10)
