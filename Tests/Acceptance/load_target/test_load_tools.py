# SPDX-License-Identifier: Apache-2.0
"""The scripts of Examples/load count what the target counts, and are many clients."""

import json
import re
import shutil
import signal
import subprocess
import sys

import pytest

import expect
from administrator import Administrator
from benchmarks import PROGRAM
from seeds import client_id
from server import ROOT, environment

EXAMPLES = ROOT / "Examples/load"


@pytest.fixture(scope="module")
def target(seeded):
    with seeded.server() as started:
        yield started
        assert started.running


@pytest.fixture
def counted(target):
    """What the target has counted since the test's begin, in all or of one client."""
    admin = Administrator(target)
    assert admin.post("/load-target/reset")[0] == 204

    def read(number=None):
        query = f"?client={client_id(number)}" if number else ""
        return admin.json(f"/load-target/counters{query}")

    return read


def run(*command, cwd, **env):
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=120, env=environment(**{name: str(env[name]) for name in env}),
    )  # fmt: skip
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done


def test_httpx_is_each_client_on_a_connection_of_its_own(target, folder, counted, tmp_path):
    url = f"{target.url}/oauth2/token"
    script = EXAMPLES / "httpx_tokens.py"
    options = ["--folder", folder, "--url", url, "--first", 30, "--calls", 4]
    said = json.loads(run(sys.executable, script, *options, cwd=tmp_path).stdout)
    assert (said["clients"], said["tokens"], said["refusals"]) == (30, 120, 0)
    assert (counted()["tokens"], counted()["refusals"]) == (120, 0)
    assert counted()["handshakes_full"] == 30
    assert [counted(number)["tokens"] for number in (1, 15, 30, 31)] == [4, 4, 4, 0]


def test_locust_has_a_client_for_each_user(target, seeded, folder, counted, tmp_path):
    command = [
        sys.executable, "-m", "locust", "-f", EXAMPLES / "locustfile.py", "--headless", "--json",
        "--users", "20", "--spawn-rate", "20", "--stop-timeout", "10", "--host", target.url,
    ]  # fmt: skip
    clients = {
        "CLIENTS": str(seeded.export("csv", tmp_path / "clients.csv")),
        "CA": str(folder / "ca.pem"),
    }
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=environment(**clients),
    ) as locust:  # fmt: skip
        # As many as show that users keep their connections, however busy the machine is.
        try:
            expect.eventually(lambda: counted()["tokens"] > 60, within=20)
        finally:
            locust.send_signal(signal.SIGTERM)
            printed, said = locust.communicate(timeout=60)
    assert locust.returncode == 0, said
    (row,) = json.JSONDecoder().raw_decode(printed[printed.index("[") :])[0]
    assert (row["name"], row["num_failures"]) == ("token", 0)
    assert row["num_requests"] == counted()["tokens"] > 60
    assert (counted()["handshakes_full"], counted()["refusals"]) == (20, 0)
    each = [counted(number)["tokens"] for number in range(1, 21)]
    assert min(each) > 0 and sum(each) == row["num_requests"]


def test_benchmarks_are_every_client_in_turn(target, folder, counted, tmp_path):
    answers = 0

    def load(seconds):
        nonlocal answers
        done = run(
            EXAMPLES / "benchmarks", folder, "--duration", seconds, "--json", cwd=tmp_path,
            BENCHMARKS=PROGRAM, TARGET=f"{target.url}/oauth2/token",
        )  # fmt: skip
        answers += json.loads(done.stdout)["answers"]
        return done

    expect.longer(load, lambda done: "All 50 clients were used" in done.stderr)
    assert answers == counted()["tokens"] > 50
    assert min(counted(number)["tokens"] for number in range(1, 51)) > 0


@pytest.mark.skipif(not shutil.which("k6"), reason="k6 is not there: Debian has none")
def test_k6_is_one_client_in_each_process(target, seeded, folder, counted, tmp_path):
    clients = seeded.export("jsonl", tmp_path / "clients.jsonl")
    for number in (1, 2, 3):
        done = run(
            "k6", "run", "--quiet", "--no-usage-report", "--address", "localhost:0",
            "-e", f"CLIENTS={clients}", "-e", f"CLIENT={number}", "-e", f"TARGET={target.url}",
            "--vus", 2, "--iterations", 20, EXAMPLES / "k6.js",
            cwd=tmp_path, SSL_CERT_FILE=folder / "ca.pem",
        )  # fmt: skip
        assert re.search(r"checks_failed\W+0\.00%", done.stdout), done.stdout
        assert counted(number)["tokens"] == 20
    assert (counted()["tokens"], counted()["refusals"]) == (60, 0)
