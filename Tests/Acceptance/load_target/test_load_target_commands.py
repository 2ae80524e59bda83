# SPDX-License-Identifier: Apache-2.0
"""The commands that speak to a load target while it serves, and what they refuse."""

import json
import shutil
import socket
import threading
import time

import pytest

import expect
from parties import Caller
from seeds import Seeded
from server import free_port, handfast
from targets import Target, claims

DELAY = {"client": "load-0000*", "percent": 10, "seed": 1, "fault": "delay", "milliseconds": 200}


class Commands:
    """`handfast load-target …` for the target of a directory, or another one's options."""

    def __init__(self, data, *options):
        self.options = ["--data", data, *options]

    def run(self, *words, **more):
        first = [one for one in words if one in ("list", "add", "remove")]
        rest = words[1 + len(first) :]
        return handfast("load-target", words[0], *first, *self.options, *rest, **more)

    def text(self, *words, **more):
        return self.run(*words, **more).stdout

    def json(self, *words, **more):
        return json.loads(self.text(*words, **more))

    def refused(self, status, *words, **more):
        done = self.run(*words, check=False, **more)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        return done.stderr


@pytest.fixture
def commands(target, app):
    one = Commands(target.data)
    assert one.text("reset") == ""
    yield one
    for rule in one.json("faults")["rules"]:
        one.run("faults", "remove", rule["id"])
    one.run("clock", "--offset", "0")


# Each command.


def test_rules_are_added_listed_and_removed(commands, app):
    assert commands.json("faults") == {"rules": []}
    first = commands.json("faults", "add", json.dumps(DELAY))["id"]
    refusal = '{"fault": "oauth_error", "error": "invalid_scope"}\n'
    second = commands.json("faults", "add", "-", text_input=refusal)["id"]
    rules = commands.json("faults", "list")["rules"]
    assert rules == [{**DELAY, "id": first}, {**json.loads(refusal), "id": second}]
    # Every reactor has the rule in its next turn.
    time.sleep(0.05)
    assert app.ask().json["error"] == "invalid_scope"
    assert commands.text("faults", "remove", second) == ""
    time.sleep(0.05)
    assert app.ask().status == 200
    assert [rule["id"] for rule in commands.json("faults")["rules"]] == [first]


def test_calls_are_of_a_client_a_time_and_a_number(commands, app):
    for _ in range(3):
        app.ask()
    page = commands.json("calls")
    assert [call["client"] for call in page["calls"]] == ["load-app"] * 3
    assert page["more"] is False and page["complete_since"] is None
    assert len(commands.json("calls", "--client", "load-app", "--limit", "2")["calls"]) == 2
    # An id with all that has a meaning in a query.
    assert commands.json("calls", "--client", "load-app&client=x +%")["calls"] == []
    last = page["calls"][-1]["time"]
    assert commands.json("calls", "--since", f"{last + 1:.3f}")["calls"] == []
    assert page["calls"][-1] in commands.json("calls", "--since", f"{last:.3f}")["calls"]


def test_counters_are_of_all_or_of_a_client_until_a_reset(commands, app):
    for _ in range(2):
        app.ask()
    assert commands.json("counters")["tokens"] == 2
    assert commands.json("counters", "--client", "load-app")["tokens"] == 2
    assert commands.json("counters", "--client", "load-000001")["tokens"] == 0
    assert commands.json("summary")["tokens"] == 2
    assert commands.text("reset") == ""
    assert commands.json("counters")["tokens"] == 0
    assert commands.json("calls")["calls"] == []


def turn(commands, offset):
    assert commands.json("clock")["offset_seconds"] == 0
    turned = commands.json("clock", "--offset", str(offset))
    assert turned["offset_seconds"] == offset
    assert abs(turned["time"] - time.time() - offset) < 10
    assert commands.json("clock")["offset_seconds"] == offset


def test_the_clock_turns_forward_for_tokens(commands, app):
    turn(commands, 3600)
    assert abs(claims(app.token())["iat"] - time.time() - 3600) < 10


def test_the_clock_turns_back_for_certificates(commands, app):
    turn(commands, -86_400)
    # The certificate was made today, and is not valid yet.
    expect.error(app.ask(), "invalid_client")


def test_a_listener_elsewhere_is_named(tmp_path):
    data = Seeded(tmp_path, clients=1).data
    port = free_port()
    with Target(data, env={"HANDFAST_ADMINISTRATION_ADDRESS": f"127.0.0.1:{port}"}):
        for host in ["127.0.0.1", "localhost"]:
            commands = Commands(data, "--administration", f"{host}:{port}")
            assert commands.json("clock")["offset_seconds"] == 0
        assert "--administration" in Commands(data).refused(1, "clock")


# Refusals.


@pytest.mark.parametrize(
    "rule, words",
    [
        ('{"fault": "reset", "percent": 0}', ["percent: "]),
        ('{"fault": "delay", "every": 0, "x": 1}', ["every: ", "milliseconds: ", "x: "]),
        ("nonsense", ["The content is not one JSON value. "]),
        ("", ["The content is not one JSON value. "]),
    ],
)
def test_a_wrong_rule_is_refused_with_a_line_for_each_finding(commands, rule, words):
    for said in [
        commands.refused(64, "faults", "add", rule),
        commands.refused(64, "faults", "add", "-", text_input=rule),
    ]:
        lines = said.splitlines()
        assert len(lines) == len(words)
        for line, begin in zip(lines, words):
            assert line.startswith(f"Error: {begin}") and line.endswith(".")
    assert commands.json("faults") == {"rules": []}


def test_a_rule_of_too_many_bytes_is_refused(commands):
    rule = json.dumps({"fault": "x" * 5000})
    assert "takes no content of that length" in commands.refused(1, "faults", "add", rule)
    said = commands.refused(1, "faults", "add", "-", text_input=" " * 70_000)
    assert "more than 64 KiB" in said


def test_an_id_that_is_not_there_is_named(commands):
    assert "has no rule 999" in commands.refused(1, "faults", "remove", "999")
    commands.refused(64, "faults", "remove", "x")


@pytest.mark.parametrize(
    "words, member",
    [
        (["calls", "--limit", "0"], "limit"),
        (["calls", "--since", "yesterday"], "since"),
        (["clock", "--offset", "9999999999999"], "offset_seconds"),
        (["clock", "--offset", "soon"], "--offset"),
    ],
)
def test_values_are_judged(commands, words, member):
    assert member in commands.refused(64, *words)


EVERY = [
    ["faults"], ["faults", "add", '{"fault": "reset"}'], ["faults", "remove", "1"], ["calls"],
    ["counters"], ["summary"], ["reset"], ["clock"], ["clock", "--offset", "1"],
]  # fmt: skip


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_without_a_server_the_socket_is_named(seeded, words):
    said = Commands(seeded.data).refused(1, *words)
    assert f"No server listens at unix:{seeded.data}/admin.sock. " in said


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_an_ordinary_server_is_no_load_target(server, words):
    assert "is no load target" in Commands(server.data).refused(1, *words)


def test_another_directorys_token_is_refused(target, tmp_path):
    where = f"unix:{target.data}/admin.sock"
    commands = Commands(tmp_path, "--administration", where)
    assert f"{tmp_path}/admin.token is missing" in commands.refused(1, "clock")
    (tmp_path / "admin.token").write_text("x" * 43)
    assert f"does not take the token in {tmp_path}/admin.token" in commands.refused(1, "clock")
    shutil.copy(target.data / "admin.token", tmp_path)
    assert commands.json("clock")["offset_seconds"] == 0


@pytest.mark.parametrize(
    "address", ["192.0.2.1:9444", "none", "127.0.0.1", "unix:relative", "127.0.0.1:0", ""]
)
def test_an_address_that_is_not_local_is_refused(target, address):
    said = Commands(target.data, "--administration", address).refused(64, "clock")
    assert said.startswith("Error: --administration: ")


@pytest.mark.parametrize(
    "answer, words",
    [
        (b"", "ends before it is whole"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "ends before it is whole"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{}", "longer than its Content-Length"),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "has no Content-Length"),
        (b"220 mail ESMTP\r\n\r\n", "does not begin with a final status"),
        (b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n", "has answered with status 500"),
    ],
)
def test_another_programs_answer_is_refused(target, answer, words):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def reply():
            one, _ = listener.accept()
            with one:
                one.recv(65536)
                one.sendall(answer)

        thread = threading.Thread(target=reply)
        thread.start()
        where = f"127.0.0.1:{listener.getsockname()[1]}"
        said = Commands(target.data, "--administration", where).refused(1, "clock")
        thread.join()
    assert words in said
