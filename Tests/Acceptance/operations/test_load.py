# SPDX-License-Identifier: Apache-2.0
"""Load while clients are added, disabled, enabled and removed beside it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import expect
from oauth import CC

SECONDS = int(os.environ.get("HANDFAST_LOAD_SECONDS", "10"))
TOKENS = 50
VERSIONS = ("1.2", "1.3", "1.3")


def start_load(server, workers):
    process = subprocess.Popen(
        [sys.executable, "-W", "error::ResourceWarning", Path(__file__).parents[1] / "load.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    plan = {"address": server.address, "seconds": SECONDS, "workers": workers}
    process.stdin.write(json.dumps(plan))
    process.stdin.close()
    process.stdin = None
    return process


def worker(client, credential, version):
    return {
        "client_id": client["client_id"],
        "certificate": str(credential.certificate),
        "key": str(credential.key),
        "version": version,
        "tokens": TOKENS,
    }


@pytest.mark.endurance
@pytest.mark.smoke
def test_changes_under_load_lose_no_request_and_mix_no_identity(server, clients, pki):
    kinds = {kind: pki.self_signed(f"load-{kind}", kind) for kind in ("rsa2048", "p256", "ed25519")}
    steady, changing = {}, {}
    for kind, credential in kinds.items():
        certificate = ("--certificate", credential.certificate)
        steady[kind] = server.add_client(f"steady-{kind}", *certificate)
        changing[kind] = server.add_client(f"changing-{kind}", *certificate)
    for kind, client in (steady | changing).items():
        body = {**CC, "client_id": client["client_id"]}
        expect.eventually(lambda b=body, k=kind: server.token(b, kinds[k]).status == 200)

    workers = [worker(steady[k], kinds[k], v) for k, v in zip(kinds, VERSIONS, strict=True)]
    others = [worker(changing[k], kinds[k], v) for k, v in zip(kinds, VERSIONS[::-1], strict=True)]
    processes = [start_load(server, workers), start_load(server, others)]
    limit = time.monotonic() + SECONDS - 3
    rounds = 0
    while time.monotonic() < limit:
        rounds += 1
        kind = list(kinds)[rounds % 3]
        server.handfast("client", "disable", f"changing-{kind}")
        certificate = kinds[kind].certificate
        server.add_client(f"passing-{rounds}", "--certificate", certificate)
        server.handfast("client", "enable", f"changing-{kind}")
        if rounds > 2:
            server.handfast("client", "remove", f"passing-{rounds - 2}")
        if rounds % 4 == 0:
            server.handfast("key", "rotate")
    outcomes = []
    for process in processes:
        out, _ = process.communicate(timeout=SECONDS + 60)
        assert process.returncode == 0
        outcomes.append(json.loads(out))

    for outcome in outcomes[0] + outcomes[1]:
        assert outcome["wrong"] == [] and outcome["dropped"] == 0, outcome
        assert set(outcome["statuses"]) <= {"200", "401"}, outcome
        assert outcome["statuses"].get("200", 0) > TOKENS, outcome
    for outcome in outcomes[0]:
        assert "401" not in outcome["statuses"], outcome
    assert rounds >= 2
    assert any("401" in outcome["statuses"] for outcome in outcomes[1])
    assert server.running
