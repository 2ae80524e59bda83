# SPDX-License-Identifier: Apache-2.0
"""Tokens of each signing algorithm, as PyJWT, joserfc and Authlib verify them (JWK-*)."""

import base64
import json

import jwt
import pytest
from authlib.jose import JsonWebKey, JsonWebToken
from joserfc import jwt as jose
from joserfc.jwk import KeySet

import expect
from parties import Caller

ALGORITHMS = ["ES256", "ES384", "EdDSA", "PS256", "RS256"]
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture(scope="module")
def apps(server, pki):
    """A client for each algorithm, registered while the server runs."""
    return {
        algorithm: Caller(
            server, pki, f"app-{algorithm}", "--token-signing-alg", algorithm, "--scope", "read"
        )
        for algorithm in ALGORITHMS
    }


@pytest.fixture(params=ALGORITHMS)
def app(request, apps):
    return apps[request.param]


def key_set(server):
    answer = server.get("/oauth2/jwks")
    assert answer.status == 200
    return answer.json


def published(server, token):
    """The one key that a token names."""
    key_id = jwt.get_unverified_header(token)["kid"]
    (key,) = [key for key in key_set(server)["keys"] if key["kid"] == key_id]
    return key


def segment(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def other(text, index):
    """The text with another character at the index."""
    return text[:index] + ("B" if text[index] == "A" else "A") + text[index + 1 :]


def verified(library, token, key, algorithm, audience):
    """The claims, by a library; raises where the token is not the key's by this algorithm."""
    if library == "PyJWT":
        return jwt.decode(
            token, jwt.PyJWK(key, algorithm).key, algorithms=[algorithm], audience=audience
        )
    if library == "joserfc":
        keys = KeySet.import_key_set({"keys": [key]})
        return jose.decode(token, keys, algorithms=[algorithm]).claims
    return JsonWebToken([algorithm]).decode(token, JsonWebKey.import_key(key))


@pytest.mark.smoke
@pytest.mark.parametrize("library", ["PyJWT", "joserfc", "Authlib"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_verifies_by_its_client_s_algorithm_and_no_other(server, apps, algorithm, library):
    app = apps[algorithm]
    token = app.token()
    header = jwt.get_unverified_header(token)
    assert header["alg"] == algorithm and header["typ"] == "at+jwt"
    key = published(server, token)
    assert key["alg"] == algorithm and key["use"] == "sig"
    audience = server.get("/.well-known/oauth-authorization-server").json["issuer"]
    claims = verified(library, token, key, algorithm, audience)
    assert claims["client_id"] == app.client_id
    head, body, signature = token.split(".")
    strangers = [
        f"{head}.{other(body, 10)}.{signature}",
        f"{head}.{body}.{other(signature, 20)}",
        f"{head}.{body}.",
        f"{segment({**header, 'alg': 'none'})}.{body}.",
    ]
    for stranger in strangers:
        with pytest.raises(Exception):
            verified(library, stranger, key, algorithm, audience)
    another = next(one for one in ALGORITHMS if one[:2] != algorithm[:2])
    with pytest.raises(Exception):
        verified(library, token, key, another, audience)
    with pytest.raises(Exception):
        foreign = published(server, apps[another].token())
        verified(library, token, foreign, algorithm, audience)


def test_the_key_set_has_public_keys_of_full_length_alone(server, apps):
    for app in apps.values():
        app.token()
    keys = key_set(server)["keys"]
    assert {key["alg"] for key in keys} == set(ALGORITHMS)
    assert len({key["kid"] for key in keys}) == len(keys)
    lengths = {"P-256": 32, "P-384": 48, "Ed25519": 32}
    for key in keys:
        assert not PRIVATE & set(key)
        numbers = {name: key[name] for name in ("x", "y", "n", "e") if name in key}
        assert all("=" not in text for text in numbers.values())
        if key["kty"] == "RSA":
            modulus = base64.urlsafe_b64decode(key["n"] + "==")
            assert int.from_bytes(modulus, "big").bit_length() >= 2048
        else:
            coordinates = [base64.urlsafe_b64decode(text + "==") for text in numbers.values()]
            assert [len(one) for one in coordinates] == [lengths[key["crv"]]] * len(coordinates)


def test_introspection_reads_what_each_key_signed(api, app):
    assert api.reads(app.token())["client_id"] == app.client_id


def test_introspection_takes_no_other_algorithm_than_the_key_s(server, api, apps):
    token = apps["RS256"].token()
    header, body, signature = token.split(".")
    named = jwt.get_unverified_header(token)
    es256 = jwt.get_unverified_header(apps["ES256"].token())["kid"]
    public = json.dumps(published(server, token)).encode()
    api.reads(token)
    changes = [{"alg": "PS256"}, {"alg": "none"}, {"kid": es256}, {"alg": "ES256", "kid": es256}]
    for change in changes:
        api.refuses(f"{segment({**named, **change})}.{body}.{signature}")
    api.refuses(f"{segment({**named, 'alg': 'none'})}.{body}.")
    unsigned = f"{segment({**named, 'alg': 'HS256'})}.{body}"
    mac = jwt.get_algorithm_by_name("HS256").sign(unsigned.encode(), public)
    api.refuses(f"{unsigned}.{segment(mac)}")


def test_another_algorithm_counts_from_the_next_token(server, pki, api):
    app = Caller(server, pki, "changing")
    old = app.token()
    app.update("--token-signing-alg", "ES384")

    def is_new():
        answer = app.ask()
        # While the key is being made: never a token of another algorithm than the registered one.
        if answer.status == 503:
            expect.error(answer, "temporarily_unavailable", 503)
            assert answer.header("retry-after")
            return False
        return jwt.get_unverified_header(answer.json["access_token"])["alg"] == "ES384"

    expect.eventually(is_new)
    api.reads(old)


def test_a_rotated_key_of_an_algorithm_is_published_before_it_signs(server, apps):
    app = apps["EdDSA"]
    old = jwt.get_unverified_header(app.token())["kid"]
    server.handfast("key", "rotate", "--alg", "EdDSA", "--active-in", "600")

    def key_ids():
        return [key["kid"] for key in key_set(server)["keys"] if key["alg"] == "EdDSA"]

    expect.eventually(lambda: len(key_ids()) == 2)
    assert old in key_ids()
    assert jwt.get_unverified_header(app.token())["kid"] == old
    refused = server.handfast(
        "key", "rotate", "--kind", "sealing", "--alg", "EdDSA", check=False
    )
    assert refused.returncode != 0
