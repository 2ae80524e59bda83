# SPDX-License-Identifier: Apache-2.0
"""httpx: many clients at once in one process, each with a certificate and connections of its own.

Before:  handfast load-target export --data load-target-data --format pem-folder \\
             --out load-target-clients        (script/load-target does it)
         pip install httpx
Run:     python Examples/load/httpx_tokens.py --folder load-target-clients --first 100 --calls 20
Expect:  {"clients": 100, "tokens": 2000, "refusals": 0, "seconds": …}; exit 1 when an answer was
         no token. A process makes some hundreds of calls a second: this is for tests of a
         gateway's or an application's behaviour, and Benchmarks for rates.
"""

import argparse
import asyncio
import json
import pathlib
import ssl
import sys
import time

import httpx


def context(folder, client_id):
    """The TLS settings of one client: httpx takes the certificate of a whole `AsyncClient`."""
    made = ssl.create_default_context(cafile=folder / "ca.pem")
    made.load_cert_chain(folder / f"{client_id}.pem", folder / f"{client_id}.key")
    return made


async def ask(folder, client_id, url, calls):
    """Makes one client's calls, one after the other on a connection; returns its tokens."""
    form = {"grant_type": "client_credentials", "client_id": client_id}
    tokens = []
    async with httpx.AsyncClient(verify=context(folder, client_id), timeout=30) as client:
        for _ in range(calls):
            answer = await client.post(url, data=form)
            if answer.status_code == 200:
                tokens.append(answer.json()["access_token"])
    return tokens


async def run(given):
    ids = sorted(file.stem for file in given.folder.glob("*.key"))[: given.first]
    if not ids:
        sys.exit(f"{given.folder} has no clients: handfast load-target export writes them")
    began = time.monotonic()
    asked = [ask(given.folder, client_id, given.url, given.calls) for client_id in ids]
    tokens = sum(map(len, await asyncio.gather(*asked)))
    refusals = len(ids) * given.calls - tokens
    seconds = round(time.monotonic() - began, 3)
    print(
        json.dumps(
            {"clients": len(ids), "tokens": tokens, "refusals": refusals, "seconds": seconds}
        )
    )
    return 1 if refusals else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Asks for tokens as many clients at once.")
    options.add_argument("--folder", type=pathlib.Path, default="load-target-clients")
    options.add_argument("--url", default="https://localhost:9443/oauth2/token")
    options.add_argument("--first", type=int, default=100, help="as so many clients")
    options.add_argument("--calls", type=int, default=20, help="by each client")
    sys.exit(asyncio.run(run(options.parse_args())))
