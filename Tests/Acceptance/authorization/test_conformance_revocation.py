# SPDX-License-Identifier: Apache-2.0
"""INT-09 to PAR-10, what the neighbours leave: see Documentation/conformance.md."""

import concurrent.futures
import json
import sqlite3
import time

import jwt
import pytest

import expect
from assertions import KEYS, assertion_claims, public_jwk
from codes import PAR, PASSWORD, REVOKE, USER, CodeClient
from oauth import ASSERTION_TYPE, INTROSPECTION, WELL_KNOWN
from wire import FORM, Connection, basic_credentials, form

ROWS = 262_144


def introspect(client, token, **more):
    parameters = {"token": token, "client_id": client.client_id, **more}
    return client.server.token(parameters, client.credential, target=INTROSPECTION)


# Introspection


def test_a_refresh_token_is_known_to_its_own_client_alone(portal, shop, api):
    """INT-09; whatever else a resource server may read."""
    token = portal.tokens()["refresh_token"]
    members = expect.described(introspect(portal, token)).json
    assert members["active"] is True and members["client_id"] == portal.client_id
    assert members["exp"] > members["iat"] and "token_type" not in members
    expect.inactive(introspect(shop, token))
    api.refuses(token)
    for hint in ("refresh_token", "access_token", "nonsense"):
        assert introspect(portal, token, token_type_hint=hint).json["active"] is True
    assert portal.revoke(token).status == 200
    expect.inactive(introspect(portal, token))


def test_a_code_is_no_token(portal, api):
    code, _ = portal.code()
    expect.inactive(introspect(portal, code))
    api.refuses(code)


def test_a_revoked_token_is_inactive_at_once_on_every_connection(server, portal, api):
    """INT-10, REV-01: connections of before, so that each worker is asked."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        lines = list(pool.map(lambda _: server.connect(api.credential), range(8)))
    members = portal.tokens()

    def everybody():
        asked = {"token": members["access_token"], "client_id": api.client_id}
        return [line.token(asked, target=INTROSPECTION) for line in lines]

    for answer in everybody():
        expect.active(answer)
    assert portal.revoke(members["access_token"]).status == 200
    for answer in everybody():
        expect.inactive(answer)
    for line in lines:
        line.close()


def test_a_code_s_second_use_shows_on_every_connection_at_once(server, portal, api):
    """INT-10."""
    lines = [server.connect(api.credential) for _ in range(8)]
    code, verifier = portal.code()
    members = expect.token(portal.exchange(code, verifier))
    expect.error(portal.exchange(code, verifier), "invalid_grant")
    asked = {"token": members["access_token"], "client_id": api.client_id}
    for line in lines:
        expect.inactive(line.token(asked, target=INTROSPECTION))
        line.close()


# Revocation


def test_with_a_refresh_token_its_access_tokens_end(portal, api):
    """REV-04; REV-05 is a token that was revoked ends alone."""
    members = portal.tokens()
    again = expect.token(portal.refresh(members["refresh_token"]))
    other = portal.tokens()
    answer = portal.revoke(members["refresh_token"])
    assert answer.status == 200 and not answer.all("set-cookie")
    for token in (members["access_token"], again["access_token"]):
        api.comes_to_refuse(token)
    expect.error(portal.refresh(members["refresh_token"]), "invalid_grant")
    # Another grant of the same user and client goes on.
    api.reads(other["access_token"])
    expect.token(portal.refresh(other["refresh_token"]))


def test_what_is_no_token_any_more_or_never_was_is_answered_alike(portal):
    """REV-02."""
    members = portal.tokens()
    for token in (members["access_token"], members["refresh_token"]):
        answers = [portal.revoke(token) for _ in range(2)]
        answers += [portal.revoke(other) for other in ("x", "A" * 5000, token[:-1], "é")]
        assert {(one.status, one.body) for one in answers} == {(200, answers[0].body)}


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", ""])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_hint_does_not_matter(portal, api, kind, hint):
    """REV-08."""
    members = portal.tokens()
    asked = {"token": members[kind], "client_id": portal.client_id, "token_type_hint": hint}
    assert portal.server.token(asked, portal.credential, target=REVOKE).status == 200
    api.refuses(members["access_token"])


def test_only_the_client_itself_revokes(server, portal, shop, api, clients):
    """REV-03, REV-06."""
    members = portal.tokens()
    asked = {"token": members["access_token"], "client_id": portal.client_id}
    expect.refused(lambda: server.token(asked, target=REVOKE))
    expect.error(server.token(asked, shop.credential, target=REVOKE), "invalid_client")
    expect.error(
        server.token({**asked, "client_id": "somebody"}, portal.credential, target=REVOKE),
        "invalid_client",
    )
    with server.connect() as connection:
        secret = basic_credentials(clients.basic["client_id"], "wrong")
        fields = [("Content-Type", FORM), ("Authorization", secret)]
        body = form({"token": members["access_token"]})
        wrong = connection.request("POST", REVOKE, body, fields)
        expect.error(wrong, "invalid_client", 401)
    assert shop.revoke(members["access_token"]).status == 200
    as_api = {**asked, "client_id": api.client_id}
    assert server.token(as_api, api.credential, target=REVOKE).status == 200
    api.reads(members["access_token"])
    expect.token(portal.refresh(members["refresh_token"]))


def test_a_missing_empty_or_repeated_token_is_an_invalid_request(server, portal):
    """REV-07."""
    token = portal.tokens()["access_token"]
    pairs = [("client_id", portal.client_id)]
    for more in ([], [("token", "")], [("token", token), ("token", token)]):
        expect.error(
            server.token(pairs + more, portal.credential, target=REVOKE), "invalid_request"
        )
    beside = f"{REVOKE}?{form(token=token)}"
    expect.error(server.token(pairs, portal.credential, target=beside), "invalid_request")


@pytest.mark.parametrize("target", [REVOKE, PAR])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_not_allowed(server, portal, target, method):
    """REV-10, PAR-02."""
    with server.connect(portal.credential) as connection:
        answer = connection.request(method, f"{target}?{form(token='x')}")
        assert answer.status == 405 and answer.header("allow") == "POST"
        assert not answer.all("access-control-allow-origin")


@pytest.mark.parametrize("target", [REVOKE, PAR])
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", None])
def test_another_content_type_is_not_read(server, portal, target, kind):
    parameters, _ = portal.request(token="x")
    with server.connect(portal.credential) as connection:
        answer = connection.token(parameters, target=target, kind=kind)
        expect.error(answer, "invalid_request", 400, 415)


def test_sealed_tokens_are_revoked_too(server, pki, api):
    sealed = CodeClient(server, pki, "sealed", "--token-format", "sealed")
    members = sealed.tokens()
    api.reads(members["access_token"])
    assert sealed.revoke(members["access_token"]).status == 200
    api.comes_to_refuse(members["access_token"])


def test_the_token_of_another_grant_is_revoked_too(server, pki, api):
    """Of client credentials, which has no refresh token."""
    both = CodeClient(server, pki, "both", grants="authorization_code,client_credentials")
    token, other = both.token(), both.token()
    assert both.revoke(token).status == 200
    api.comes_to_refuse(token)
    api.reads(other)


# Pushed requests


def test_the_reference_is_strong_and_new_each_time(portal):
    """PAR-01."""
    parameters, _ = portal.request()
    answers = [portal.push(**parameters) for _ in range(10)]
    references = {answer.json["request_uri"].rpartition(":")[2] for answer in answers}
    assert len(references) == 10
    for answer in answers:
        assert answer.status == 201 and 5 <= answer.json["expires_in"] < 600
        assert answer.json["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
        expect.no_store(answer)
    assert all(expect.strength(reference) > 96 for reference in references)


@pytest.mark.parametrize("kind", ["token", "code id_token", "code token", "none", "Code", ""])
def test_other_response_types_are_refused(portal, kind):
    """PAR-07."""
    answer = portal.push(**portal.request(response_type=kind)[0])
    expect.error(answer, ("unsupported_response_type", "invalid_request"))


def test_a_push_is_read_from_the_form_alone(portal):
    parameters, _ = portal.request()
    state = parameters.pop("state")
    with portal.server.connect(portal.credential) as connection:
        beside = f"{PAR}?{form(state=state)}"
        answer = connection.token(parameters, target=beside)
        assert answer.status in (201, 400)
        if answer.status == 400:
            expect.error(answer, "invalid_request")
        twice = [*parameters.items(), ("scope", "read"), ("scope", "read")]
        expect.error(connection.token(twice, target=PAR), "invalid_request")


@pytest.mark.parametrize(
    "audience", ["issuer", "token endpoint", "push endpoint", "array", "another"]
)
def test_assertions_of_a_push_are_for_this_server(server, pki, tmp_path, audience):
    """PAR-08."""
    key = KEYS["ES256"]()
    keys = tmp_path / "keys.jwks"
    keys.write_text(json.dumps({"keys": [public_jwk(key, "ES256", "one")]}))
    name = f"pushing-{audience.replace(' ', '-')}"
    client = CodeClient(server, pki, name, by=(None, ["--jwks", keys, "--no-bound-tokens"]))
    named = {
        "issuer": server.url,
        "token endpoint": f"{server.url}/oauth2/token",
        "push endpoint": f"{server.url}{PAR}",
        "array": [server.url, "https://other.example"],
        "another": "https://other.example",
    }

    def push():
        claims = assertion_claims(client.client_id, named[audience])
        signed = jwt.encode(claims, key, "ES256", headers={"kid": "one"})
        more = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
        return client.push(**client.request(**more)[0])

    if audience == "another":
        expect.error(push(), "invalid_client")
    else:
        assert push().status == 201


def test_a_push_that_is_too_large_is_refused(server, portal):
    """PAR-10."""
    parameters, _ = portal.request(state="x" * 9_000)
    expect.error(portal.push(**parameters), "invalid_request")
    with server.connect(portal.credential) as connection:
        assert connection.token("a=" + "x" * 100_000, target=PAR).status == 413
    assert portal.push(**portal.request(state="x" * 3_000)[0]).status == 201


def filled(fresh, pki, statement):
    """A stopped server with a client and a user, in whose store a statement has filled a table."""
    server = fresh().start()
    server.add_user(USER, PASSWORD)
    client = CodeClient(server, pki, "filling")
    assert server.stop() == 0
    with sqlite3.connect(server.data / "handfast.db") as database:
        end = int(time.time()) + 3600
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) "
            + statement,
            {"rows": ROWS, "client": client.client_id, "end": end},
        )
    client.server = fresh(data=server.data)
    return client


def full(answer, description):
    members = expect.error(answer, "temporarily_unavailable", 503)
    assert members["error_description"] == description
    assert int(answer.header("retry-after")) > 0


def test_a_flood_of_pushes_fills_its_table_and_no_other(fresh, pki):
    """PAR-10: codes of requests that are not pushed are given as ever."""
    client = filled(
        fresh, pki,
        "INSERT INTO pushed_request (digest, client_id, parameters, expires_at)"
        " SELECT CAST(printf('%032d', i) AS BLOB), :client, x'61', :end FROM n",
    )  # fmt: skip
    with client.server as server:
        answer = client.push(**client.request()[0])
        full(answer, "too many authorization requests are under way")
        expect.token(client.exchange(*client.code()))
        assert server.stop() == 0


def test_where_no_more_tokens_can_be_revoked_the_client_is_told(fresh, pki):
    """REV-11: the access token is good until a later attempt succeeds; the refresh token is not."""
    client = filled(
        fresh, pki,
        "INSERT INTO revoked_token (id, until)"
        " SELECT CAST(printf('%032d', i) AS BLOB), :end FROM n",
    )  # fmt: skip
    with client.server as server:
        members = client.tokens()
        for kind in ("access_token", "refresh_token"):
            full(client.revoke(members[kind]), "no more tokens can be revoked at the moment")
        assert introspect(client, members["access_token"]).json["active"] is True
        again = client.refresh(members["refresh_token"])
        full(again, "no more tokens can be revoked at the moment")
        expect.logged(server, "no more tokens can be revoked")
        assert server.stop() == 0


# Metadata


def test_the_endpoints_of_codes_are_told_with_what_they_take(server):
    """MET-10, MET-13, MET-15, MET-16."""
    document = server.get(WELL_KNOWN).json
    assert document["response_types_supported"] == ["code"]
    assert "S256" in document["code_challenge_methods_supported"]
    assert "plain" not in document["code_challenge_methods_supported"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert type(document["require_pushed_authorization_requests"]) is bool
    assert {"authorization_code", "refresh_token"} <= set(document["grant_types_supported"])
    for name in ("authorization", "pushed_authorization_request", "revocation"):
        assert document[f"{name}_endpoint"].startswith(server.url)
    methods = document["revocation_endpoint_auth_methods_supported"]
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(methods)
    assert set(methods) <= set(document["token_endpoint_auth_methods_supported"])
    assert "registration_endpoint" not in document
    with Connection(server.address) as connection:
        for name in ("pushed_authorization_request", "revocation", "introspection", "token"):
            path = document[f"{name}_endpoint"].removeprefix(server.url)
            assert connection.get(path).status == 405
