# SPDX-License-Identifier: Apache-2.0
"""The Benchmarks program as a person uses it: a ladder that works, loads of one's own, refusals."""

import json
import re
import subprocess

import pytest

from benchmarks import PROGRAM, benchmarks
from releases import with_rounds
from server import BINARY, environment, free_port

FORM = "grant_type=client_credentials&client_id="


@pytest.fixture(scope="module")
def load(server, clients):
    """Options that load this suite's own server as its self-signed client."""
    return [
        "--target", f"{server.url}/oauth2/token", "--insecure",
        "--cert", clients.certificate.certificate, "--key", clients.certificate.key,
        "--body", FORM + clients.self_signed["client_id"],
        "--duration", "0.5", "--connections", "4",
    ]  # fmt: skip


def replaced(options, name, value):
    at = options.index(name)
    return [*options[: at + 1], value, *options[at + 2 :]]


def test_floods_are_measured_against_a_quiet_server(tmp_path):
    results = tmp_path / "results.json"
    done = benchmarks("--floods", "--smoke", "--server", BINARY, "--json", results)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("of the quiet rate, p99 ") == 2, done.stdout
    rows = json.loads(results.read_text())["rows"]
    assert [row["key"]["work"].split()[0] for row in rows] == ["quiet", "beside", "beside"]
    assert all(row["rounds"][0]["succeeded"] > 0 for row in rows)


def test_the_ladder_works_from_end_to_end(tmp_path):
    results, page = tmp_path / "results.json", tmp_path / "report.html"
    done = benchmarks("--smoke", "--server", BINARY, "--json", results, "--report", page)
    assert done.returncode == 0, done.stderr
    assert "kept alive" in done.stdout and "full" in done.stdout, done.stdout
    rows = json.loads(results.read_text())["rows"]
    formats = {row["key"]["token"] for row in rows if row["key"]["server"] == "handfast"}
    assert formats == {"jwt", "sealed", "reused"}
    assert {row["key"]["version"] for row in rows} == {"1.2", "1.3"}
    text = page.read_text()
    opening, conclusions, _ = text.partition("What to conclude")
    assert conclusions and "Server CPU for one operation" in opening and "<rect" in opening
    assert all(figure.count("<polyline") <= 4 for figure in text.split("<figure>"))
    # One page that loads nothing from elsewhere.
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text)
    compared = benchmarks("--smoke", "--tls", "1.3", "--server", BINARY, "--baseline", results)
    assert compared.returncode == 0, compared.stderr
    assert str(results) in compared.stdout


@pytest.mark.endurance
@with_rounds
def test_rustls_stands_beside_nginx_when_asked_for(tmp_path):
    """granian comes from PyPI the first time."""
    results = tmp_path / "results.json"
    done = benchmarks("--smoke", "--granian", "--server", BINARY, "--json", results)
    if "granian cannot be installed" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    rows = json.loads(results.read_text())["rows"]
    rustls = [row for row in rows if row["key"]["server"] == "granian"]
    assert {row["key"]["work"] for row in rustls} == {"full", "resumed", "keepalive"}
    assert {row["key"]["version"] for row in rustls} == {"1.2", "1.3"}
    assert all(row["rounds"][0]["serverCPU"] > 0 for row in rustls)
    assert "rustls" in done.stdout


@pytest.mark.parametrize("mode", ["full", "resumed", "keepalive", "mix"])
def test_a_load_of_ones_own_closed_loop(load, mode):
    done = benchmarks(*load, "--mode", mode, "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert rows and all(sum(r.get("failed", 0) for r in row["rounds"]) == 0 for row in rows)


def test_an_open_loop_keeps_its_rate(load):
    done = benchmarks(*replaced(load, "--duration", "2"), "--rate", "200", "--json")
    assert done.returncode == 0, done.stderr
    rounds = json.loads(done.stdout)["rows"][0]["rounds"]
    rates = [each["rate"] for each in rounds]
    assert all(150 <= rate <= 250 for rate in rates), rates


def refusals(server, load):
    yield "no such certificate", replaced(load, "--cert", "/nowhere.pem"), "/nowhere.pem"
    yield "nothing listens", replaced(
        load, "--target", f"https://127.0.0.1:{free_port()}/oauth2/token"
    ), "nothing listens"
    yield "wrong body", replaced(load, "--body", FORM + "nobody"), "invalid_client"
    yield "untrusted", [o for o in load if o != "--insecure"], "trust"
    yield "key of another", replaced(load, "--key", load[load.index("--cert") + 1]), "key"


NAMES = ["no such certificate", "nothing listens", "wrong body", "untrusted", "key of another"]


@pytest.mark.parametrize("name", NAMES)
def test_nonsense_is_refused_in_words(server, load, name):
    options, words = {n: (o, w) for n, o, w in refusals(server, load)}[name]
    done = benchmarks(*options)
    assert done.returncode not in (0, -11, -4), done.stdout
    assert words in done.stderr + done.stdout, done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ["--rate", "0"], ["--mode", "sideways"], ["--cert", "a.pem"], ["--smoke", "--thorough"],
        ["--target", "http://localhost:1"], ["--mix", "1:2"], ["--connections", "0"],
        ["--ramp", "5:1"], ["--processes", "0"], ["--clients-from", "."],
    ],
)  # fmt: skip
def test_options_that_make_no_sense_end_with_usage(options):
    done = benchmarks(*options)
    assert done.returncode == 64, done.stderr
    assert done.stderr.strip()


def test_help_begins_with_three_examples():
    done = benchmarks("--help")
    assert done.returncode == 0, done.stderr
    begin, usage, options = done.stdout.partition("USAGE: Benchmarks")
    assert usage and begin.count("\n  Benchmarks --") == 3, done.stdout
    named = set(re.findall(r"(--[a-z-]+)", begin))
    assert {"--clients-from", "--ramp", "--processes"} < named
    assert all(name in options for name in named), named
    assert "--worker" not in options


def test_failed_requests_end_with_1(fresh, pki):
    """A client that is disabled in the middle of a run."""
    certificate = pki.self_signed("short-lived")
    with fresh() as server:
        client = server.add_client("short-lived", "--certificate", certificate.certificate)
        running = subprocess.Popen(
            [
                PROGRAM, "--target", f"{server.url}/oauth2/token", "--insecure",
                "--cert", certificate.certificate, "--key", certificate.key,
                "--body", FORM + client["client_id"], "--duration", "6", "--connections", "2",
            ],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
        )  # fmt: skip
        try:
            running.wait(2)
        except subprocess.TimeoutExpired:
            server.handfast("client", "disable", "short-lived")
        output, errors = running.communicate(timeout=60)
    assert running.returncode == 1, output + errors
    assert "failed" in errors and "invalid_client" in errors
