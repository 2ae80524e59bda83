# SPDX-License-Identifier: Apache-2.0
"""Introspection responses as JWTs: RFC 9701 (INT-11)."""

import time

import jwt
import pytest

import expect
from oauth import INTROSPECTION, TOKEN_FORMATS
from parties import Caller

SIGNED = "application/token-introspection+jwt"


@pytest.fixture(scope="module")
def apps(server, pki):
    return {
        kind: Caller(server, pki, f"app-{kind}", "--token-format", kind) for kind in TOKEN_FORMATS
    }


def ask(api, token, accept):
    headers = [("Accept", accept)] if accept else []
    parameters = {"client_id": api.client_id, "token": token}
    return api.server.token(
        parameters, api.credential, target=INTROSPECTION, headers=headers
    )


def verified(server, answer, audience):
    """The claims of a signed answer."""
    assert answer.status == 200
    assert answer.header("content-type") == SIGNED
    expect.no_store(answer)
    text = answer.body.decode("ascii")
    header = jwt.get_unverified_header(text)
    assert header["typ"] == "token-introspection+jwt" and header["alg"] == "ES256"
    keys = server.get("/oauth2/jwks").json["keys"]
    (key,) = [key for key in keys if key["kid"] == header["kid"]]
    metadata = server.get("/.well-known/oauth-authorization-server").json
    assert header["alg"] in metadata["introspection_signing_alg_values_supported"]
    return jwt.decode(
        text, jwt.PyJWK(key).key, algorithms=["ES256"], audience=audience,
        issuer=metadata["issuer"], options={"require": ["iss", "aud", "iat"]},
    )  # fmt: skip


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_a_resource_server_gets_a_signed_answer_of_its_own(server, api, apps, kind):
    token = apps[kind].token()
    claims = verified(server, ask(api, token, SIGNED), api.client_id)
    assert set(claims) == {"iss", "aud", "iat", "token_introspection"}
    assert abs(claims["iat"] - time.time()) < 60
    assert claims["token_introspection"] == api.reads(token)
    with pytest.raises(jwt.InvalidAudienceError):
        verified(server, ask(api, token, SIGNED), apps[kind].client_id)


def test_an_inactive_token_is_answered_in_the_same_way(server, api):
    claims = verified(server, ask(api, "none", SIGNED), api.client_id)
    assert claims["token_introspection"] == {"active": False}


def test_the_answer_is_no_access_token(api, apps):
    answer = ask(api, apps["jwt"].token(), SIGNED)
    api.refuses(answer.body.decode("ascii"))


@pytest.mark.parametrize(
    "accept",
    [
        None, "", "*/*", "application/json", f"{SIGNED};q=0", f"application/json, {SIGNED};q=0.5",
        "application/*", f"{SIGNED};q=2", f"{SIGNED} x",
    ],
)  # fmt: skip
def test_others_get_json(api, apps, accept):
    answer = ask(api, apps["jwt"].token(), accept)
    assert answer.header("content-type") == "application/json"
    assert expect.active(answer)["client_id"] == apps["jwt"].client_id


@pytest.mark.parametrize(
    "accept", [f"{SIGNED}, application/json;q=0.9", f"text/html, {SIGNED}", SIGNED.upper()]
)
def test_whoever_names_the_signed_form_gets_it(server, api, apps, accept):
    verified(server, ask(api, apps["jwt"].token(), accept), api.client_id)


def test_an_error_is_json(api):
    answer = api.server.token(
        {"client_id": api.client_id}, api.credential, target=INTROSPECTION,
        headers=[("Accept", SIGNED)],
    )  # fmt: skip
    expect.error(answer, "invalid_request")
