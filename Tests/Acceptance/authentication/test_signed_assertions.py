# SPDX-License-Identifier: Apache-2.0
"""Clients that sign assertions: private_key_jwt and client_secret_jwt (AUTH-26 to 32)."""

import concurrent.futures
import json
import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

import expect
from assertions import KEYS, Signer, asserting, assertion_claims, certificate_jwk, public_jwk
from oauth import ASSERTION_TYPE, CC
from server import handfast


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("jwks")


@pytest.fixture(scope="module")
def signers(server, folder):
    made = {name: Signer(server, folder, name, f"signs-{name.lower()}") for name in KEYS}
    expect.eventually(lambda: made["EdDSA"].ask().status == 200)
    return made


@pytest.fixture(scope="module")
def signer(signers):
    return signers["ES256"]


@pytest.mark.smoke
@pytest.mark.parametrize("algorithm", KEYS)
def test_a_right_assertion_authenticates(signers, algorithm):
    one = signers[algorithm]
    assert one.client["token_endpoint_auth_method"] == "private_key_jwt"
    answer = expect.token(one.ask())
    claims = expect.verified(answer["access_token"], one.server.address)
    assert claims["client_id"] == one.id and "cnf" not in claims
    # RFC 7521 §4.2: the parameter client_id may be there, and must then be the same.
    expect.token(one.ask(client_id=one.id))
    expect.error(one.ask(client_id=signers["PS256" if algorithm != "PS256" else "ES256"].id),
                 "invalid_client")  # fmt: skip


def test_every_audience_that_names_this_server(signer):
    for audience in [
        signer.server.url, f"{signer.server.url}/oauth2/token", [signer.server.url, "https://other"]
    ]:  # fmt: skip
        expect.token(signer.ask(signer.sign(aud=audience)))
    for audience in ["https://other.example", [], "", None, signer.server.url + "/", 5]:
        expect.error(signer.ask(signer.sign(aud=audience)), "invalid_client")


def test_times(signer):
    now = int(time.time())
    expect.token(signer.ask(signer.sign(iat=now + 8, nbf=now + 8)))
    # A life of an hour, by a clock that is right, a second ahead, and as far ahead as is taken.
    for ahead in (0, 1, 55):
        whole = {"iat": now + ahead, "nbf": now + ahead, "exp": now + ahead + 3600}
        expect.token(signer.ask(signer.sign(**whole)))
    expect.token(signer.ask(signer.sign(iat=now - 70, exp=int(time.time()) - 5)))
    for claims in [
        {"exp": now + 3600 + 75}, {"exp": now - 11},
        {"exp": now - 300}, {"exp": None}, {"exp": "soon"}, {"iat": now + 90}, {"nbf": now + 90},
        {"exp": now + 10**9}, {"exp": 10**30},
    ]:  # fmt: skip
        expect.error(signer.ask(signer.sign(**claims)), "invalid_client")


def test_whoever_else_it_speaks_for(signer, signers):
    other = signers["PS256"].id
    for claims in [
        {"sub": None}, {"iss": None}, {"sub": other}, {"iss": other}, {"sub": other, "iss": other},
        {"sub": "nobody", "iss": "nobody"}, {"sub": "", "iss": ""}, {"jti": None}, {"jti": ""},
        {"jti": "x" * 300},
    ]:  # fmt: skip
        expect.error(signer.ask(signer.sign(**claims)), "invalid_client")


def test_signatures_that_are_not_the_clients(signer, signers):
    other = signers["ES384"]
    pem = signer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    unsigned = jwt.encode(signer.claims(), None, "none")
    # PyJWT refuses to use a public key as a secret, so the confusion is made by hand.
    confused = jwt.api_jws.PyJWS(algorithms=["HS256"])
    confused._algorithms["HS256"].prepare_key = lambda key: key
    hs256 = confused.encode(
        json.dumps(signer.claims()).encode(), pem, "HS256", {"kid": signer.kid}
    )
    right = signer.sign()
    head, body, signature = right.split(".")
    for assertion in [
        signer.sign(key=KEYS["ES256"]()), signer.sign(key=other.key, algorithm="ES384"),
        signer.sign(key=signers["RS256"].key, algorithm="RS256"), unsigned, hs256,
        signer.sign(headers={"kid": "unknown"}), f"{head}.{body}.", f"{head}.{body}",
        f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body[:-4]}.{signature}", "a.b.c", "...",
        right + ".x", right[:-1] + "=", "x" * 20_000,
    ]:  # fmt: skip
        expect.error(signer.ask(assertion), "invalid_client")
    expect.token(signer.ask())


def test_an_assertion_is_used_once(signer):
    assertion = signer.sign()
    expect.token(signer.ask(assertion))
    for _ in range(3):
        expect.error(signer.ask(assertion), "invalid_client")
    raced = signer.sign()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: signer.ask(raced).status, range(16)))
    assert sorted(answers) == [200] + [401] * 15
    # One that fails uses nothing up.
    identifier = str(uuid.uuid4())
    expect.error(signer.ask(signer.sign(key=KEYS["ES256"](), jti=identifier)), "invalid_client")
    expect.token(signer.ask(signer.sign(jti=identifier)))


def test_exactly_one_mechanism(signer, clients):
    expect.error(signer.ask(client_secret="x", client_id=signer.id), "invalid_request")
    expect.error(signer.ask(client_assertion_type="urn:other"), "invalid_client")
    expect.error(signer.ask(client_assertion_type=None), "invalid_client")
    only_type = {**CC, "client_assertion_type": ASSERTION_TYPE, "client_id": signer.id}
    expect.error(signer.server.token(only_type), ("invalid_request", "invalid_client"), 400, 401)
    expect.error(signer.server.token({**CC, "client_id": signer.id}), "invalid_client")
    # A client with a certificate signs nothing.
    assertion = signer.sign(iss=clients.self_signed["client_id"],
                            sub=clients.self_signed["client_id"])  # fmt: skip
    expect.error(signer.ask(assertion, clients.certificate), "invalid_client")


def test_the_log_names_who_was_refused(signer):
    """The client stands in the assertion alone."""
    expect.error(signer.ask(signer.sign(key=KEYS["ES256"]())), "invalid_client")
    expect.eventually(
        lambda: any(
            "assertion-signature" in line and signer.id in line for line in signer.server.stderr
        )
    )


def test_algorithms_that_do_not_fit_the_method(tmp_path, folder):
    keys = folder / "fits.jwks"
    keys.write_text(json.dumps({"keys": [public_jwk(KEYS["ES256"](), "ES256", "k")]}))
    for options in [
        ["--jwks", keys, "--auth-signing-alg", "HS256"],
        ["--auth-method", "client_secret_jwt", "--auth-signing-alg", "ES256"],
        ["--auth-method", "client_secret_jwt", "--auth-signing-alg", "HS512"],
        ["--auth-method", "client_secret_basic", "--jwks", keys],
    ]:
        done = handfast("client", "add", "unfit", "--data", tmp_path / "d", *options, check=False)
        assert done.returncode == 64, (options, done.stdout, done.stderr)


def test_a_bound_token_for_a_signing_client(server, folder, pki):
    one = Signer(server, folder, "ES256", "signs-and-binds", "--bound-tokens")
    certificate = pki.self_signed("any-certificate")
    expect.eventually(lambda: one.ask(credential=certificate).status == 200)
    claims = expect.verified(
        expect.token(one.ask(credential=certificate))["access_token"], server.address
    )
    assert claims["cnf"]["x5t#S256"] == certificate.thumbprint
    expect.error(one.ask(), "invalid_request")


def test_one_registered_algorithm(server, folder):
    one = Signer(server, folder, "PS256", "signs-one", "--auth-signing-alg", "PS256")
    expect.eventually(lambda: one.ask().status == 200)
    assert one.client["token_endpoint_auth_signing_alg"] == "PS256"
    expect.error(one.ask(one.sign(algorithm="RS256")), "invalid_client")


def test_disabling_ends_it(server, folder):
    one = Signer(server, folder, "EdDSA", "signs-for-a-while")
    expect.eventually(lambda: one.ask().status == 200)
    server.handfast("client", "disable", "signs-for-a-while")
    expect.eventually(lambda: one.ask().status == 401)


def test_a_secret_that_authenticates_codes(server):
    client = server.add_client(
        "codes", "--auth-method", "client_secret_jwt", "--grant-types", "client_credentials"
    )

    def ask(secret=client["client_secret"], algorithm="HS256"):
        assertion = jwt.encode(
            assertion_claims(client["client_id"], server.url), secret, algorithm
        )
        return server.token(asserting(assertion))

    expect.eventually(lambda: ask().status == 200)
    expect.token(ask())
    expect.error(ask("x" * 43), "invalid_client")
    # RFC 7518 §3.2: 43 characters are too few for a code of 64 bytes.
    expect.error(ask(algorithm="HS512"), "invalid_client")
    secret = {**CC, "client_id": client["client_id"], "client_secret": client["client_secret"]}
    expect.error(server.token(secret), "invalid_client")


REFUSED = {
    "private": (lambda key: {**public_jwk(key, "ES256", "k"), "d": "AAAA"}, "private"),
    "not on the curve": (lambda key: {**public_jwk(key, "ES256", "k"), "y": "A" * 43}, "k"),
    "symmetric": (lambda _: {"kty": "oct", "k": "AAAA"}, "`k`"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_key_sets_that_are_refused(tmp_path, name):
    make, word = REFUSED[name]
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [make(KEYS["ES256"]())]}))
    data = ["--data", tmp_path / "data"]
    done = handfast("client", "add", "bad", *data, "--jwks", keys, check=False)
    assert done.returncode != 0 and word in done.stderr, done.stderr
    listed = handfast("client", "list", *data, check=False)
    assert "bad" not in listed.stdout


def test_a_key_set_with_certificates_registers_them(server, pki, tmp_path):
    """self_signed_tls_client_auth by jwks with x5c (RFC 8705 §2.2.2)."""
    certificate = pki.self_signed("by-jwks", "p256")
    whole = certificate_jwk(certificate)
    bare = {name: value for name, value in whole.items() if name != "x5c"}
    keys = tmp_path / "keys.json"
    method = ["--auth-method", "self_signed_tls_client_auth"]
    keys.write_text(json.dumps({"keys": [bare]}))
    refused = server.handfast("client", "add", "by-jwks", "--jwks", keys, *method, check=False)
    assert refused.returncode != 0 and "x5c" in refused.stderr
    keys.write_text(json.dumps({"keys": [whole]}))
    client = server.add_client("by-jwks", "--jwks", keys, *method)
    form = {**CC, "client_id": client["client_id"]}
    expect.eventually(lambda: server.token(form, certificate).status == 200)
    expect.error(server.token(form, pki.self_signed("by-nobody", "p256")), "invalid_client")
