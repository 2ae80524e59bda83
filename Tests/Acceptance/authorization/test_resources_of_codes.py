# SPDX-License-Identifier: Apache-2.0
"""Resources (RFC 8707) of authorization requests: repeated, refused, and narrowed afterwards."""

import pytest

import expect
from codes import CALLBACK, CodeClient
from oauth import TOKEN_FORMATS

ONE, TWO, THREE = (f"https://{name}.example" for name in ("one", "two", "three"))
FOREIGN = "https://elsewhere.example"
WAYS = ["query", "pushed"]


@pytest.fixture(scope="module")
def aimed(server, pki):
    """A client that may ask for three audiences, for each format."""
    audiences = [part for audience in (ONE, TWO, THREE) for part in ("--audience", audience)]
    return {
        kind: CodeClient(server, pki, f"aimed-{kind}", "--token-format", kind, *audiences)
        for kind in TOKEN_FORMATS
    }


def asked(client, resources):
    """The pairs of a request, with each resource, and its verifier."""
    parameters, verifier = client.request()
    return [*parameters.items(), *(("resource", resource) for resource in resources)], verifier


def push(client, pairs):
    return client.server.token(pairs, client.credential, target="/oauth2/par")


def code(client, way, resources):
    """A code for these resources, by a query or by a pushed request."""
    pairs, verifier = asked(client, resources)
    if way == "pushed":
        answer = push(client, pairs)
        assert answer.status == 201, answer.body
        pairs = {"client_id": client.client_id, "request_uri": answer.json["request_uri"]}
    visitor = client.signed_in(pairs)
    visitor.send("allow")
    return visitor.sent_back(CALLBACK)["code"], verifier


def exchange(client, code, verifier, resources=()):
    pairs = [
        ("grant_type", "authorization_code"), ("client_id", client.client_id), ("code", code),
        ("redirect_uri", CALLBACK), ("code_verifier", verifier),
    ]  # fmt: skip
    return client.server.token([*pairs, *named(resources)], client.credential)


def refresh(client, token, resources=()):
    pairs = [
        ("grant_type", "refresh_token"), ("client_id", client.client_id), ("refresh_token", token),
    ]  # fmt: skip
    return client.server.token([*pairs, *named(resources)], client.credential)


def named(resources):
    return [("resource", resource) for resource in resources]


def audiences(client, api, answer):
    """Those of the token, as introspection says; a JWT itself says the same."""
    token = expect.token(answer)["access_token"]
    said = api.reads(token)["aud"]
    if client.name.endswith("jwt"):
        assert expect.verified(token, client.server.address)["aud"] == said
    return said


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_all_resources_of_a_request_are_the_token_s_audiences(aimed, api, kind, way):
    client = aimed[kind]
    answer = exchange(client, *code(client, way, [ONE, TWO]))
    assert sorted(audiences(client, api, answer)) == [ONE, TWO]
    again = refresh(client, answer.json["refresh_token"])
    assert sorted(audiences(client, api, again)) == [ONE, TWO]


@pytest.mark.parametrize("way", WAYS)
def test_a_resource_twice_is_one_audience(aimed, api, way):
    client = aimed["jwt"]
    assert audiences(client, api, exchange(client, *code(client, way, [TWO, TWO]))) == TWO


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_that_is_not_the_client_s_makes_the_request_invalid(aimed, place):
    """Wherever it stands among those that are."""
    client, resources = aimed["jwt"], [ONE, TWO]
    resources.insert(place, FOREIGN)
    pairs, _ = asked(client, resources)
    assert client.visitor(pairs).sent_back(CALLBACK)["error"] == "invalid_target"
    expect.error(push(client, pairs), "invalid_target")
    # The twin: without it, both are taken.
    pairs, _ = asked(client, [ONE, TWO])
    assert client.visitor(pairs).title == "Sign in" and push(client, pairs).status == 201


def test_the_exchange_may_narrow_and_not_widen(aimed, api):
    client = aimed["jwt"]
    given = exchange(client, *code(client, "query", [ONE, TWO]), [TWO])
    assert audiences(client, api, given) == TWO
    # The grant itself is not narrowed by that (RFC 8707 §2.2).
    again = refresh(client, given.json["refresh_token"])
    assert sorted(audiences(client, api, again)) == [ONE, TWO]
    for resources in ([THREE], [ONE, THREE], [FOREIGN]):
        answer = exchange(client, *code(client, "query", [ONE, TWO]), resources)
        expect.error(answer, "invalid_target")


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
@pytest.mark.parametrize("way", WAYS)
def test_a_refresh_may_narrow_and_not_widen(aimed, api, kind, way):
    client = aimed[kind]
    token = exchange(client, *code(client, way, [ONE, TWO])).json["refresh_token"]
    for resource in (ONE, TWO):
        assert audiences(client, api, refresh(client, token, [resource])) == resource
    # Not granted, though the client may ask for it; and never the client's.
    for resources in ([THREE], [ONE, THREE], [FOREIGN], [ONE, FOREIGN]):
        expect.error(refresh(client, token, resources), "invalid_target")
    for resources in ([], [TWO, ONE]):
        assert sorted(audiences(client, api, refresh(client, token, resources))) == [ONE, TWO]


def test_an_audience_that_the_client_lost_is_in_no_token(server, pki, api):
    options = ["--audience", ONE, "--audience", TWO]
    client = CodeClient(server, pki, "losing", *options)
    token = exchange(client, *code(client, "query", [ONE, TWO])).json["refresh_token"]
    client.update("--audience", ONE)
    expect.everywhere(lambda: refresh(client, token, [TWO]), 400)
    expect.error(refresh(client, token, [TWO]), "invalid_target")
    assert audiences(client, api, refresh(client, token)) == ONE
