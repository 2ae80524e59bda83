#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long administration takes with many clients: apply, export, lists, the console's pages.

usage: .venv/bin/python Benchmarks/administration.py [CLIENTS] [ROUNDS]

Seeds a load target with 100,000 clients, each with a certificate of its own, exports it as one
file, applies that to an empty store by the release program (or HANDFAST_BINARY), has as many
requests refused as the server keeps, and asks the administrative listener and a console, again and
again. Prints medians. Needs a quiet machine; no test asserts times. HANDFAST_SEEDED names a
directory of such a seeding, which is kept.
"""

import http.client
import json
import os
import re
import socket
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
from oauth import CC  # noqa: E402
from pki import PKI  # noqa: E402
from server import BINARY, Server, environment, handfast  # noqa: E402

CLIENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 15

# Of these in the middle and the end, so that lists begin there.
MIDDLE, LATE = f"load-{CLIENTS // 2:06d}", f"load-{CLIENTS * 7 // 9:06d}"
REFUSED = 3_000
LISTS = [
    "/health",
    "/clients?limit=50",
    f"/clients?limit=50&after={MIDDLE}",
    "/clients?limit=50&q=load-0999",
    "/clients?limit=50&q=nowhere",
    f"/clients?limit=50&q=CN%3D{LATE}",
    "/clients?limit=50&label=team%3Dnone",
    "/clients?limit=50&enabled=false",
    "/clients?limit=50&method=tls_client_auth",
    "/clients?limit=50&trust_set=partners",
    "/clients?limit=50&expires_before=2099-01-01T00:00:00Z",
    "/clients?limit=50&expires_before=2026-01-02T00:00:00Z",
    "/clients?limit=1000",
    f"/clients/{LATE}",
    f"/clients/{LATE}/certificates",
    "/trust-sets",
    "/trust-sets/partners",
    "/users",
    "/expiring?limit=50",
    "/expiring?limit=1000",
    "/expiring?limit=500&kind=client_ca",
    "/expiring?limit=500&after=2026-01-02T00:00:00Z&before=2099-01-01T00:00:00Z",
    "/refusals?limit=50",
    "/refusals?limit=1000",
    f"/refusals?limit=50&client={LATE}",
    "/refusals?limit=50&check=scope",
    "/audit?limit=50",
    "/audit?limit=50&kind=client",
    "/audit?limit=50&kind=trust_set",
    "/audit?limit=50&kind=user",
    f"/audit?limit=50&kind=client&id={MIDDLE}",
    "/audit?limit=50&author=nobody",
    "/audit?limit=50&action=disable",
    "/configuration",
    "/metrics",
]
PAGES = [
    "/clients", "/clients?q=load-0999", "/clients?q=nowhere", f"/clients?after={MIDDLE}",
    "/clients?label=team%3Dnone", "/clients?enabled=false", "/clients?method=tls_client_auth",
    "/clients?expires_before=2099-01-01", "/clients/add", f"/clients/{LATE}",
    f"/clients/{LATE}/edit", f"/clients/{LATE}/certificates", f"/clients/{LATE}/secret",
    f"/clients/{LATE}/remove", "/refusals", "/refusals?limit=500",
    "/refusals?check=scope", f"/refusals?client={LATE}", "/expiring", "/expiring?within=7",
    "/expiring?within=all", "/expiring?within=all&kind=client_certificate",
    "/expiring?within=all&kind=client_ca", "/live", "/live/numbers", "/trust-sets",
    "/trust-sets/partners", "/keys", "/keys/rotate", "/audit", "/audit?kind=client",
    "/audit?kind=trust_set", "/audit?kind=user", f"/audit?kind=client&id={MIDDLE}",
    "/configuration",
]  # fmt: skip


class Socket(http.client.HTTPConnection):
    """A connection to the administrative listener."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


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


def asked(administrator, target):
    """The bytes of an answer of the administrative listener."""
    connection = Socket(administrator.path)
    name, value = administrator.bearer.split(": ")
    connection.request("GET", target, headers={name: value})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200, (target, answer.status, content[:300])
    return content


def refuse(server, pki):
    """Requests of strangers with certificates that are not registered, and one of a scope."""
    strangers = [pki.self_signed(f"stranger-{number}", "p256") for number in range(30)]
    for number in range(REFUSED):
        if number % 100 == 0:
            connection = server.connect(strangers[number // 100 % len(strangers)])
        client = LATE if number % 10 == 0 else f"load-{number * 31 % CLIENTS:06d}"
        assert connection.token({**CC, "client_id": client}).status in (400, 401)
        if number % 100 == 99:
            connection.close()
    print(f"{REFUSED:9d}     requests refused")


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
        (folder / "pki").mkdir()
        administrator, pki = Administrator(server), PKI(folder / "pki")
        handfast("trust-set", "add", "partners", "--ca-certificate", pki.root.certificate,
                 "--data", server.data)  # fmt: skip
        refuse(server, pki)
        kept = json.loads(asked(administrator, "/refusals?limit=1000"))
        assert len(kept["refusals"]) == 1000 and kept["more"], kept["more"]
        for path in LISTS:
            row(path, lambda path=path: asked(administrator, path))
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
