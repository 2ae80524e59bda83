# SPDX-License-Identifier: Apache-2.0
"""Keys that clients publish (jwks_uri): fetched, kept, renewed, and never from inside."""

import json
import re
import signal
import time

import jwt
import pytest

import expect
from assertions import KEYS, asserting, assertion_claims, certificate_jwk, public_jwk
from oauth import CC
from origin import Origin, fetching_server, web_pair

pytestmark = pytest.mark.waiting


def key_set(*credentials):
    """A JWK Set with the certificates of these."""
    keys = [certificate_jwk(one, kid=str(number)) for number, one in enumerate(credentials)]
    return json.dumps({"keys": keys}).encode()


@pytest.fixture(scope="module")
def fetching(tmp_path_factory, ca):
    with fetching_server(tmp_path_factory.mktemp("fetching"), ca) as server:
        yield server
        assert server.running and server.stop() == 0


class Publisher:
    """A client of self_signed_tls_client_auth that publishes its certificates."""

    def __init__(self, server, origin, name, *credentials, path=None):
        self.server, self.origin, self.name = server, origin, name
        self.path = path or f"/{name}.jwks"
        if credentials:
            self.publish(*credentials)
        self.client = server.add_client(
            name, "--auth-method", "self_signed_tls_client_auth",
            "--jwks-uri", origin.url(self.path), "--grant-types", "client_credentials",
        )  # fmt: skip
        self.body = {**CC, "client_id": self.client["client_id"]}

    def publish(self, *credentials):
        self.origin.content[self.path] = key_set(*credentials)

    @property
    def fetches(self):
        return self.origin.asked.count(self.path)

    def ask(self, credential):
        return self.server.token(self.body, credential)

    def comes_to_serve(self, credential):
        self.origin.settled(self.path)
        expect.eventually(lambda: self.ask(credential).status == 200, within=3)


@pytest.mark.smoke
def test_certificates_are_fetched_and_rotation_is_noticed_by_the_first_request(
    fetching, origin, pki
):
    first, second = pki.self_signed("uri-1", "p256"), pki.self_signed("uri-2")
    party = Publisher(fetching, origin, "rotating", first)
    party.comes_to_serve(first)
    count = party.fetches
    # Known certificates cost no fetch.
    for _ in range(5):
        expect.token(party.ask(first))
    assert party.fetches == count
    party.publish(first, second)
    # The request with the unknown certificate waits for the new set.
    answer = expect.token(party.ask(second))
    claims = expect.verified(answer["access_token"], fetching.address)
    assert claims["cnf"]["x5t#S256"] == second.thumbprint
    expect.token(party.ask(first))
    assert party.fetches == count + 1
    listed = fetching.handfast("client", "certificate", "list", "rotating").stdout
    assert first.thumbprint in listed and second.thumbprint in listed


def test_unknown_certificates_cause_one_fetch_a_minute(fetching, origin, pki):
    known, unknown = pki.self_signed("uri-1", "p256"), pki.self_signed("uri-3", "p256")
    party = Publisher(fetching, origin, "asked", known)
    party.comes_to_serve(known)
    count = party.fetches
    for _ in range(20):
        expect.error(party.ask(unknown), "invalid_client")
    assert party.fetches <= count + 1
    expect.token(party.ask(known))


def test_what_is_pipelined_behind_a_request_that_waits_is_answered_in_order(
    fetching, origin, pki
):
    old, new = pki.self_signed("uri-1", "p256"), pki.self_signed("uri-4", "p256")
    party = Publisher(fetching, origin, "pipelined", old)
    party.comes_to_serve(old)
    party.publish(new)
    origin.delay = 0.5
    try:
        form = "&".join(f"{name}={value}" for name, value in party.body.items())
        request = (
            "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(form)}\r\n\r\n{form}"
        )
        health = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with fetching.connect(new) as connection:
            connection.send(request + health + request)
            expect.token(connection.read())
            assert connection.read("GET").json == {"status": "ok"}
            expect.token(connection.read())
    finally:
        origin.delay = 0.0
    # The old certificate is no longer in the set.
    expect.error(party.ask(old), "invalid_client")


@pytest.mark.parametrize(
    "content",
    [
        500, 404, b"", b"{}", b'{"keys":[]}', b"[" * 100_000, b"x" * 200_000,
        b'{"keys":[{"kty":"oct","k":"AAAA"}]}',
    ],
    ids=["500", "404", "empty", "no keys", "empty set", "deep", "large", "secret"],
)  # fmt: skip
def test_a_bad_answer_leaves_the_last_good_set(fetching, origin, pki, content, request):
    known, unknown = pki.self_signed("uri-1", "p256"), pki.self_signed("uri-5", "p256")
    name = "kept-" + request.node.callspec.id.replace(" ", "-")
    party = Publisher(fetching, origin, name, known)
    party.comes_to_serve(known)
    origin.content[party.path] = content
    expect.error(party.ask(unknown), "invalid_client")
    assert party.fetches >= 2
    expect.token(party.ask(known))


def test_keys_without_certificates_are_refused_with_a_reason(fetching, origin, pki):
    credential = pki.self_signed("uri-6", "p256")
    bare = json.loads(key_set(credential))
    del bare["keys"][0]["x5c"]
    party = Publisher(fetching, origin, "bare", path="/bare.jwks")
    origin.content["/bare.jwks"] = json.dumps(bare).encode()
    expect.error(party.ask(credential), "invalid_client")
    expect.eventually(lambda: re.search(r"no `x5c`.*bare|bare.*no `x5c`", fetching.log))


def test_an_outage_is_told_once_for_each_reason_and_so_is_its_end(tmp_path, origin, ca, pki):
    credential = pki.self_signed("uri-12", "p256")
    failure, end = "keys of a client cannot be fetched", "a jwks_uri answers again"
    with fetching_server(tmp_path, ca) as server:
        party = Publisher(server, origin, "outage", credential)
        party.comes_to_serve(credential)

        def reloads():
            server.signal(signal.SIGHUP)
            # The main thread looks five times a second at what has come.
            time.sleep(0.25)
            return True

        def told(content):
            """The log's failures and recoveries after two fetches were answered with this."""
            origin.content[party.path] = content
            for _ in range(2):
                count = party.fetches
                expect.eventually(lambda: reloads() and party.fetches > count, within=5)
            return server.log.count(failure), server.log.count(end)

        # A good answer that follows a good one is no end of anything.
        good = origin.content[party.path]
        assert told(good) == (0, 0)
        assert told(500) == (1, 0)
        assert told(404) == (2, 0)
        assert told(b"{}") == (3, 0)
        assert told(500) == (4, 0)
        assert told(good) == (4, 1)
        assert told(500) == (5, 1)
        assert told(good) == (5, 2)
        for status in (500, 404):
            expect.logged(server, f"the status is {status}")
        expect.token(party.ask(credential))
        assert server.stop() == 0


def test_private_addresses_are_refused_unless_configured(tmp_path, origin, ca, pki):
    credential = pki.self_signed("uri-7", "p256")
    with fetching_server(tmp_path, ca, networks="") as server:
        party = Publisher(server, origin, "inside", credential)
        expect.error(party.ask(credential), "invalid_client")
        expect.logged(server, "keys of a client cannot be fetched")
        assert party.fetches == 0
        assert server.stop() == 0


def test_a_web_server_with_a_foreign_certificate_is_refused(tmp_path, ca, pki):
    credential = pki.self_signed("uri-8", "p256")
    foreign = web_pair(pki.root, "foreign-web")
    with Origin(foreign) as wrong, fetching_server(tmp_path, ca) as server:
        party = Publisher(server, wrong, "foreign", credential)
        expect.error(party.ask(credential), "invalid_client")
        assert party.fetches == 0
        expect.logged(server, "keys of a client cannot be fetched")


def test_the_last_good_set_survives_a_restart_without_the_web_server(
    tmp_path, origin, ca, pki
):
    credential = pki.self_signed("uri-9", "p256")
    with fetching_server(tmp_path, ca) as server:
        party = Publisher(server, origin, "restarted", credential)
        party.comes_to_serve(credential)
        assert server.stop() == 0
    origin.content[party.path] = 500
    with fetching_server(tmp_path, ca) as server:
        expect.token(server.token(party.body, credential))


def test_assertion_keys_are_fetched_and_renewed(fetching, origin):
    def publish(key, kid):
        keys = [public_jwk(key, "ES256", kid)]
        origin.content["/signer.jwks"] = json.dumps({"keys": keys}).encode()

    old, new = (KEYS["ES256"]() for _ in range(2))
    publish(old, "old")
    client = fetching.add_client(
        "signer", "--auth-method", "private_key_jwt", "--jwks-uri", origin.url("/signer.jwks"),
        "--grant-types", "client_credentials", "--no-bound-tokens",
    )  # fmt: skip

    def ask(key, kid):
        claims = assertion_claims(client["client_id"], fetching.url)
        return fetching.token(asserting(jwt.encode(claims, key, "ES256", headers={"kid": kid})))

    origin.settled("/signer.jwks")
    expect.eventually(lambda: ask(old, "old").status == 200, within=3)
    publish(new, "new")
    expect.token(ask(new, "new"))
    expect.error(ask(old, "old"), "invalid_client")
    expect.error(ask(KEYS["ES256"](), "new"), "invalid_client")


def test_periodic_refresh_takes_keys_away(tmp_path, origin, ca, pki):
    first, second = pki.self_signed("uri-10", "p256"), pki.self_signed("uri-11", "p256")
    with fetching_server(tmp_path, ca, refresh=5) as server:
        party = Publisher(server, origin, "withdrawn", first, second)
        party.comes_to_serve(first)
        party.publish(second)
        expect.eventually(lambda: party.ask(first).status == 401, within=8)
        expect.token(party.ask(second))
