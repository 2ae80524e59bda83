# SPDX-License-Identifier: Apache-2.0
"""Tokens that the registry takes back: by command, with a user, with a removed registration."""

import json
import time

import pytest

import expect
from oauth import TOKEN_FORMATS
from parties import Caller

pytestmark = pytest.mark.waiting

PASSWORD = "correct horse"


def login(name, password=PASSWORD):
    return {"grant_type": "password", "username": name, "password": password}


def next_second():
    """Until the clock shows another second: what is issued in the second of the end is dead."""
    now = int(time.time())
    expect.eventually(lambda: int(time.time()) > now, within=2)


def person(server, pki, name, *options):
    """A client and a user of this name, who can log in through it."""
    app = Caller(server, pki, f"app-{name}", *options)
    server.add_user(name, PASSWORD)
    expect.eventually(lambda: app.ask(**login(name)).status == 200)
    return app


@pytest.mark.smoke
@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_a_clients_tokens_are_taken_back_by_command(api, server, pki, kind):
    app = Caller(server, pki, f"back-{kind}", "--token-format", kind)
    other = Caller(server, pki, f"other-{kind}", "--token-format", kind)
    tokens, others = [app.token() for _ in range(3)], other.token()
    for token in [*tokens, others]:
        api.reads(token)
    before = int(time.time())
    said = server.handfast("token", "revoke", "--client", app.name, "--json")
    said = json.loads(said.stdout)
    assert said["client_id"] == app.client_id and said["tokens_valid_from"] > before
    for token in tokens:
        api.comes_to_refuse(token)
    api.reads(others)
    next_second()
    new = app.token()
    for _ in range(5):
        expect.eventually(lambda: api.introspect(new).json["active"])
    shown = json.loads(server.handfast("client", "show", app.name, "--json").stdout)
    assert shown["tokens_valid_from"] == said["tokens_valid_from"]
    # A change of something else takes nothing back.
    app.update("--scope", "read")
    expect.eventually(lambda: app.ask(scope="read").status == 200)
    api.reads(new)
    api.refuses(tokens[0])


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_a_users_tokens_are_taken_back_by_command(api, server, pki, kind):
    name = f"back-ann-{kind}"
    app = person(server, pki, name, "--token-format", kind)
    server.add_user(f"{name}-other", PASSWORD)
    expect.eventually(lambda: app.ask(**login(f"{name}-other")).status == 200)
    token, own, others = app.token(**login(name)), app.token(), app.token(**login(f"{name}-other"))
    said = server.handfast("token", "revoke", "--user", name).stdout
    assert name in said and "until it expires" in said
    api.comes_to_refuse(token)
    api.reads(own)
    api.reads(others)
    next_second()
    api.reads(app.token(**login(name)))


def test_an_owner_who_is_not_there_is_refused(server):
    for owner in (["--client", "nobody-there"], ["--user", "nobody-there"]):
        done = server.handfast("token", "revoke", *owner, check=False)
        assert done.returncode == 1 and "nobody-there" in done.stderr and done.stdout == ""
    for owner in ([], ["--client", "x", "--user", "y"]):
        done = server.handfast("token", "revoke", *owner, check=False)
        assert done.returncode == 64 and "either --client or --user" in done.stderr


def test_a_disabled_user_gets_no_token_and_the_old_ones_do_not_come_back(api, server, pki):
    app = person(server, pki, "off-ann")
    token = app.token(**login("off-ann"))
    api.reads(token)
    assert server.handfast("user", "disable", "off-ann").stdout == "disabled: off-ann\n"
    api.comes_to_refuse(token)
    expect.error(app.ask(**login("off-ann")), "invalid_grant")
    assert "off-ann  (disabled)" in server.handfast("user", "list").stdout
    assert server.handfast("user", "enable", "off-ann").stdout == "enabled: off-ann\n"
    expect.eventually(lambda: app.ask(**login("off-ann")).status == 200)
    api.refuses(token)
    next_second()
    api.reads(app.token(**login("off-ann")))
    for word in ("disable", "enable"):
        done = server.handfast("user", word, "nobody-there", check=False)
        assert done.returncode == 1 and "nobody-there" in done.stderr


def test_a_new_password_ends_what_was_issued_with_the_old_one(api, server, pki):
    app = person(server, pki, "new-ann")
    token, own = app.token(**login("new-ann")), app.token()
    server.handfast(
        "user", "password", "new-ann", "--password-stdin", text_input="battery staple\n"
    )
    api.comes_to_refuse(token)
    api.reads(own)
    next_second()
    api.reads(app.token(**login("new-ann", "battery staple")))


def test_a_user_of_the_same_name_does_not_inherit_tokens(api, server, pki):
    app = person(server, pki, "twice-ann")
    token = app.token(**login("twice-ann"))
    api.reads(token)
    next_second()
    server.handfast("user", "remove", "twice-ann")
    api.comes_to_refuse(token)
    server.add_user("twice-ann", PASSWORD)
    expect.eventually(lambda: app.ask(**login("twice-ann")).status == 200)
    api.refuses(token)
    api.reads(app.token(**login("twice-ann")))


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_a_client_of_the_same_id_does_not_inherit_tokens(api, server, pki, kind):
    options = ["--client-id", f"twice-{kind}", "--token-format", kind]
    app = Caller(server, pki, f"twice-{kind}", *options)
    token = app.token()
    api.reads(token)
    next_second()
    server.handfast("client", "remove", app.name, "--yes")
    api.comes_to_refuse(token)
    again = Caller(server, pki, f"twice-{kind}", *options, credential=app.credential)
    assert again.client_id == app.client_id
    api.reads(again.token())
    api.refuses(token)
