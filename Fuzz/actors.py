# SPDX-License-Identifier: Apache-2.0
"""Seeds of the targets actor-chain and exchange: exchanged tokens and their requests (RFC 8693)."""

import base64
import json

# RFC 8693 §2.1.
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


def actor_chains(issuer):
    """Behind the kind of the subject; with the highest bit, of a sealed token."""

    def nested(names):
        first, *others = names
        inner = {"act": nested(others)} if others else {}
        return {"sub": first, "iss": "i", **inner}

    gateway = {"sub": "gateway", "iss": issuer}
    texts = {
        "one": (2, {"act": gateway}),
        "four": (1, {"act": nested("dcba")}),
        "five": (1, {"act": nested("edcba")}),
        "may-act": (3, {"may_act": gateway, "scope": "read"}),
        "no-issuer": (2, {"act": {"sub": "gateway"}}),
        "sealed": (0x82, {"act": nested("a"), "may_act": gateway}),
    }
    made = {
        name: bytes([kind]) + json.dumps(value, separators=(",", ":")).encode()
        for name, (kind, value) in texts.items()
    }
    return made | {"identifier": b"\2" + base64.urlsafe_b64encode(b"\2" + b"\7" * 16).rstrip(b"=")}


def exchanges(issuer, now):
    """A choice of the key and the caller, a header, claims, and parameters of the form."""

    def seed(choice, header, claims, *parameters):
        header = {"alg": "EdDSA", **header}
        claims = {"iat": now, "exp": now + 200, "aud": "https://gateway.example"} | claims
        lines = [*(json.dumps(part, separators=(",", ":")) for part in (header, claims)), ""]
        rest = "".join("&" + parameter for parameter in parameters)
        return bytes([choice]) + ("\n".join(lines) + rest).encode()

    kind = "urn:ietf:params:oauth:token-type:"
    access = f"subject_token_type={kind}access_token"
    identifier = base64.urlsafe_b64encode(b"\7" * 16).rstrip(b"=").decode()
    exchanged = base64.urlsafe_b64encode(b"\1" + b"\7" * 16).rstrip(b"=").decode()
    own, partners = {"typ": "at+jwt", "kid": "own"}, {"typ": "JWT", "kid": "partner"}
    token = {"iss": issuer, "sub": "web", "client_id": "web", "jti": identifier, "scope": "read"}
    mine = {**token, "sub": "gateway", "client_id": "gateway", "aud": "https://orders.example"}
    foreign = {"iss": "https://partner.example", "sub": "ann", "jti": "1", "scope": "read write"}
    actor = {"sub": "gateway", "iss": issuer}
    return {
        "client": seed(0, own, token, access),
        "user": seed(0, own, {**token, "sub": "user:u"}, access, "scope=read"),
        "impersonated": seed(8, own, token, access, "audience=https://orders.example"),
        "narrowed": seed(0, own, mine, access, "resource=https://orders.example"),
        "impersonator-narrowed": seed(
            8, own, {**mine, "sub": "agent", "client_id": "agent"}, access
        ),
        "more-members": seed(
            1, partners, {**foreign, "act": {**actor, "sub": "app", "more": 1}},
            f"subject_token_type={kind}jwt",
        ),
        "changed": seed(2, own, token, access),
        "other-certificate": seed(4, own, token, access),
        "actor": seed(
            0, own, token, access, "actor_token=@", f"actor_token_type={kind}access_token"
        ),
        "chain": seed(0, own, {**token, "jti": exchanged, "act": actor, "may_act": actor}, access),
        "partner": seed(1, partners, foreign, f"subject_token_type={kind}jwt"),
        "partner-may-act": seed(
            1, partners, {**foreign, "may_act": actor}, f"subject_token_type={kind}jwt",
            f"requested_token_type={kind}jwt",
        ),
    }  # fmt: skip


def seeds(issuer, now):
    """The seeds of each target."""
    return {"actor-chain": actor_chains(issuer), "exchange": exchanges(issuer, now)}
