# SPDX-License-Identifier: Apache-2.0
"""The same token again within a client's window, and never beyond what it was issued for."""

import json
import time

import jwt
import pytest

import expect
from oauth import TOKEN_FORMATS
from parties import Caller, ResourceServer

LONG = ("--reuse-window", "600")


@pytest.fixture
def line(server):
    """Opens connections: what is kept is kept by one reactor, so a connection sees one memory."""
    opened = []

    def line(app, credential=None):
        opened.append(server.connect(credential or app.credential))
        return opened[-1]

    yield line
    for connection in opened:
        connection.close()


def ask(connection, app, **more):
    return expect.token(connection.token({**app.body, **more}))


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


@pytest.mark.smoke
@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_within_the_window_the_token_stays_and_tells_the_truth(line, server, pki, api, kind):
    app = Caller(server, pki, f"steady-{kind}", *LONG, "--token-format", kind)
    connection = line(app)
    first = ask(connection, app)
    said = api.reads(first["access_token"])
    for _ in range(4):
        before = time.time()
        again = ask(connection, app)
        after = time.time()
        assert again["access_token"] == first["access_token"]
        # Reused with the rest of its life, not a whole one. The kernel's coarse clock may be some
        # milliseconds behind ours, and so in the second before.
        left = range(said["exp"] - int(after), said["exp"] - int(before - 0.05) + 1)
        assert again["expires_in"] in left
        time.sleep(0.4)
    assert again["expires_in"] < first["expires_in"]


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_without_a_window_every_answer_has_a_token_of_its_own(line, server, pki, kind):
    app = Caller(server, pki, f"fresh-{kind}", "--token-format", kind)
    connection = line(app)
    assert len({ask(connection, app)["access_token"] for _ in range(50)}) == 50


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_after_the_window_there_is_another_token(line, server, pki, kind):
    window = 2
    app = Caller(
        server, pki, f"passing-{kind}", "--reuse-window", str(window), "--token-format", kind,
        "--token-lifetime", "60",
    )  # fmt: skip
    connection = line(app)
    order, answers = [], {}
    limit = time.monotonic() + 10 * window * expect.PATIENCE
    while len(order) < 4:
        asked = time.monotonic()
        assert asked < limit
        members = ask(connection, app)
        token = members["access_token"]
        if not order or order[-1] != token:
            assert token not in order, "a token that was left behind came back"
            order.append(token)
        answer = (asked, time.monotonic(), members["expires_in"])
        answers.setdefault(token, []).append(answer)
        time.sleep(0.1)
    for token in order:
        lives = [left for _, _, left in answers[token]]
        assert lives == sorted(lives, reverse=True)
        assert all(60 - window < left <= 60 for left in lives)
        # From the first answer's arrival to the last question: less than lay between the decisions.
        assert answers[token][-1][0] - answers[token][0][1] < window
    # The last one was just made; before it there were whole windows.
    assert any(len(answers[token]) > 1 for token in order[:-1])


def test_another_scope_audience_or_client_has_another_token(line, server, pki):
    app = Caller(
        server, pki, "choosing", *LONG, "--scope", "read write",
        "--audience", "urn:a", "--audience", "urn:b",
    )  # fmt: skip
    other = Caller(server, pki, "neighbour", *LONG, credential=app.credential)
    connection = line(app)
    requests = [
        {}, {"scope": "read"}, {"scope": "write"}, {"resource": "urn:a"}, {"resource": "urn:b"},
        {"scope": "read", "resource": "urn:a"},
    ]  # fmt: skip
    first = [ask(connection, app, **more)["access_token"] for more in requests]
    first.append(ask(connection, other)["access_token"])
    assert len(set(first)) == len(first)
    again = [ask(connection, app, **more)["access_token"] for more in requests]
    assert [*again, ask(connection, other)["access_token"]] == first
    for more, token in zip(requests, again, strict=True):
        claims = claims_of(token)
        assert claims["client_id"] == app.client_id
        assert claims["scope"] == more.get("scope", "read write")
        assert claims["aud"] == more.get("resource", ["urn:a", "urn:b"])
    assert ask(connection, app, scope="write read")["access_token"] == first[0]


def test_another_certificate_of_the_client_has_another_token(server, pki, api):
    second = pki.self_signed("pair-second", "p256")
    options = (*LONG, "--certificate", second.certificate)
    app = Caller(server, pki, "pair", *options)
    # Over more connections than there are reactors: no memory mixes the two.
    tokens = {one: {app.token(one) for _ in range(10)} for one in (app.credential, second)}
    for one, issued in tokens.items():
        assert 1 <= len(issued) <= server.reactors
        for token in issued:
            assert claims_of(token)["cnf"] == {"x5t#S256": one.thumbprint}
            assert api.admits(token, one)
    stranger = pki.self_signed("stranger")
    expect.error(app.ask(stranger), "invalid_client")


def test_a_user_s_token_is_never_handed_out_again(line, server, pki):
    app = Caller(server, pki, "people", *LONG)
    server.add_user("ann", "correct horse")
    connection = line(app)
    login = {"grant_type": "password", "username": "ann", "password": "correct horse"}
    expect.eventually(lambda: connection.token({**app.body, **login}).status == 200)
    own = ask(connection, app)["access_token"]
    issued = [ask(connection, app, **login)["access_token"] for _ in range(3)]
    assert len({own, *issued}) == 4
    wrong = connection.token({**app.body, **login, "password": "wrong"})
    expect.error(wrong, "invalid_grant")
    assert ask(connection, app)["access_token"] == own


# Changes.


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_a_removed_certificate_ends_its_tokens_at_once(line, server, pki, api, kind):
    second = pki.self_signed(f"losing-second-{kind}", "p256")
    app = Caller(
        server, pki, f"losing-{kind}", *LONG, "--token-format", kind,
        "--certificate", second.certificate,
    )  # fmt: skip
    lost, kept = line(app), line(app, second)
    lost_token = ask(lost, app)["access_token"]
    kept_token = ask(kept, app)["access_token"]
    app.update(f"--remove-certificate={app.credential.thumbprint}")
    expect.eventually(lambda: lost.token(app.body).status == 401)
    expect.error(lost.token(app.body), "invalid_client")
    api.comes_to_refuse(lost_token)
    # The registration is another one now, and so are its tokens; the old one is still good.
    expect.eventually(lambda: ask(kept, app)["access_token"] != kept_token)
    api.reads(kept_token)
    app.update("--certificate", app.credential.certificate)
    expect.eventually(lambda: lost.token(app.body).status == 200)
    assert ask(lost, app)["access_token"] != lost_token


def test_a_disabled_client_gets_nothing_again_and_then_something_else(line, server, pki):
    app = Caller(server, pki, "pausing", *LONG)
    connection = line(app)
    token = ask(connection, app)["access_token"]
    server.handfast("client", "disable", app.name)
    expect.eventually(lambda: connection.token(app.body).status == 401)
    expect.error(connection.token(app.body), "invalid_client")
    server.handfast("client", "enable", app.name)
    expect.eventually(lambda: connection.token(app.body).status == 200)
    assert ask(connection, app)["access_token"] != token


def test_what_is_taken_from_a_registration_is_in_no_token_after_it(line, server, pki):
    app = Caller(server, pki, "narrowing", *LONG, "--scope", "read write")
    connection = line(app)
    assert claims_of(ask(connection, app)["access_token"])["scope"] == "read write"
    app.update("--scope", "read")
    expect.eventually(lambda: ask(connection, app)["scope"] == "read")
    members = ask(connection, app)
    assert claims_of(members["access_token"])["scope"] == "read"
    assert ask(connection, app)["access_token"] == members["access_token"]
    app.update("--reuse-window", "0")
    expect.eventually(lambda: len({ask(connection, app)["access_token"] for _ in range(3)}) == 3)


@pytest.mark.parametrize("forget", [False, True])
def test_after_a_rotation_tokens_are_signed_by_the_new_key(fresh, pki, forget):
    server = fresh()
    with server:
        app = Caller(server, pki, "app", *LONG)
        api = ResourceServer(server, pki)
        with server.connect(app.credential) as connection:
            old = ask(connection, app)["access_token"]
            kid = jwt.get_unverified_header(old)["kid"]
            options = ["--forget"] if forget else []
            server.handfast("key", "rotate", "--active-in", "0", *options)
            new = expect.eventually(
                lambda: (t := ask(connection, app)["access_token"]) != old and t
            )
            assert jwt.get_unverified_header(new)["kid"] != kid
            expect.verified(new, server.address)
            assert ask(connection, app)["access_token"] == new
            if forget:
                api.comes_to_refuse(old)
            else:
                expect.verified(old, server.address)
                api.reads(old)
            api.reads(new)


def test_after_a_rotation_tokens_are_sealed_with_the_new_key(fresh, pki):
    server = fresh()
    with server:
        app = Caller(server, pki, "app", *LONG, "--token-format", "sealed")
        api = ResourceServer(server, pki)
        with server.connect(app.credential) as connection:
            old = ask(connection, app)["access_token"]
            server.handfast(
                "key", "rotate", "--kind", "sealing", "--active-in", "0", "--forget"
            )  # fmt: skip
            new = expect.eventually(
                lambda: (t := ask(connection, app)["access_token"]) != old and t
            )
            api.comes_to_refuse(old)
            expect.eventually(lambda: api.introspect(new).json["active"])
            assert ask(connection, app)["access_token"] == new


# The registration.


def test_a_window_is_bounded_and_shown(server, pki):
    certificate = ("--certificate", pki.self_signed("bounded", "p256").certificate)

    def add(name, *options):
        return server.handfast("client", "add", name, *certificate, *options, check=False)

    for window in ("-1", "3601", "soon", "1.5"):
        done = add("unbounded", f"--reuse-window={window}")
        assert done.returncode == 64, done.stderr
    done = add("unbounded", "--reuse-window", "60", "--token-lifetime", "60")
    assert done.returncode == 64 and "--token-lifetime" in done.stderr
    assert "unbounded" not in server.handfast("client", "list").stdout
    for name, options, window in (
        ("never", (), 0),
        ("longest", ("--reuse-window", "3600"), 3600),
        ("nearly", ("--reuse-window", "59", "--token-lifetime", "60"), 59),
    ):
        assert add(name, *options).returncode == 0
        shown = json.loads(server.handfast("client", "show", name, "--json").stdout)
        assert shown["access_token_reuse_window"] == window


def test_a_window_longer_than_the_server_s_lifetime_hands_out_no_dead_token(fresh, pki):
    server = fresh(env={"HANDFAST_TOKENS_LIFETIME": "2"})
    with server:
        app = Caller(server, pki, "app", *LONG)
        api = ResourceServer(server, pki)
        seen = set()
        with server.connect(app.credential) as connection:
            end = time.monotonic() + 5
            while time.monotonic() < end:
                members = ask(connection, app)
                seen.add(members["access_token"])
                assert 1 <= members["expires_in"] <= 2
                time.sleep(0.1)
        assert 2 <= len(seen) <= 6
        api.reads(app.token())
