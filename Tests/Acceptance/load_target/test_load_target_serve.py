# SPDX-License-Identifier: Apache-2.0
"""A load target is the same server, marked, and never taken for a real one."""

import signal
import ssl
import urllib.request

import jwt
import pytest

import expect
from oauth import CC, INTROSPECTION, TOKEN_FORMATS, WELL_KNOWN
from parties import Caller
from server import handfast
from seeds import Seeded, client_id, credential
from targets import Target, claims


@pytest.fixture
def seed(tmp_path):
    return Seeded(tmp_path, clients=1).data


@pytest.fixture
def target(seed):
    with Target(seed) as started:
        yield started


def signed(client, token):
    """What a signed answer of introspection (RFC 9701) says, verified by the published keys."""
    answer = client.server.token(
        {"client_id": client.client_id, "token": token}, client.credential, target=INTROSPECTION,
        headers=[("Accept", "application/token-introspection+jwt")],
    )  # fmt: skip
    assert answer.header("content-type") == "application/token-introspection+jwt"
    text = answer.body.decode("ascii")
    keys = {key["kid"]: key for key in client.server.get("/oauth2/jwks").json["keys"]}
    key = jwt.PyJWK(keys[jwt.get_unverified_header(text)["kid"]]).key
    outer = jwt.decode(text, key, algorithms=["ES256"], audience=client.client_id)
    return outer["token_introspection"]


def refused(*arguments):
    done = handfast(*arguments, check=False)
    assert done.returncode != 0 and "listening" not in done.stdout
    return done.stderr


@pytest.mark.parametrize("form", TOKEN_FORMATS)
def test_tokens_and_introspection_say_that_they_are_for_tests(target, pki, form):
    options = ["--token-format", form] if form == "sealed" else []
    client = Caller(target, pki, "app", *options)
    token = client.token()
    if form == "jwt":
        assert claims(token)["test"] is True
        assert claims(token)["iss"] == target.url
    for asked, active in [(token, True), ("none", False)]:
        found = client.introspect(asked).json
        assert found["active"] is active and found["test"] is True
        assert signed(client, asked) == found


def test_a_server_marks_nothing(fresh, pki):
    with fresh() as server:
        client = Caller(server, pki, "app")
        token = client.token()
        assert "test" not in claims(token)
        assert "test" not in client.introspect(token).json
        for asked, active in [(token, True), ("none", False)]:
            said = signed(client, asked)
            assert said["active"] is active and "test" not in said


def test_the_start_says_what_it_is(target):
    assert any(line.startswith("load target, for tests only: ") for line in target.stdout)
    assert any("follow from a public seed" in line for line in target.stderr)


def test_a_directory_is_for_one_kind_of_server(tmp_path, seed):
    assert "is no load target" in refused(
        "load-target", "serve", "--data", tmp_path / "other", "--listen", "127.0.0.1:0"
    )
    assert not (tmp_path / "other").exists()
    message = refused("serve", "--data", seed, "--listen", "127.0.0.1:0")
    assert "Serve it with handfast load-target serve" in message


def test_an_issuer_that_could_be_real_is_refused(seed):
    begin = ["load-target", "serve", "--data", seed, "--listen", "127.0.0.1:0"]
    assert "could be taken for a real one" in refused(*begin, "--issuer", "https://id.example.com")
    with Target(seed, options=["--issuer", "https://id.test"]) as target:
        context = ssl._create_unverified_context()
        url = f"{target.url}{WELL_KNOWN}"
        assert b'"issuer":"https://id.test"' in urllib.request.urlopen(url, context=context).read()


def test_other_machines_reach_it_only_where_that_is_asked_for(seed):
    message = refused("load-target", "serve", "--data", seed, "--listen", "0.0.0.0:0")
    assert "other machines reach 0.0.0.0:0" in message
    options = ["--listen-beyond-loopback"]
    with Target(seed, options=options, listen="0.0.0.0:0") as target:
        assert target.get("/health").status == 200


def test_a_reload_to_a_real_issuer_is_refused(seed, tmp_path):
    file = tmp_path / "handfast.yaml"
    file.write_text("issuer: https://id.test\n")
    with Target(seed, options=["--config", file]) as target:
        file.write_text("issuer: https://id.example.com\n")
        target.signal(signal.SIGHUP)
        expect.logged(target, "could be taken for a real one", within=5)
        expect.logged(target, "configuration not reloaded")
        assert b"https://id.test" in target.get(WELL_KNOWN).body


@pytest.mark.parametrize("kind", ["serve", "load-target serve"])
def test_port_0_is_the_systems_choice_and_stays_with_a_reload(seed, tmp_path, kind):
    data = seed if kind != "serve" else tmp_path / "data"
    server = Target(data)
    command = [word for word in server.command() if kind != "serve" or word != "load-target"]
    server.command = lambda: command
    with server:
        assert server.port > 1023
        document = server.get(WELL_KNOWN).json
        assert document["issuer"] == server.url
        server.signal(signal.SIGHUP)
        expect.logged(server, "configuration reloaded", within=5)
        assert "needs a restart" not in server.log
        assert server.get(WELL_KNOWN).json == document


def test_identifiers_follow_from_the_seed_where_that_is_asked_for(tmp_path):
    seeded = Seeded(tmp_path, clients=1)
    client = credential(seeded.export("pem-folder", tmp_path / "clients"), 1)

    def identifiers(*options):
        with Target(seeded.data, options=options) as target, target.connect(client) as connection:
            tokens = [connection.token(CC, client_id=client_id(1)) for _ in range(3)]
        return [claims(expect.token(token)["access_token"])["jti"] for token in tokens]

    first = identifiers("--deterministic-jti")
    assert len(set(first)) == 3
    assert identifiers("--deterministic-jti") == first
    assert not set(first) & set(identifiers())
