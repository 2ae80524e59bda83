# SPDX-License-Identifier: Apache-2.0
"""`handfast admin-token`: made once, listed without the token, taken back."""

import json
import re
import time

import pytest

import expect
from administrator import Administrator
from audits import Audit
from database import transaction
from server import handfast


@pytest.fixture
def books(tmp_path, pki):
    data = tmp_path / "data"
    own = pki.self_signed("books").certificate
    handfast("client", "add", "app", "--certificate", own, "--data", data)
    return data


def run(books, *arguments, **options):
    return handfast("admin-token", *arguments, "--data", books, **options)


def test_a_token_is_shown_once_and_listed_without_it(books):
    made = run(books, "add", "ci", "--role", "operate").stdout
    token = re.fullmatch(r"name:  ci\nrole:  operate\ntoken: ([\w-]{43})\n", made)[1]
    other = json.loads(run(books, "add", "reader", "--role", "read", "--json").stdout)
    assert other["token"] != token and other["role"] == "read"
    listed = run(books, "list").stdout
    assert [line.split() for line in listed.splitlines()][0] == ["ROLE", "MADE", "NAME"]
    assert token not in listed and "operate" in listed and "ci" in listed
    members = json.loads(run(books, "list", "--json").stdout)
    assert [(one["name"], one["role"]) for one in members] == [("ci", "operate"),
                                                               ("reader", "read")]  # fmt: skip
    run(books, "remove", "ci")
    assert [one["name"] for one in json.loads(run(books, "list", "--json").stdout)] == ["reader"]
    actions = [(e["id"], e["action"]) for e in Audit(books).entries() if e["kind"] == "admin_token"]
    assert actions == [("ci", "add"), ("reader", "add"), ("ci", "remove")]


def test_names_and_roles_that_are_none_are_refused(books):
    run(books, "add", "ci", "--role", "read")
    for arguments, status in (
        (["add", "ci", "--role", "read"], 1), (["remove", "none"], 1),
        (["add", "first", "--role", "read"], 64), (["add", "a b", "--role", "read"], 64),
        (["add", "x" * 65, "--role", "read"], 64), (["add", "other", "--role", "root"], 64),
        (["add", "other"], 64), (["remove", "first"], 64),
    ):  # fmt: skip
        done = run(books, *arguments, check=False)
        assert done.returncode == status, (arguments, done)
        assert done.stderr and not done.stdout
    assert len(json.loads(run(books, "list", "--json").stdout)) == 1


def test_a_running_server_learns_of_a_token(fresh):
    with fresh() as server:
        server.handfast("admin-token", "add", "ci", "--role", "read")
        expect.logged(server, '"kind":"admin_token"')
        server.handfast("admin-token", "remove", "ci")
        expect.logged(server, '"change":"removed"')


def test_tokens_that_cannot_be_read_are_said_once(fresh):
    server = fresh().start()
    for name, renamed in (("admin_token", "away"), ("away", "admin_token")):
        with transaction(server.data) as opened:
            opened.execute(f"ALTER TABLE {name} RENAME TO {renamed}")
        said = "tokens cannot be read" if renamed == "away" else "tokens are read again"
        expect.logged(server, said, within=20)
    time.sleep(2)
    assert server.log.count("tokens cannot be read") == server.log.count("are read again") == 1
    # The token of the directory counts all the time.
    assert Administrator(server).curl("/clients")[0] == 200
