# SPDX-License-Identifier: Apache-2.0
"""Sets of keys in which not every key can be used (RFC 7517 §5), by file and by `jwks_uri`."""

import json
import re
import signal
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import expect
from assertions import asserting, assertion_claims, certificate_jwk, public_jwk
from origin import fetching_server
from server import handfast

GOOD = ec.generate_private_key(ec.SECP256R1())
GOOD_JWK = public_jwk(GOOD, "ES256", "good")
RSA_JWK = public_jwk(rsa.generate_private_key(65537, 2048), "RS256", "rsa")
WEAK_JWK = public_jwk(rsa.generate_private_key(65537, 1024), "RS256", "old")
# Keys that cannot be used, and words of the warning about each.
UNUSABLE = {
    "weak": (WEAK_JWK, "1024 bits"),
    "no n": ({"kty": "RSA", "e": "AQAB", "kid": "x"}, "no `n`"),
    "no kty": ({"kid": "x"}, "no `kty`"),
    "no object": (5, "no JSON object"),
    "for encryption": ({**RSA_JWK, "use": "enc"}, "`use`"),
    "another kind": ({"kty": "AKP", "pub": "AAAA", "kid": "pq"}, "`kty`"),
    "another algorithm": ({**GOOD_JWK, "crv": "secp256k1", "alg": "ES256K"}, "`alg`"),
    "another curve": ({**GOOD_JWK, "crv": "secp256k1", "alg": None}, "curve"),
    "not on the curve": ({**GOOD_JWK, "y": "A" * 43}, "public key"),
    "a number too short": ({**GOOD_JWK, "x": "AAAA"}, "32 bytes"),
    "padding": ({**RSA_JWK, "e": "AQAB="}, "base64url"),
    "a long name": ({**GOOD_JWK, "kid": "k" * 300}, "`kid`"),
    "alg of another kind": ({**GOOD_JWK, "alg": "RS256"}, "`alg`"),
}
PRIVATE = {
    "d": {**GOOD_JWK, "d": "A" * 43},
    **{name: {**RSA_JWK, name: "AQAB"} for name in ("d", "p", "q", "dp", "dq", "qi")},
    "oth": {**RSA_JWK, "oth": [{"r": "AQAB", "d": "AQAB", "t": "AQAB"}]},
    "k": {"kty": "oct", "k": "AAAA", "kid": "secret"},
    "priv": {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "priv": "AAAA"},
}


def key_set(*keys):
    return json.dumps({"keys": keys}).encode()


def add(folder, name, content, *options, check=True):
    file = folder / f"{name}.jwks"
    file.write_bytes(content)
    return handfast(
        "client", "add", name, "--data", folder / "data", "--jwks", file, *options, check=check
    )


def ask(server, client, key=GOOD, algorithm="ES256", kid="good"):
    """Asks by an assertion that this key has signed."""
    claims = assertion_claims(client, server.url)
    return server.token(asserting(jwt.encode(claims, key, algorithm, headers={"kid": kid})))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sets")


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_key_that_cannot_be_used_is_ignored_with_a_warning(folder, name):
    key, reason = UNUSABLE[name]
    kid = key.get("kid", "") if isinstance(key, dict) else ""
    for place, keys in ((2, [GOOD_JWK, key]), (1, [key, GOOD_JWK])):
        done = add(folder, f"{name}-{place}".replace(" ", "-"), key_set(*keys))
        warning = next(line for line in done.stderr.splitlines() if "ignored" in line)
        assert f"Key {place} of the set" in warning and reason in warning
        assert not 0 < len(kid) <= 64 or f"`{kid}`" in warning
    alone = add(folder, "alone", key_set(key), check=False)
    assert alone.returncode == 1 and "no key that can be used" in alone.stderr
    assert reason in alone.stderr and "Key 1 of the set" in alone.stderr


@pytest.mark.parametrize("name", PRIVATE)
def test_a_private_key_refuses_the_set(folder, name):
    for keys in ([GOOD_JWK, PRIVATE[name]], [PRIVATE[name], GOOD_JWK], [PRIVATE[name]]):
        done = add(folder, "shown", key_set(*keys), check=False)
        assert done.returncode == 1 and f"`{name}`" in done.stderr and "private" in done.stderr
        secret = PRIVATE[name][name]
        assert not isinstance(secret, str) or secret not in done.stderr
    assert "shown" not in handfast("client", "list", "--data", folder / "data").stdout


def test_null_and_a_byte_order_mark(folder):
    null = {**GOOD_JWK, **dict.fromkeys(["d", "p", "q", "dp", "dq", "qi", "oth", "k", "x5c"])}
    for name, content in {
        "null": key_set(null), "bom": b"\xef\xbb\xbf" + key_set(GOOD_JWK)
    }.items():  # fmt: skip
        done = add(folder, name, content)
        assert "warning" not in done.stderr and "ignored" not in done.stderr
        shown = handfast("client", "show", name, "--data", folder / "data", "--json").stdout
        assert json.loads(shown)["jwks"]["keys"][0]["kid"] == "good"
    for content, reason in {
        key_set(GOOD_JWK).decode().encode("utf-16"): "UTF-8", b"": "empty", b"x": "not JSON",
        b"-----BEGIN PUBLIC KEY-----\n": "PEM", b"\xef\xbb\xbf" * 2 + key_set(GOOD_JWK): "JSON",
    }.items():  # fmt: skip
        done = add(folder, "wrong", content, check=False)
        assert done.returncode == 1 and reason in done.stderr, (content, done.stderr)


def test_the_good_key_of_a_set_authenticates(server, tmp_path):
    """And an assertion signed with the ignored key is refused."""
    weak = rsa.generate_private_key(65537, 1024)
    file = tmp_path / "keys.jwks"
    file.write_bytes(key_set(GOOD_JWK, public_jwk(weak, "RS256", "old")))
    client = server.add_client(
        "one-of-two", "--jwks", file, "--grant-types", "client_credentials", "--no-bound-tokens"
    )["client_id"]
    expect.eventually(lambda: ask(server, client).status == 200)
    expect.error(ask(server, client, weak, "RS256", "old"), "invalid_client")


def test_certificates_of_a_set_that_cannot_be_registered_are_ignored(folder, pki):
    """self_signed_tls_client_auth by a set: the other certificates count."""
    good = certificate_jwk(pki.self_signed("in-a-set", "p256"), kid="good")
    over = certificate_jwk(pki.short_lived("over-in-a-set", -10), kid="over")
    bare = {name: good[name] for name in good if name != "x5c"} | {"kid": "bare"}
    method = ("--auth-method", "self_signed_tls_client_auth")
    done = add(folder, "presents", key_set(over, bare, good), *method)
    assert re.search(r"`over`.*expired.*ignored", done.stderr, re.I), done.stderr
    assert re.search(r"`bare`.*no `x5c`.*ignored", done.stderr), done.stderr
    listed = handfast(
        "client", "certificate", "list", "presents", "--data", folder / "data", "--json"
    )
    assert len(json.loads(listed.stdout)["keys"]) == 1
    for alone in (over, bare):
        done = add(folder, "presents-none", key_set(alone), *method, check=False)
        assert done.returncode == 1 and f"`{alone['kid']}`" in done.stderr


def test_a_set_that_is_fetched_is_read_by_the_same_rules(tmp_path, ca, origin):
    ignored = "keys of a client are ignored"
    with fetching_server(tmp_path, ca) as server:
        origin.content["/k"] = b"\xef\xbb\xbf" + key_set(GOOD_JWK, WEAK_JWK)
        client = server.add_client(
            "published", "--auth-method", "private_key_jwt", "--jwks-uri", origin.url("/k"),
            "--grant-types", "client_credentials", "--no-bound-tokens",
        )["client_id"]  # fmt: skip
        expect.eventually(lambda: ask(server, client).status == 200, within=3)

        def fetched(content=None):
            if content:
                origin.content["/k"] = content
            count = origin.asked.count("/k")
            server.signal(signal.SIGHUP)
            expect.eventually(lambda: origin.asked.count("/k") > count, within=3)
            time.sleep(0.5)
            return server.log.count(ignored)

        # Once for the same reasons, however often it is fetched; and again for others.
        assert server.log.count(ignored) == 1 and fetched() == 1 and fetched() == 1
        line = next(line for line in server.stderr if ignored in line)
        assert client in line and "`old`" in line and "1024 bits" in line
        assert fetched(key_set(GOOD_JWK, 5)) == 2 and fetched() == 2
        expect.token(ask(server, client))
        # A private key, or nothing that is left: the last good set stays.
        for bad in ([GOOD_JWK, PRIVATE["d"]], [WEAK_JWK]):
            assert fetched(key_set(*bad)) == 2
            expect.token(ask(server, client))
        expect.logged(server, "cannot be fetched", "`d`")
        assert PRIVATE["d"]["d"] not in server.log
        assert fetched(key_set(GOOD_JWK)) == 2
        assert server.stop() == 0
