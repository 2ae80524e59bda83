# SPDX-License-Identifier: Apache-2.0
"""Everything for which a JWT of a trusted issuer is refused as a grant (RFC 7523 §3, RFC 8725).

Each case differs from a good assertion in one thing, and a good one is accepted right behind it.
"""

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import expect
from assertions import public_jwk
from partners import Partner, presenter, refused

FOREIGN = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
LONG = "x" * 20_000


@pytest.fixture(scope="module")
def caller(server, pki):
    return presenter(server, pki, "billing", "--scope", "read write")


@pytest.fixture(scope="module")
def partner(server, pki, caller, tmp_path_factory):
    """One issuer with an EC key, and an RSA key that is for RS256 alone; and another issuer."""
    folder = tmp_path_factory.mktemp("partners")
    other = Partner(server, folder, "other", caller)
    one = Partner(
        server, folder, "partner", caller, "--alg", "ES256,PS256", "--subjects", "alice*",
        keys=[public_jwk(RSA_KEY, "RS256", "rsa")],
    )  # fmt: skip
    one.other = other.wait()
    return one.wait()


def encoded(value):
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def raw(partner, header, claims=None, signature=None, key=None):
    """A JWS whose parts are what they are given as; signed by ES256 unless there is a signature."""
    body = partner.claims() if claims is None else claims
    signed = f"{encoded(header)}.{encoded(body)}"
    if signature is None:
        good = jwt.algorithms.get_default_algorithms()["ES256"]
        signature = good.sign(signed.encode(), key or partner.key)
    return f"{signed}.{encoded(signature) if isinstance(signature, bytes) else signature}"


def coded(partner, algorithm, secret):
    """A JWT whose code is made with something public as the secret: CVE-2026-11800's confusion."""
    header = {"alg": algorithm, "kid": partner.kid, "typ": "JWT"}
    signed = f"{encoded(header)}.{encoded(partner.claims())}"
    digest = getattr(hashlib, f"sha{algorithm[2:]}")
    return f"{signed}.{encoded(hmac.new(secret, signed.encode(), digest).digest())}"


def pem(partner):
    return partner.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def header(partner, **changes):
    made = {"alg": "ES256", "kid": partner.kid, "typ": "JWT", **changes}
    return {name: value for name, value in made.items() if value is not None}


def claim(**changes):
    return lambda p: p.sign(**changes)


def absent(name):
    return lambda p: raw(p, header(p), {k: v for k, v in p.claims().items() if k != name})


def literal(**changes):
    """Claims as they stand, null too."""
    return lambda p: raw(p, header(p), {**p.claims(), **changes})


def headed(**changes):
    return lambda p: raw(p, header(p, **changes))


def later(**seconds):
    """Times by their distance from now."""
    return lambda p: p.sign(**{name: int(time.time()) + s for name, s in seconds.items()})


def cut(p, part, change):
    parts = p.sign().split(".")
    parts[part] = change(parts[part])
    return ".".join(parts)


ISSUER = {
    "iss missing": absent("iss"),
    "iss null": literal(iss=None),
    "iss a number": literal(iss=7),
    "iss an array": lambda p: raw(p, header(p), {**p.claims(), "iss": [p.issuer]}),
    "iss unknown": claim(iss="https://nobody.example"),
    "iss with a slash": lambda p: p.sign(iss=p.issuer + "/"),
    "iss in capitals": lambda p: p.sign(iss=p.issuer.upper()),
    "iss with a space": lambda p: p.sign(iss=p.issuer + " "),
    "iss of this server": lambda p: p.sign(iss=p.server.url),
    "iss of another issuer": lambda p: p.sign(iss=p.other.issuer),
    "iss a name of ours": claim(iss="partner"),
}
AUDIENCE = {
    "aud missing": absent("aud"),
    "aud null": literal(aud=None),
    "aud empty": claim(aud=""),
    "aud no value": claim(aud=[]),
    "aud a number": literal(aud=1),
    "aud an object": literal(aud={"a": "b"}),
    "aud another server": claim(aud="https://other.example"),
    "aud the token endpoint": lambda p: p.sign(aud=p.server.url + "/oauth2/token"),
    "aud with a slash": lambda p: p.sign(aud=p.server.url + "/"),
    "aud two values": lambda p: p.sign(aud=[p.server.url, "https://other.example"]),
    "aud ours twice": lambda p: p.sign(aud=[p.server.url, p.server.url]),
    "aud with a number": lambda p: p.sign(aud=[p.server.url, 7]),
}
ALGORITHM = {
    "none": lambda p: raw(p, header(p, alg="none"), signature=""),
    "None": lambda p: raw(p, header(p, alg="None"), signature=""),
    "NONE with a signature": headed(alg="NONE"),
    "alg missing": headed(alg=None),
    "alg null": lambda p: raw(p, {**header(p), "alg": None}),
    "alg in small letters": headed(alg="es256"),
    "alg unknown": headed(alg="ES256K"),
    "HS256 by the key's PEM": lambda p: coded(p, "HS256", pem(p)),
    "HS256 by the key's JWK": lambda p: coded(p, "HS256", json.dumps(p.jwk).encode()),
    "HS256 by the JWK set": lambda p: coded(p, "HS256", p.file.read_bytes()),
    "HS256 by nothing": lambda p: coded(p, "HS256", b""),
    "HS384 by the key's PEM": lambda p: coded(p, "HS384", pem(p)),
    "HS512 by the key's PEM": lambda p: coded(p, "HS512", pem(p)),
    "not the issuer's": lambda p: p.sign(RSA_KEY, "RS256", {"kid": "rsa"}),
    "not the key's": lambda p: p.sign(RSA_KEY, "PS256", {"kid": "rsa"}),
    "of another kind of key": lambda p: p.sign(RSA_KEY, "PS256"),
    "encryption": headed(alg="RSA-OAEP"),
}
KEY = {
    "kid unknown": lambda p: p.sign(headers={"kid": "nobody's"}),
    "kid of another key": lambda p: p.sign(headers={"kid": "rsa"}),
    "kid of another issuer": lambda p: p.sign(headers={"kid": p.other.kid}),
    "kid in capitals": lambda p: p.sign(headers={"kid": p.kid.upper()}),
    "kid a number": headed(kid=7),
    "a foreign key": lambda p: p.sign(FOREIGN),
    "another issuer's key": lambda p: p.sign(p.other.key),
    "another issuer's key and kid": lambda p: p.sign(p.other.key, headers={"kid": p.other.kid}),
    "a key in the header": lambda p: raw(
        p, header(p, jwk=public_jwk(FOREIGN, "ES256", p.kid)), key=FOREIGN
    ),
    "a key at jku": lambda p: raw(p, header(p, jku="https://evil.example/jwks"), key=FOREIGN),
    "a key at x5u": lambda p: raw(p, header(p, x5u="https://evil.example/x"), key=FOREIGN),
    "a key in x5c": lambda p: raw(p, header(p, x5c=["MIIB"]), key=FOREIGN),
    "no signature": lambda p: cut(p, 2, lambda _: ""),
    "a short signature": lambda p: cut(p, 2, lambda s: s[:-4]),
    "a long signature": lambda p: cut(p, 2, lambda s: s + "AAAA"),
    "zeros": lambda p: raw(p, header(p), signature=bytes(64)),
    "other claims than were signed": lambda p: cut(
        p, 1, lambda _: encoded(p.claims(sub="alice2"))
    ),
    "another header than was signed": lambda p: cut(p, 0, lambda _: encoded(header(p))),
    "critical extension": lambda p: raw(p, header(p, crit=["exp"], exp=1)),
    "b64 false": lambda p: raw(p, header(p, crit=["b64"], b64=False)),
}
TIME = {
    "exp missing": absent("exp"),
    "exp null": literal(exp=None),
    "exp a text": lambda p: raw(p, header(p), {**p.claims(), "exp": str(int(time.time()) + 60)}),
    "expired": later(iat=-120, exp=-60),
    "exp negative": literal(exp=-1),
    "exp in an hour": later(exp=3600),
    "exp without end": literal(exp=2**62),
    "a longer lifetime than its issuer's": later(iat=-290, exp=50),
    "iat in the future": later(iat=120, exp=180),
    "iat a text": literal(iat="now"),
    "nbf in the future": later(nbf=120),
    "nbf a text": literal(nbf="now"),
}
TYPE = {
    f"typ {name}": headed(typ=name)
    for name in (
        "at+jwt", "AT+JWT", "application/at+jwt", "dpop+jwt", "logout+jwt", "secevent+jwt",
        "client-authentication+jwt", "token-introspection+jwt", "JWS", "JWE", "application/jwt", "",
        "oauth-authz-req+jwt", "kb+jwt",
    )
} | {"typ a number": headed(typ=7)}  # fmt: skip
SUBJECT = {
    "sub missing": absent("sub"),
    "sub null": literal(sub=None),
    "sub empty": literal(sub=""),
    "sub a number": literal(sub=7),
    "sub outside the pattern": claim(sub="bob"),
    "sub that only ends so": claim(sub="not-alice"),
    "sub with a line break": claim(sub="alice\nadmin"),
    "sub with a NUL": claim(sub="alice\0"),
    "sub too long": claim(sub="alice" + "x" * 1020),
}
USE = {
    "jti missing": absent("jti"),
    "jti null": literal(jti=None),
    "jti empty": claim(jti=""),
    "jti a number": literal(jti=7),
    "jti too long": claim(jti="j" * 257),
    "act": claim(act={"sub": "robot"}),
    "act null": literal(act=None),
    "act within act": claim(act={"sub": "a", "act": {"sub": "b"}}),
    "may_act": claim(may_act={"sub": "billing"}),
    "may_act null": literal(may_act=None),
    "cnf of another certificate": claim(cnf={"x5t#S256": "A" * 43}),
    "cnf of a key": claim(cnf={"jkt": "A" * 43}),
    "cnf empty": claim(cnf={}),
    "cnf a text": claim(cnf="x"),
    "cnf null": literal(cnf=None),
    "cnf of two": lambda p: p.sign(
        cnf={"x5t#S256": p.caller.credential.thumbprint, "jkt": "A" * 43}
    ),
}
FORM = {
    "no JWT": lambda p: "x",
    "two parts": lambda p: ".".join(p.sign().split(".")[:2]),
    "five parts": lambda p: "a.b.c.d.e",
    "too long": claim(other=LONG),
    "padding": lambda p: cut(p, 0, lambda part: part + "="),
    "no base64url": lambda p: cut(p, 1, lambda part: part[:-1] + "*"),
    "a header that is no object": lambda p: raw(p, ["ES256"]),
    "claims that are no object": lambda p: raw(p, header(p), []),
    "claims that are no JSON": lambda p: raw(p, header(p), b"{"),
    "a claim twice": lambda p: raw(
        p, header(p), json.dumps(p.claims()).encode()[:-1] + b', "sub": "alice"}'
    ),
}
CASES = [
    pytest.param(make, id=f"{group}: {name}")
    for group, cases in {
        "issuer": ISSUER, "audience": AUDIENCE, "algorithm": ALGORITHM, "key": KEY, "time": TIME,
        "type": TYPE, "subject": SUBJECT, "use": USE, "form": FORM,
    }.items()
    for name, make in cases.items()
]  # fmt: skip


def test_the_matrix_is_as_large_as_is_promised():
    assert len(CASES) >= 110


@pytest.mark.parametrize("make", CASES)
def test_it_is_refused_and_the_next_one_is_good(partner, make):
    refused(partner, make(partner))


RIGHT = {
    "aud in an array": lambda p: p.sign(aud=[p.server.url]),
    "typ absent": headed(typ=None),
    "typ JWT": headed(typ="JWT"),
    "typ of the revision": headed(typ="authorization-grant+jwt"),
    "no iat": claim(iat=None),
    "iat a little ahead": later(iat=30, exp=90),
    "a fraction": lambda p: p.sign(exp=time.time() + 60.5),
    "claims that are nobody's": claim(tenant="a", client_id="other", scope="admin", azp="x"),
    "a key that is passed over": lambda p: raw(p, header(p, jku="https://evil.example/jwks")),
    "bound to this certificate": lambda p: p.sign(
        cnf={"x5t#S256": p.caller.credential.thumbprint}
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_may_be_otherwise_is_accepted_once(partner, name):
    assertion = RIGHT[name](partner)
    claims, _ = partner.token(assertion)
    assert claims["sub"] == "partner:alice" and claims["client_id"] == partner.caller.client_id
    assert claims["cnf"] == {"x5t#S256": partner.caller.credential.thumbprint}
    # And no second time.
    refused(partner, assertion)


def test_without_kid_the_key_must_be_the_only_one(partner):
    # Of two keys one is for this algorithm.
    claims, _ = partner.token(partner.sign(headers={}))
    assert claims["sub"] == "partner:alice"
    # A foreign key is not taken for it.
    refused(partner, partner.sign(FOREIGN, headers={}))


@pytest.mark.parametrize(
    "form, code",
    [
        ({"assertion": ""}, "invalid_request"), ({"scope": "admin"}, "invalid_scope"),
        ({"scope": "read  write"}, "invalid_scope"),
        ({"resource": "https://other.example"}, "invalid_target"),
    ],
)  # fmt: skip
def test_what_is_asked_beside_it_is_refused(partner, form, code):
    good = partner.sign()
    expect.error(partner.ask(**{"assertion": good, **form}), code)
    # Refused before the assertion was looked at, or used up: it is good still.
    expect.token(partner.ask(good))


def test_an_assertion_that_stands_twice_is_no_request(partner):
    one, caller = partner.sign(), partner.caller
    pairs = [("client_id", caller.client_id), ("assertion", one), ("assertion", one)]
    grant = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")]
    expect.error(partner.server.token(grant + pairs, caller.credential), "invalid_request")
    expect.token(partner.server.token(grant + pairs[:2], caller.credential))
