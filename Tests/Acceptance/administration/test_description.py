# SPDX-License-Identifier: Apache-2.0
"""The description of the administrative interface is the truth: schemathesis tries what it says."""

import json
import re
import subprocess
import sys

import pytest

from administrator import Administrator
from releases import ROUNDS
from server import ROOT, free_port

FILE = ROOT / "Documentation/openapi.json"
CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance", "ignored_auth",
]  # fmt: skip
# Of the whole run; each operation's edges take some eight of them, and random values the rest.
SECONDS = 120 if ROUNDS else 15
EXAMPLES = 5


@pytest.fixture
def described(other, pki):
    """A server on a port, with a record of each kind."""
    port = free_port()
    server = other(f"127.0.0.1:{port}")
    server.add_client("described", "--certificate", pki.self_signed("described").certificate)
    server.add_user("alex", "secret")
    ca = pki.root.certificate
    server.handfast("trust-set", "add", "internal", "--ca-certificate", ca)
    return Administrator(server, port)


def test_the_description_that_is_served_is_the_one_in_the_repository(admin):
    status, fields, body = admin.curl("/openapi.json", fields=[])
    assert (status, fields["content-type"]) == (200, "application/json")
    assert body == FILE.read_bytes()
    assert json.loads(body)["openapi"] == "3.1.0"


def test_schemathesis_finds_no_answer_that_is_not_described(described, tmp_path):
    base = f"http://localhost:{described.port}"
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", f"{base}/openapi.json",
            "--url", base, "--header", described.bearer, "--checks", ",".join(CHECKS),
            "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES),
            "--max-time", str(SECONDS), "--generation-deterministic", "--no-shrink",
            "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off",
            "--request-timeout", "15", "--no-color", "--output-sanitize", "true",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=SECONDS + 120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    selected, every = re.search(r"Selected: (\d+)/(\d+)\n", done.stdout).groups()
    assert selected == every and int(every) >= 36
    assert f"Tested: {every}\n" in done.stdout
    assert described.curl("/health")[0] == 200
    assert described.token not in described.server.log
