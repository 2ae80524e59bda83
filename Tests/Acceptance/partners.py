# SPDX-License-Identifier: Apache-2.0
"""Trusted issuers: their keys, the JWTs that they sign, and requests with those (RFC 7523 §2.1)."""

import json
import time
import uuid

import jwt

import expect
from assertions import KEYS, public_jwk
from parties import Caller

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def grant_claims(issuer, audience, **changes):
    """Those of an assertion that is good for a minute; None leaves a claim out."""
    now = int(time.time())
    made = {
        "iss": issuer, "sub": "alice", "aud": audience, "iat": now, "exp": now + 60,
        "jti": str(uuid.uuid4()), **changes,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value is not None}


class Partner:
    """An issuer that the server trusts, with one key, and one client that may present its JWTs."""

    def __init__(self, server, folder, name, caller, *options, algorithm="ES256", keys=None):
        self.server, self.name, self.caller, self.algorithm = server, name, caller, algorithm
        self.issuer = f"https://{name}.example"
        self.kid = f"{name}-key"
        self.key = KEYS[algorithm]()
        self.jwk = public_jwk(self.key, algorithm, self.kid)
        self.file = folder / f"{name}.jwks"
        self.file.write_text(json.dumps({"keys": [self.jwk, *(keys or [])]}))
        self.announce()
        if not {"--jwks", "--jwks-uri"} & set(options):
            options = ("--jwks", self.file, *options)
        if "--alg" not in options:
            options = ("--alg", algorithm, *options)
        server.handfast(
            "issuer", "add", name, "--issuer", self.issuer, "--clients", caller.client_id, *options
        )

    def announce(self):
        """Puts the keys where the server may look for them as soon as it knows the issuer."""

    def wait(self):
        """Until every reactor may be taken to trust it."""
        expect.everywhere(self.ask, 200)
        return self

    def claims(self, **changes):
        return grant_claims(self.issuer, self.server.url, **changes)

    def sign(self, key=None, algorithm=None, headers=None, **changes):
        headers = {"kid": self.kid} if headers is None else headers
        return jwt.encode(
            self.claims(**changes), key or self.key, algorithm or self.algorithm, headers=headers
        )

    def ask(self, assertion=None, caller=None, credential=None, **more):
        """A token request with this assertion, or with a new one."""
        caller = caller or self.caller
        form = {
            "grant_type": JWT_BEARER, "client_id": caller.client_id,
            "assertion": self.sign() if assertion is None else assertion, **more,
        }  # fmt: skip
        form = {name: value for name, value in form.items() if value is not None}
        return self.server.token(form, credential or caller.credential)

    def token(self, *args, **more):
        """The claims of a token that is good, and the answer's members."""
        members = expect.token(self.ask(*args, **more))
        return expect.verified(members["access_token"], self.server.address), members

    def update(self, *options):
        self.server.handfast("issuer", "update", self.name, *options)


def presenter(server, pki, name, *options, grants="client_credentials,jwt_bearer"):
    """A client with a certificate of its own and the grant."""
    return Caller(server, pki, name, "--grant-types", grants, *options)


def refused(partner, assertion, *codes, **more):
    """The assertion gets no token, and leaves the next one good."""
    expect.error(partner.ask(assertion, **more), codes or ("invalid_grant",))
    expect.token(partner.ask())
