# SPDX-License-Identifier: Apache-2.0
"""Sealed tokens: opaque to everybody, read by introspection only (Decisions/0012)."""

import base64
import json
import re

import pytest

import expect
from oauth import INTROSPECTION
from parties import Caller, ResourceServer
from server import handfast

NOW = ("--active-in", "0")
SEALING = "A256GCM"  # as `key list` calls it


@pytest.fixture(scope="module")
def app(server, pki):
    return Caller(server, pki, "app", "--token-format", "sealed", "--scope", "read write")


def raw(token):
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def key_tag(token):
    """The bytes that identify the key in a token."""
    return raw(token)[1:9]


def rotate(server, *options):
    server.handfast("key", "rotate", "--kind", "sealing", *options)


# Contents of a token.


@pytest.mark.smoke
def test_a_sealed_token_is_opaque_and_the_same_in_every_other_way(app, api, server):
    members = app.members(scope="read")
    token = members["access_token"]
    assert members["token_type"] == "Bearer" and members["scope"] == "read"
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    said = api.reads(token)
    assert said["client_id"] == app.client_id and said["scope"] == "read"
    assert said["exp"] - said["iat"] == members["expires_in"]
    # Its claims cannot be read in it.
    for word in (app.client_id, "read", said["iss"]):
        assert word.encode() not in raw(token) and word not in token
    assert base64.urlsafe_b64decode(app.credential.thumbprint + "=") not in raw(token)


def test_it_is_shorter_than_a_signed_one(app, server, pki):
    signed = Caller(server, pki, "signed")
    assert signed.token().count(".") == 2
    assert len(app.token()) < len(signed.token()) * 0.6


def test_no_two_tokens_are_alike_on_any_connection(app, api):
    tokens = []
    for _ in range(6):  # several connections, so several reactors
        with app.server.connect(app.credential) as connection:
            for _ in range(50):
                tokens.append(expect.token(connection.token(app.body))["access_token"])
    assert len(set(tokens)) == 300
    # Key tag, sealer and counter: what must never repeat under one key.
    assert len({raw(token)[:33] for token in tokens}) == 300
    identifiers = {api.reads(token)["jti"] for token in tokens[::10]}
    assert len(identifiers) == 30


def test_every_reactor_reads_what_the_others_sealed(app, api):
    tokens = [app.token() for _ in range(8)]
    for _ in range(4):
        for token in tokens:
            api.reads(token)


def test_a_user_s_token_is_sealed_too(app, api, server):
    server.add_user("ann", "correct horse")
    login = {"grant_type": "password", "username": "ann", "password": "correct horse"}
    expect.eventually(lambda: app.ask(**login).status == 200)
    token = app.token(**login)
    assert "." not in token
    said = api.reads(token)
    assert said["sub"] != app.client_id and said["client_id"] == app.client_id
    expect.error(app.ask(**{**login, "password": "wrong"}), "invalid_grant")


# Changed tokens, and tokens in other hands.


def test_a_token_with_any_bit_changed_is_refused(app, api):
    token = app.token()
    with app.server.connect(api.credential) as connection:
        for at in range(len(raw(token))):
            changed = bytearray(raw(token))
            changed[at] ^= 1 << at % 8
            text = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
            body = {"client_id": api.client_id, "token": text}
            expect.inactive(connection.token(body, target=INTROSPECTION))
    api.reads(token)


@pytest.mark.parametrize("count", [1, 8, 32, 33, 34, 49])
def test_a_token_that_was_cut_off_is_refused(app, api, count):
    token = app.token()
    for part in (raw(token)[:count], raw(token)[:-count], raw(token)[count:]):
        api.refuses(base64.urlsafe_b64encode(part).rstrip(b"=").decode())
    api.refuses(token + "AAAA")
    api.reads(token)


def test_two_tokens_do_not_make_a_third(app, api):
    first, second = raw(app.token(scope="read")), raw(app.token(scope="write"))
    for cut in (33, len(first) - 16):
        for mixed in (first[:cut] + second[cut:], second[:cut] + first[cut:]):
            api.refuses(base64.urlsafe_b64encode(mixed).rstrip(b"=").decode())


@pytest.mark.smoke
def test_a_token_in_the_hands_of_another_certificate_is_not_admitted(app, api, server, pki):
    thief = Caller(server, pki, "thief", "--token-format", "sealed")
    token = app.token()
    assert api.admits(token, app.credential)
    assert not api.admits(token, thief.credential)
    assert not api.admits(token, pki.self_signed("stranger"))
    assert api.admits(thief.token(), thief.credential)
    # The thief cannot even ask what it is.
    expect.inactive(thief.introspect(token))


def test_each_certificate_of_a_client_binds_its_own_tokens(api, server, pki):
    second = pki.self_signed("two-second", "ed25519")
    app = Caller(server, pki, "two", "--token-format", "sealed", "--certificate",
                 second.certificate)  # fmt: skip
    tokens = {one: app.token(one) for one in (app.credential, second)}
    for one, token in tokens.items():
        for other in tokens:
            assert api.admits(token, other) is (one == other)
    app.update(f"--remove-certificate={second.thumbprint}")
    api.comes_to_refuse(tokens[second])
    assert api.admits(tokens[app.credential], app.credential)


def test_a_disabled_client_s_tokens_end_and_come_back(api, server, pki):
    app = Caller(server, pki, "disabled", "--token-format", "sealed")
    token = app.token()
    server.handfast("client", "disable", "disabled")
    api.comes_to_refuse(token)
    expect.error(app.ask(), "invalid_client")
    server.handfast("client", "enable", "disabled")
    expect.eventually(lambda: api.introspect(token).json["active"])


# Keys.


def test_a_rotated_key_seals_the_next_tokens_and_the_old_one_still_opens(fresh, pki):
    server = fresh()
    with server:
        app = Caller(server, pki, "app", "--token-format", "sealed")
        api = ResourceServer(server, pki)
        old = app.token()
        keys = server.get("/oauth2/jwks").body
        rotate(server, *NOW)
        expect.eventually(lambda: key_tag(app.token()) != key_tag(old))
        for _ in range(8):
            new = expect.eventually(lambda: key_tag(t := app.token()) != key_tag(old) and t)
            api.reads(new)
            api.reads(old)
        # The sealing key is not published.
        assert server.get("/oauth2/jwks").body == keys


def test_a_forgotten_key_opens_nothing_within_a_second(fresh, pki):
    server = fresh()
    with server:
        app = Caller(server, pki, "app", "--token-format", "sealed")
        signed = Caller(server, pki, "signed")
        api = ResourceServer(server, pki)
        old, jwt = app.token(), signed.token()
        api.reads(old)
        rotate(server, *NOW, "--forget")
        api.comes_to_refuse(old)
        api.reads(app.token())
        # Signed tokens have keys of their own.
        api.reads(jwt)


def test_a_key_that_is_not_active_yet_seals_nothing(fresh, pki):
    server = fresh()
    with server:
        app = Caller(server, pki, "app", "--token-format", "sealed")
        api = ResourceServer(server, pki)
        old = app.token()
        rotate(server, "--active-in", "600")
        app.update("--scope", "read")  # the next thing that is seen is seen after the key
        expect.eventually(lambda: app.members().get("scope") == "read")
        for _ in range(8):
            token = app.token()
            assert key_tag(token) == key_tag(old)
            api.reads(token)
        listed = json.loads(server.handfast("key", "list", "--json").stdout)
        sealing = [key["state"] for key in listed if key["kind"] == SEALING]
        assert sorted(sealing) == ["active", "next"]


def test_forgetting_all_keys_before_the_next_is_active_is_refused(server):
    for kind in ("sealing", "signing"):
        refused = server.handfast("key", "rotate", "--kind", kind, "--forget", check=False)
        assert refused.returncode == 64 and "--active-in 0" in refused.stderr
    assert server.handfast("key", "rotate", "--kind", "nonsense", check=False).returncode == 64


def test_a_sealing_key_is_never_shown(server):
    for options in ((), ("--json",)):
        said = server.handfast("key", "list", *options).stdout
        assert SEALING in said and "ES256" in said
        # 32 bytes would be at least 43 characters in any text form.
        assert not re.search(r"[A-Za-z0-9+/_=-]{43}", re.sub(kids(server), "", said))


def kids(server):
    keys = json.loads(server.handfast("key", "list", "--json").stdout)
    for key in keys:
        assert set(key) <= {"kid", "kind", "state", "created_at", "active_from", "retired_at"}
    return "|".join(re.escape(key["kid"]) for key in keys)


def test_tokens_outlive_a_restart_and_mean_nothing_elsewhere(fresh, pki):
    first = fresh(options=["--issuer", "https://same.example"])
    with first:
        app = Caller(first, pki, "app", "--token-format", "sealed")
        ResourceServer(first, pki)
        token = app.token()
        assert first.stop() == 0
    with fresh(data=first.data, options=["--issuer", "https://same.example"]) as second:
        app.server = second
        expect.active(app.introspect(token))
        assert key_tag(app.token()) == key_tag(token)
        # Another run is another sealer, under another key of its own.
        assert raw(app.token())[9:25] != raw(token)[9:25]
        second.stop()
    with fresh(data=first.data, options=["--issuer", "https://renamed.example"]) as third:
        app.server = third
        expect.inactive(app.introspect(token))
        expect.active(app.introspect(app.token()))
    with fresh(options=["--issuer", "https://same.example"]) as stranger:
        api = ResourceServer(stranger, pki)
        api.refuses(token)


# Which form.


@pytest.mark.parametrize("form", [None, "registered", "jwt", "sealed"])
def test_the_server_may_give_all_clients_one_form(fresh, pki, form):
    server = fresh(env={"HANDFAST_TOKENS_FORMAT": form} if form else {})
    with server:
        api = ResourceServer(server, pki)
        for kind in ("jwt", "sealed"):
            app = Caller(server, pki, f"app-{kind}", "--token-format", kind)
            expected = form if form in ("jwt", "sealed") else kind
            token = app.token()
            assert (token.count(".") == 2) is (expected == "jwt")
            assert api.reads(token)["client_id"] == app.client_id
            assert api.admits(token, app.credential)


@pytest.mark.parametrize("form", ["opaque", "JWT", "sealed,jwt", "1"])
def test_a_form_that_does_not_exist_is_refused_at_the_start(fresh, tmp_path, form):
    server = fresh(env={"HANDFAST_TOKENS_FORMAT": form}).launch()
    assert server.wait(20) != 0
    expect.logged(server, "tokens.format", "sealed")
    assert not any("listening" in line for line in server.stdout)
    path = tmp_path / "handfast.yaml"
    path.write_text(f'tokens:\n  format: "{form}"\n')
    done = handfast("check", "--config", path, check=False)
    assert done.returncode != 0 and "tokens.format" in done.stderr + done.stdout
    path.write_text("tokens:\n  format: sealed\n")
    assert handfast("check", "--config", path, check=False).returncode == 0


def test_a_client_s_form_can_be_changed_and_old_tokens_stay_good(api, server, pki):
    app = Caller(server, pki, "changing")
    tokens = [app.token()]
    app.update("--token-format", "sealed")
    expect.eventually(lambda: "." not in app.token())
    tokens.append(expect.eventually(lambda: "." not in (t := app.token()) and t))
    app.update("--token-format", "jwt")
    expect.eventually(lambda: "." in app.token())
    for token in tokens:
        assert api.reads(token)["client_id"] == app.client_id


@pytest.mark.parametrize("kind", ["jwt", "sealed"])
def test_the_longest_lists_that_can_be_registered_fit_a_token_that_can_be_read(
    api, server, pki, kind
):
    def lists(length):
        scopes = [f"{n}".rjust(length, "s") for n in range(32)]
        return scopes, [f"{n}".rjust(length, "a") for n in range(32)]

    def options(scopes, audiences):
        given = ["--token-format", kind, "--scope", " ".join(scopes)]
        return given + [word for one in audiences for word in ("--audience", one)]

    scopes, audiences = lists(127)  # with a separator each: 4096 characters
    app = Caller(server, pki, f"longest-{kind}", *options(scopes, audiences))
    said = api.reads(app.token())
    assert said["scope"].split() == scopes and said["aud"] == audiences
    for beyond in (options(lists(128)[0], audiences), options(scopes, lists(128)[1])):
        done = server.handfast("client", "update", app.name, *beyond, check=False)
        assert done.returncode == 64 and "4096" in done.stderr
    assert api.reads(app.token())["aud"] == audiences


def test_a_form_that_does_not_exist_is_refused_at_registration(server, pki):
    certificate = pki.self_signed("unformed", "p256").certificate
    done = server.handfast(
        "client", "add", "unformed", "--certificate", certificate, "--token-format", "opaque",
        check=False,
    )  # fmt: skip
    assert done.returncode == 64
    assert "opaque" in done.stderr and "sealed" in done.stderr
    assert "unformed" not in server.handfast("client", "list").stdout
    made = server.add_client(
        "formed", "--certificate", certificate, "--token-format", "sealed"
    )  # fmt: skip
    assert made["access_token_format"] == "sealed"
