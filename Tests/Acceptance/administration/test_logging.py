# SPDX-License-Identifier: Apache-2.0
"""The log: lines that programs can read, and never a secret."""

import json
import os
import pty
import re
import subprocess

import pytest

import expect
from oauth import CC
from server import Server, environment
from wire import basic_credentials

HOSTILE = [
    "a\r\nlevel=critical forged=1",
    '","level":"critical","forged":"1',
    "\x1b[2J\x1b[31mred",
    "a\u2028b\u2029c",
    "%0d%0aforged",
    "\u202eright to left",
    "x" * 5000,
]


@pytest.fixture(scope="module")
def loud(tmp_path_factory, pki):
    """A server that logs as much as it can, with a client, a secret client and a user."""
    server = Server(tmp_path_factory.mktemp("loud") / "data", env={"HANDFAST_LOG_LEVEL": "trace"})
    server.credential = pki.self_signed("playground2")
    server.client = server.add_client("loud", "--certificate", server.credential.certificate)
    server.secretive = server.add_client(
        "secretive", "--auth-method", "client_secret_basic", "--grant-types", "client_credentials"
    )
    server.add_user("admin", "a-very-secret-password")
    with server:
        yield server


def records(server):
    return [json.loads(line) for line in list(server.stderr)]


def test_every_line_is_one_json_object_with_time_level_and_message(loud):
    loud.get("/health")
    expect.error(loud.token({**CC, "client_id": "nobody"}), "invalid_client")
    expect.eventually(lambda: loud.records)
    for record in loud.records:
        assert isinstance(record, dict)
        assert record["level"] in (
            "trace",
            "debug",
            "info",
            "notice",
            "warning",
            "error",
            "critical",
        )
        assert record["message"]
        assert re.match(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", record.get("time") or record["timestamp"]
        )


def test_no_secret_is_ever_logged(loud):
    client_id, secret = loud.secretive["client_id"], loud.secretive["client_secret"]
    wrong, password = "wrong-secret-value", "a-very-secret-password"
    token = expect.token(loud.token({**CC, "client_id": loud.client["client_id"]}, loud.credential))
    other = expect.token(loud.token(CC, basic=(client_id, secret)))
    loud.token(CC, basic=(client_id, wrong))
    loud.token({**CC, "client_id": client_id, "client_secret": secret})
    loud.token({**CC, "client_id": client_id}, target=f"/oauth2/token?client_secret={secret}")
    login = {"grant_type": "password", "client_id": loud.client["client_id"], "username": "admin"}
    granted = expect.token(loud.token({**login, "password": password}, loud.credential))
    loud.token({**login, "password": "another-wrong-password"}, loud.credential)
    loud.token({**login, "password": password, "extra": "%zz"}, loud.credential)
    loud.token(f"password={password}&password={password}", loud.credential)
    with loud.connect() as connection:
        connection.send(f"GET / HTTP/1.1\r\nAuthorization: Basic {secret}\r\nno colon\r\n\r\n")
        connection.read()
    loud.handfast("client", "update", "loud", "--scope", "read")
    for unspeakable in (
        secret, wrong, password, "another-wrong-password",
        basic_credentials(client_id, secret).split()[1],
        token["access_token"], other["access_token"], granted["access_token"],
        granted["access_token"].split(".")[2],
    ):  # fmt: skip
        assert unspeakable not in loud.log + "\n".join(loud.stdout)
    assert "PRIVATE KEY" not in loud.log


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_cannot_forge_a_line(loud, text):
    loud.token({**CC, "client_id": text}, loud.credential)
    loud.token({**CC, "client_id": loud.client["client_id"], "scope": text}, loud.credential)
    login = {"grant_type": "password", "client_id": loud.client["client_id"]}
    loud.token({**login, "username": text, "password": "x"}, loud.credential)
    loud.token(CC, basic=(text, "x"))
    with loud.connect() as connection:
        agent = text.encode().replace(b"\r", b"").replace(b"\n", b"").decode("latin-1")
        connection.request("GET", "/" + re.sub(r"[^!-~]", "%7f", text)[:300])
        connection.request("GET", "/health", headers=[("User-Agent", agent[:1000])])
    for record in loud.records:
        assert record["level"] != "critical" and "forged" not in record
    assert "\x1b" not in loud.log and "\r" not in loud.log
    assert max(map(len, loud.stderr)) <= 16_384


def test_a_successful_request_writes_no_line_by_default(server, clients):
    body = {**CC, "client_id": clients.self_signed["client_id"]}
    with server.connect(clients.certificate) as connection:
        expect.token(connection.token(body))
        before = len(server.stderr)
        for _ in range(100):
            expect.token(connection.token(body))
    assert len(server.stderr) - before <= 2


def test_a_refusal_can_be_found_in_the_log_with_its_reason(loud):
    before = len(loud.records)
    expect.error(loud.token({**CC, "client_id": loud.client["client_id"]}), "invalid_client")
    expect.eventually(
        lambda: any(
            record.get("error") == "invalid_client" and record["check"]
            for record in loud.records[before:]
        )
    )


def test_many_refusals_do_not_flood_the_log_without_bound(server, clients):
    before = len(server.log)
    with server.connect() as connection:
        for _ in range(500):
            connection.token({**CC, "client_id": "nobody"})
    assert (len(server.log) - before) / 500 < 1024


def test_on_a_terminal_the_lines_are_for_people(fresh):
    """Under a terminal the log is text, without escape sequences where TERM is dumb."""
    server = fresh()
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        list(map(str, server.command())),
        stdout=subprocess.PIPE,
        stderr=terminal,
        env=environment(TERM="dumb"),
    )
    try:
        os.close(terminal)
        assert b"listening on https://" in process.stdout.readline()
        process.terminate()
        shown = b""
        while True:
            try:
                more = os.read(main, 4096)
            except OSError:
                break
            if not more:
                break
            shown += more
        assert process.wait(15) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
        os.close(main)
    lines = [line for line in shown.decode().splitlines() if line.strip()]
    assert lines and not any(line.startswith("{") for line in lines)


def test_only_the_listening_line_is_on_standard_output(server, clients):
    lines = [line for line in server.stdout if line.strip()]
    assert lines == [f"listening on https://127.0.0.1:{server.port}"]
