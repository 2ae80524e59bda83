# SPDX-License-Identifier: Apache-2.0
"""Clients that sign: their keys as JWKs, and their assertions (RFC 7517, RFC 7523)."""

import base64
import json
import time
import uuid

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from jwt.algorithms import get_default_algorithms

import expect
from oauth import ASSERTION_TYPE, CC

KEYS = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "PS256": lambda: rsa.generate_private_key(65537, 2048),
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


def jwk(public_key, algorithm):
    """The members that make up the key."""
    members = get_default_algorithms()[algorithm].to_jwk(public_key, as_dict=True)
    members.pop("key_ops", None)
    return members


def public_jwk(key, algorithm, kid):
    """The public half of a private key, for signatures."""
    return {**jwk(key.public_key(), algorithm), "kid": kid, "use": "sig", "alg": algorithm}


def certificate_jwk(credential, **more):
    """The key of a certificate with the certificate in `x5c` (RFC 7517 §4.7)."""
    certificate = x509.load_pem_x509_certificate(credential.certificate.read_bytes())
    key = certificate.public_key()
    algorithm = "ES256" if isinstance(key, ec.EllipticCurvePublicKey) else "RS256"
    der = certificate.public_bytes(Encoding.DER)
    return {**jwk(key, algorithm), "x5c": [base64.b64encode(der).decode()], **more}


def assertion_claims(client_id, audience, **changes):
    """Those of an assertion that is good for a minute; None leaves a claim out."""
    now = int(time.time())
    made = {
        "iss": client_id, "sub": client_id, "aud": audience, "iat": now, "exp": now + 60,
        "jti": str(uuid.uuid4()), **changes,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value is not None}


def asserting(assertion):
    """The parameters of a token request by an assertion."""
    return {**CC, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}


class Signer:
    """A client registered with one public key, and what it needs to sign."""

    def __init__(self, server, folder, algorithm, name, *options):
        self.server, self.algorithm, self.kid = server, algorithm, f"{name}-key"
        self.key = KEYS[algorithm]()
        keys = folder / f"{name}.jwks"
        keys.write_text(json.dumps({"keys": [public_jwk(self.key, algorithm, self.kid)]}))
        self.client = server.add_client(
            name, "--jwks", keys, "--grant-types", "client_credentials", "--scope", "read",
            "--no-bound-tokens", *options,
        )  # fmt: skip
        self.id = self.client["client_id"]

    def claims(self, **changes):
        return assertion_claims(self.id, self.server.url, **changes)

    def sign(self, key=None, algorithm=None, headers=None, **changes):
        return jwt.encode(
            self.claims(**changes), key or self.key, algorithm or self.algorithm,
            headers={"kid": self.kid} if headers is None else headers,
        )  # fmt: skip

    def ask(self, assertion=None, credential=None, **more):
        form = {**asserting(assertion or self.sign()), **more}
        return self.server.token({k: v for k, v in form.items() if v is not None}, credential)


def known_signer(server, folder, name="signs"):
    """A signer by ES256 that the running server knows."""
    one = Signer(server, folder, "ES256", name)
    expect.eventually(lambda: one.ask().status == 200)
    return one
