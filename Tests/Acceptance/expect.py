# SPDX-License-Identifier: Apache-2.0
"""Expectations of every answer of the token endpoint, in one place."""

import json
import math
import os
import re
import time
from collections import Counter

import jwt
from joserfc import jwt as jose
from joserfc.jwk import KeySet

from wire import Connection, Refused

NQSCHAR = r"[\x20-\x21\x23-\x5B\x5D-\x7E]"


def no_store(response):
    values = ",".join(response.all("cache-control")).lower()
    assert "no-store" in [value.strip() for value in values.split(",")], response.headers


def token(response):
    """RFC 6749 §5.1; returns the members."""
    assert response.status == 200, (response.status, response.body)
    media_type = response.header("content-type").split(";")[0].strip().lower()
    assert media_type == "application/json"
    no_store(response)
    assert response.header("pragma") == "no-cache"
    assert not response.all("set-cookie")
    members = response.json
    assert isinstance(members, dict)
    access_token = members["access_token"]
    assert re.fullmatch(r"[\x20-\x7E]+", access_token)
    assert members["token_type"].lower() == "bearer"
    assert type(members["expires_in"]) is int and 1 <= members["expires_in"] <= 31_536_000
    assert strength(access_token) > 96 and len(access_token) >= 16
    return members


def strength(text):
    """Shannon entropy of the characters times their number."""
    counts = Counter(text).values()
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts)
    return entropy * len(text)


def error(response, code, *statuses):
    """RFC 6749 §5.2; returns the members. invalid_client is 401 with a challenge."""
    codes = code if isinstance(code, tuple) else (code,)
    if not statuses:
        statuses = (401,) if codes == ("invalid_client",) else (400,)
    assert response.status in statuses, (response.status, response.headers, response.body)
    assert response.header("content-type").split(";")[0].strip().lower() == "application/json"
    no_store(response)
    assert not response.all("set-cookie")
    members = json.loads(response.body.decode("ascii"))
    assert isinstance(members, dict)
    assert members["error"] in codes, members
    assert re.fullmatch(NQSCHAR + "+", members["error"])
    if "error_description" in members:
        assert re.fullmatch(NQSCHAR + "+", members["error_description"]), members
    if "error_uri" in members:
        assert re.fullmatch(r'https?://[^\s"\\]+', members["error_uri"])
    assert "access_token" not in members
    if response.status == 401:
        assert "realm=" in (response.header("www-authenticate") or ""), response.headers
    return members


INACTIVE = b'{"active":false}'


def active(response):
    """RFC 7662 §2.2: a token that is good; returns what is said of it."""
    members = described(response).json
    assert members["active"] is True, members
    assert members["token_type"] == "Bearer"
    for name in ("client_id", "sub", "iss", "jti"):
        assert type(members[name]) is str and members[name]
    for name in ("iat", "exp"):
        assert type(members[name]) is int
    assert members["iat"] < members["exp"]
    return members


def inactive(response):
    """RFC 7662 §2.2: one answer for everything that is not good; nothing tells why."""
    assert described(response).body == INACTIVE, response.body


def described(response):
    assert response.status == 200, (response.status, response.body)
    assert response.header("content-type").split(";")[0].strip().lower() == "application/json"
    no_store(response)
    assert not response.all("set-cookie")
    return response


def verified(access_token, address, issuer=None, audience=None):
    """Checks the token with two independent libraries against the published keys; the claims."""
    with Connection(address) as connection:
        keys = connection.get("/oauth2/jwks").json
        metadata = connection.get("/.well-known/oauth-authorization-server").json
    header = jwt.get_unverified_header(access_token)
    assert header["typ"].lower() in ("at+jwt", "application/at+jwt")
    assert header["alg"] == "ES256"
    key = next(k for k in jwt.PyJWKSet.from_dict(keys).keys if k.key_id == header["kid"])
    claims = jwt.decode(
        access_token,
        key,
        algorithms=["ES256"],
        issuer=issuer or metadata["issuer"],
        options={
            "require": ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"],
            "verify_aud": audience is not None,
        },
        audience=audience,
        leeway=2,
    )
    second = jose.decode(access_token, KeySet.import_key_set(keys), algorithms=["ES256"])
    assert second.claims == claims
    return claims


def refused(attempt, *codes):
    """The attempt ends in an OAuth error or in TLS; a token is the one thing that must not come."""
    try:
        response = attempt()
    except Refused:
        return
    error(response, codes or ("invalid_client",), 400, 401)


PATIENCE = float(os.environ.get("HANDFAST_PATIENCE", "3"))


def eventually(check, within=1.0, otherwise=lambda: "did not come about in time"):
    """Waits until `check` is true. `within` is the promise; the machine may be busy meanwhile."""
    limit = time.monotonic() + within * PATIENCE
    while True:
        outcome = check()
        if outcome:
            return outcome
        assert time.monotonic() < limit, otherwise()
        time.sleep(0.02)


def logged(server, *texts, within=1.0):
    """Waits until the log has these texts: an answer may come before the line is read here."""
    eventually(
        lambda: all(text in server.log for text in texts),
        within,
        lambda: f"not all of {texts} is logged:\n{server.log}",
    )


def refused_by(server, ask, check):
    """Waits until the log names this check; the server may not know the client at first."""
    before = len(server.stderr)

    def found():
        error(ask(), "invalid_client")
        return any(f'"check":"{check}"' in line for line in list(server.stderr)[before:])

    eventually(found)


def everywhere(ask, status):
    """Waits until the answer has this status on every reactor, as far as connections can tell."""
    for _ in range(6):
        eventually(lambda: ask().status == status)


def longer(run, enough):
    """The outcome of a load that runs for as long as a busy machine takes to do enough of it."""
    for seconds in (1, 3, 9):
        outcome = run(seconds)
        if enough(outcome):
            return outcome
    raise AssertionError(outcome)


def next_second():
    """Waits for the clock's next second: records of the store tell times by seconds alone."""
    now = int(time.time())
    # The kernel's coarse clock, which the server reads, may be some milliseconds behind.
    eventually(lambda: int(time.time() - 0.05) > now, within=2)
