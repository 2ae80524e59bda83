# SPDX-License-Identifier: Apache-2.0
"""The token and its binding to the certificate: RFC 8705 §3 and RFC 9068 (CNF-*)."""

import base64
import hashlib
import json
import subprocess
import time

import jwt
import pytest
from joserfc import jwt as jose
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

import expect
from oauth import CC
from pki import Credential


@pytest.fixture(scope="module")
def issue(server, clients):
    """A verified token of playground2: its members and its claims."""

    def issue(version=None, **more):
        body = {**CC, "client_id": clients.self_signed["client_id"], **more}
        members = expect.token(server.token(body, clients.certificate, version))
        return members, expect.verified(members["access_token"], server.address)

    return issue


@pytest.mark.smoke
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_token_is_bound_to_the_certificate(issue, clients, version):
    members, claims = issue(version)
    der = subprocess.run(
        ["openssl", "x509", "-in", clients.certificate.certificate, "-outform", "der"],
        capture_output=True,
        check=True,
    ).stdout
    expected = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    assert claims["cnf"] == {"x5t#S256": expected}
    assert len(expected) == 43
    assert members["token_type"] == "Bearer"


def test_the_token_of_another_certificate_has_another_binding(server, clients, issue):
    _, claims = issue()
    body = {**CC, "client_id": clients.other["client_id"]}
    members = expect.token(server.token(body, clients.other_certificate))
    other = expect.verified(members["access_token"], server.address)
    assert other["cnf"]["x5t#S256"] == clients.other_certificate.thumbprint
    assert other["cnf"] != claims["cnf"] and other["sub"] != claims["sub"]


def test_only_the_leaf_of_a_chain_binds(server, clients, pki):
    leaf = pki.issued(
        "chained-leaf", pki.intermediate, subject="/O=Handfast/CN=leaf", chain=[pki.intermediate]
    )
    body = {**CC, "client_id": clients.under_ca["client_id"]}
    members = expect.token(server.token(body, leaf))
    claims = expect.verified(members["access_token"], server.address)
    assert claims["cnf"]["x5t#S256"] == leaf.thumbprint
    assert (
        claims["cnf"]["x5t#S256"] != Credential(pki.intermediate.certificate, leaf.key).thumbprint
    )


def test_the_claims_are_those_of_rfc_9068(issue, clients, server):
    members, claims = issue(scope="read")
    client_id = clients.self_signed["client_id"]
    assert claims["sub"] == claims["client_id"] == client_id
    assert claims["scope"] == "read"
    assert claims["exp"] - claims["iat"] == members["expires_in"]
    assert abs(claims["iat"] - time.time()) < 60
    assert claims["aud"]
    metadata = server.get("/.well-known/oauth-authorization-server").json
    assert claims["iss"] == metadata["issuer"]
    header = jwt.get_unverified_header(members["access_token"])
    assert header["typ"] == "at+jwt"
    assert header["kid"] in [key["kid"] for key in server.get("/oauth2/jwks").json["keys"]]
    assert "jwk" not in header and "x5c" not in header


def test_the_claims_are_json_of_the_right_types(issue):
    members, _ = issue()
    payload = members["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert "=" not in members["access_token"]
    for name in ("iss", "sub", "client_id", "jti"):
        assert type(claims[name]) is str and claims[name]
    for name in ("iat", "exp"):
        assert type(claims[name]) is int
    assert type(claims["aud"]) in (str, list)


def test_no_token_identifier_repeats(server, clients):
    body = {**CC, "client_id": clients.self_signed["client_id"]}
    seen = set()
    for _ in range(4):  # several connections, so several reactors
        with server.connect(clients.certificate) as connection:
            for _ in range(50):
                token = connection.token(body).json["access_token"]
                seen.add(jwt.decode(token, options={"verify_signature": False})["jti"])
    assert len(seen) == 200


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_token_does_not_verify(issue, server, part):
    members, _ = issue()
    parts = members["access_token"].split(".")
    middle = len(parts[part]) // 2
    letter = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]
    keys = server.get("/oauth2/jwks").json
    changed = ".".join(parts)
    key = jwt.PyJWKSet.from_dict(keys).keys[0]
    with pytest.raises(jwt.PyJWTError):
        jwt.decode(changed, key, algorithms=["ES256"], options={"verify_aud": False})
    with pytest.raises((BadSignatureError, ValueError, Exception)) as caught:
        jose.decode(changed, KeySet.import_key_set(keys), algorithms=["ES256"])
    assert not isinstance(caught.value, AssertionError)


def test_a_secret_client_without_certificate_gets_an_unbound_token(server, clients, pki):
    pair = (clients.basic["client_id"], clients.basic["client_secret"])
    members = expect.token(server.token(CC, basic=pair))
    claims = expect.verified(members["access_token"], server.address)
    assert "cnf" not in claims
    # With a certificate on the connection the token may be bound, and then to that one.
    certificate = pki.self_signed("stranger")
    members = expect.token(server.token(CC, certificate, basic=pair))
    claims = expect.verified(members["access_token"], server.address)
    assert claims.get("cnf") in (None, {"x5t#S256": certificate.thumbprint})


def test_a_certificate_client_never_gets_an_unbound_token(server, clients):
    for body, credential in (
        ({**CC, "client_id": clients.self_signed["client_id"]}, clients.certificate),
        ({**CC, "client_id": clients.under_ca["client_id"]}, clients.leaf),
    ):
        members = expect.token(server.token(body, credential))
        claims = expect.verified(members["access_token"], server.address)
        assert claims["cnf"]["x5t#S256"] == credential.thumbprint
        expect.error(server.token(body), "invalid_client")


def test_a_rotated_key_is_published_before_its_use_and_the_old_one_is_kept(fresh, pki):
    server = fresh()
    credential = pki.self_signed("playground2")
    client = server.add_client("rotation", "--certificate", credential.certificate)
    body = {**CC, "client_id": client["client_id"]}
    with server:
        old = expect.token(server.token(body, credential))["access_token"]
        before = {key["kid"] for key in server.get("/oauth2/jwks").json["keys"]}
        server.handfast("key", "rotate")
        expect.eventually(
            lambda: {k["kid"] for k in server.get("/oauth2/jwks").json["keys"]} > before
        )
        for _ in range(20):
            new = expect.token(server.token(body, credential))["access_token"]
            expect.verified(new, server.address)
        expect.verified(old, server.address)
        listed = server.handfast("key", "list").stdout
        assert all(kid in listed for kid in before)


def test_a_client_that_demands_bound_tokens_gets_no_other(server, clients, pki):
    client = server.add_client(
        "demanding", "--auth-method", "client_secret_basic", "--bound-tokens",
        "--grant-types", "client_credentials",
    )  # fmt: skip
    pair = (client["client_id"], client["client_secret"])
    certificate = pki.self_signed("stranger")
    answer = expect.eventually(
        lambda: (a := server.token(CC, certificate, basic=pair)).status == 200 and a
    )
    claims = expect.verified(expect.token(answer)["access_token"], server.address)
    assert claims["cnf"] == {"x5t#S256": certificate.thumbprint}
    codes = ("invalid_request", "invalid_grant", "invalid_client")
    expect.error(server.token(CC, basic=pair), codes, 400, 401)


def test_a_client_has_its_own_audience_and_lifetime(server, clients, pki):
    certificate = pki.self_signed("playground2")
    client = server.add_client(
        "aimed", "--certificate", certificate.certificate,
        "--audience", "https://api.example", "--token-lifetime", "77",
    )  # fmt: skip
    body = {**CC, "client_id": client["client_id"]}
    answer = expect.eventually(lambda: (a := server.token(body, certificate)).status == 200 and a)
    members = expect.token(answer)
    assert members["expires_in"] == 77
    expect.verified(members["access_token"], server.address, audience="https://api.example")
    with pytest.raises(jwt.InvalidAudienceError):
        expect.verified(members["access_token"], server.address, audience="https://other.example")
