# SPDX-License-Identifier: Apache-2.0
"""Static claims of a client: in its JWTs, and in what introspection says of its sealed tokens."""

import json

import pytest

import expect
from oauth import TOKEN_FORMATS
from parties import Caller

CLAIMS = {"tenant": "north", "limits": {"daily": 100, "of": ["a", None]}, "beta": True}


def options(claims):
    return [part for name in claims for part in ("--claim", f"{name}={json.dumps(claims[name])}")]


@pytest.fixture(scope="module")
def apps(server, pki):
    return {
        kind: Caller(server, pki, f"app-{kind}", "--token-format", kind, *options(CLAIMS))
        for kind in TOKEN_FORMATS
    }


@pytest.fixture(scope="module")
def plain(server, pki):
    """A client without claims."""
    return Caller(server, pki, "plain")


def claims_of(app, api, token):
    """All that is said of a token; a JWT itself says the same of its own claims."""
    said = api.reads(token)
    if app.name.endswith("jwt"):
        claims = expect.verified(token, app.server.address)
        assert {name: claims.get(name) for name in CLAIMS} == {
            name: said.get(name) for name in CLAIMS
        }
    return said


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_a_registered_claim_stands_in_each_token(apps, api, kind):
    app = apps[kind]
    for _ in range(3):
        said = claims_of(app, api, app.token())
        assert {name: said[name] for name in CLAIMS} == CLAIMS
        assert (said["sub"], said["client_id"]) == (app.client_id, app.client_id)


def test_a_client_without_claims_has_none_of_another_s(apps, plain, api):
    token = plain.token()
    for said in (api.reads(token), expect.verified(token, plain.server.address)):
        assert not set(said) & set(CLAIMS)


def test_a_request_cannot_bring_claims(plain, api):
    token = plain.token(tenant="north", claims='{"tenant":"north"}')
    assert "tenant" not in api.reads(token)


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_introspection_shows_those_with_which_a_token_was_issued(server, pki, api, kind):
    app = Caller(server, pki, f"turning-{kind}", "--token-format", kind, *options(CLAIMS))
    before = app.token()
    app.update("--claim", 'tenant="south"', "--no-claim", "beta")
    expect.eventually(lambda: api.reads(app.token())["tenant"] == "south")
    assert claims_of(app, api, before)["tenant"] == "north"
    assert claims_of(app, api, before)["beta"] is True
    expect.everywhere(app.ask, 200)
    app.update("--no-claims")
    expect.eventually(lambda: not set(api.reads(app.token())) & set(CLAIMS))
    assert claims_of(app, api, before)["limits"] == CLAIMS["limits"]


@pytest.mark.parametrize(
    "name",
    [
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "cnf", "active",
        "username", "token_type", "act", "may_act", "roles", "groups", "entitlements",
        "authorization_details", "auth_time", "acr", "amr",
    ],
)  # fmt: skip
def test_a_claim_with_a_meaning_of_its_own_is_refused(server, apps, api, name):
    app = apps["jwt"]
    for command in (["add", f"new-{name}"], ["update", app.name]):
        done = server.handfast("client", *command, "--claim", f'{name}="root"', check=False)
        assert done.returncode == 64 and f"claim {name}" in done.stderr, done.stderr
    assert server.handfast("client", "show", f"new-{name}", check=False).returncode != 0
    assert api.reads(app.token())["sub"] == app.client_id


TOO_MUCH = {
    "seventeen": options({f"c{number}": number for number in range(17)}),
    "too long": options({"long": "x" * 4096}),
    "too deep": options({"deep": [[[[[1]]]]]}),
    "no JSON": ["--claim", "tenant=north"],
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_claims_have_bounds(server, what):
    done = server.handfast("client", "add", "bulky", *TOO_MUCH[what], check=False)
    assert done.returncode == 64 and "claim" in done.stderr, done.stderr
    assert server.handfast("client", "show", "bulky", check=False).returncode != 0


def test_as_many_claims_as_may_be_stand_in_tokens(server, pki, api):
    """The twin of the bounds."""
    claims = {f"c{number}": number for number in range(15)} | {"deep": [[[[1]]]]}
    full = Caller(server, pki, "full", *options(claims))
    said = claims_of(full, api, full.token())
    assert {name: said[name] for name in claims} == claims
