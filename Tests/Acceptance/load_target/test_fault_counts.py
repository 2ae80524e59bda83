# SPDX-License-Identifier: Apache-2.0
"""Each kind of fault as two independent clients see it, counted as often as its rule says.

The one is Python's ssl on a socket. The other is httpx, as an application has it: TLS over memory
BIOs in an event loop, and an exception of httpx for what is no answer.
"""

import asyncio
import ssl
import time
from dataclasses import dataclass

import httpx
import jwt
import pytest

import expect
from wire import Refused

pytestmark = pytest.mark.waiting

# Four calls, each on a connection of its own, of which the rule asks for every second one.
CALLS = 4
STRUCK = [False, True] * 2


@dataclass
class Seen:
    """One call as its client saw it: an answer, or the name of the exception in place of one."""

    status: int | None = None
    text: str = ""
    seconds: float = 0.0
    raised: str = ""
    retry_after: str | None = None

    @property
    def token(self):
        return httpx.Response(200, text=self.text).json()["access_token"]


def over_ssl(app, timeout, version):
    """A call by Python's ssl on a socket."""
    began = time.monotonic()
    try:
        with app.server.connect(app.credential, version, timeout=timeout) as connection:
            answer = connection.token(app.body)
        seen = Seen(answer.status, answer.body.decode(), retry_after=answer.header("retry-after"))
    except (Refused, ConnectionError, TimeoutError) as error:
        seen = Seen(raised=type(error).__name__)
    seen.seconds = time.monotonic() - began
    return seen


def over_httpx(app, timeout, version):
    """A call by httpx."""
    return asyncio.run(asked_by_httpx(app, timeout, version))


async def asked_by_httpx(app, timeout, version):
    context = context_of(app, version)
    url = f"{app.server.url}/oauth2/token"
    began = time.monotonic()
    try:
        async with httpx.AsyncClient(verify=context, timeout=timeout) as client:
            answer = await client.post(url, data=app.body)
        seen = Seen(answer.status_code, answer.text, retry_after=answer.headers.get("retry-after"))
    except (httpx.HTTPError, ssl.SSLError) as error:
        seen = Seen(raised=type(error).__name__)
    seen.seconds = time.monotonic() - began
    return seen


def context_of(app, version):
    """The TLS settings of one client; a seed's server has a certificate of its own CA."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(app.credential.certificate, app.credential.key)
    context.minimum_version = context.maximum_version = {
        "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3
    }[version]  # fmt: skip
    return context


CLIENTS = {"ssl": over_ssl, "httpx": over_httpx}
both = pytest.mark.parametrize("name", CLIENTS)


def is_token(seen):
    return seen.status == 200 and seen.text.startswith("{") and bool(seen.token)


def sequence(app, name, timeout=15.0, version="1.3", calls=CALLS):
    return [CLIENTS[name](app, timeout, version) for _ in range(calls)]


def counted(tester, kind, count):
    """The counter of this kind, alone, of this client and of all."""
    for counters in (tester.counters("load-app"), tester.counters()):
        assert counters["faults"] == {kind: count}
    assert tester.counters("load-other")["faults"] == {}


def alternates(tester, app, other, name, fault, is_struck, **more):
    """Every second call is struck; another client's is not; the counters and the calls say so."""
    timeout, version = more.pop("timeout", 15.0), more.pop("version", "1.3")
    tester.add(client="load-app", every=2, fault=fault, **more)
    seen = sequence(app, name, timeout, version)
    for one, struck in zip(seen, STRUCK, strict=True):
        assert is_struck(one) if struck else is_token(one), (fault, seen)
    assert is_token(CLIENTS[name](other, 15.0, version))
    counted(tester, fault, CALLS // 2)
    return seen


def listed(tester, fault):
    """The list of calls has the fault at the calls that it struck."""
    calls = tester.calls(client="load-app")
    assert [call["fault"] for call in calls] == [None, fault] * (CALLS // 2)
    return calls


# In place of the answer.


@both
@pytest.mark.parametrize(
    "fault, members, status, code",
    [
        ("status", {"status": 503, "retry_after": 7}, 503, None),
        ("oauth_error", {"error": "invalid_scope"}, 400, "invalid_scope"),
    ],
)
def test_another_answer(tester, app, other, name, fault, members, status, code):
    def is_struck(seen):
        told = code is None or f'"error":"{code}"' in seen.text
        return seen.status == status and told and (code or seen.retry_after == "7")

    alternates(tester, app, other, name, fault, is_struck, **members)
    assert [call["status"] for call in listed(tester, fault)] == [200, status] * 2


@both
def test_content_that_is_no_json(tester, app, other, name):
    def is_struck(seen):
        with pytest.raises(ValueError):
            httpx.Response(seen.status, text=seen.text).json()
        return seen.status == 200

    alternates(tester, app, other, name, "malformed", is_struck)
    listed(tester, "malformed")


RAISED = {
    "truncate": {"ssl": "Refused", "httpx": "RemoteProtocolError"},
    "reset": {"ssl": "Refused", "httpx": "ReadError"},
    "silence": {"ssl": "TimeoutError", "httpx": "ReadTimeout"},
}


@both
@pytest.mark.parametrize("fault", RAISED)
def test_no_answer_or_half_of_one(tester, app, other, name, fault):
    def is_struck(seen):
        return seen.raised == RAISED[fault][name]

    timeout = 1.5 if fault == "silence" else 15.0
    alternates(tester, app, other, name, fault, is_struck, timeout=timeout)
    expected = "token" if fault == "truncate" else "none"
    assert [call["outcome"] for call in listed(tester, fault)] == ["token", expected] * 2


@both
@pytest.mark.parametrize(
    "fault, members",
    [
        ("delay", {"milliseconds": 600}),
        ("trickle", {"bytes_per_second": 1000}),
    ],
)
def test_an_answer_that_comes_late(tester, app, other, name, fault, members):
    seen = alternates(tester, app, other, name, fault, is_token, **members)
    takes_its_time(seen)
    listed(tester, fault)


def takes_its_time(seen):
    """Half a second and more where the rule struck; the others are as fast as the machine is."""
    slow, fast = seen[1::2], seen[::2]
    assert all(one.seconds >= 0.5 for one in slow), seen
    assert min(one.seconds for one in fast) < min(one.seconds for one in slow), seen


# Limits, which count by themselves.


@both
def test_more_requests_than_a_rate_limit(tester, app, other, name):
    tester.add(client="load-app", fault="rate_limit", requests=2, seconds=600)
    seen = sequence(app, name)
    assert [one.status for one in seen] == [200, 200, 429, 429]
    assert all(1 <= int(one.retry_after) <= 600 for one in seen[2:])
    assert is_token(CLIENTS[name](other, 15.0, "1.3"))
    counted(tester, "rate_limit", 2)


@both
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_more_connections_than_a_limit(tester, app, other, name, version):
    tester.add(client="load-app", fault="connection_limit", connections=2)
    with app.server.connect(app.credential) as one, app.server.connect(app.credential) as two:
        expect.token(one.token(app.body))
        expect.token(two.token(app.body))
        seen = sequence(app, name, version=version, calls=3)
        # The handshake is complete for the client, and then the connection ends.
        raised = {"ssl": "Refused", "httpx": "RemoteProtocolError"}[name]
        assert [call.raised for call in seen] == [raised] * 3
        assert is_token(CLIENTS[name](other, 15.0, version))
        counted(tester, "connection_limit", 3)
    expect.eventually(lambda: is_token(CLIENTS[name](app, 15.0, version)), within=5)


# Handshakes.


@both
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_an_alert_in_place_of_a_connection(tester, app, other, name, version):
    def is_struck(seen):
        # The alert comes behind the handshake, where httpx hands on what TLS itself raises.
        return seen.raised == {"ssl": "Refused", "httpx": "SSLError"}[name]

    alternates(tester, app, other, name, "tls_alert", is_struck, version=version)


@both
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_handshake_that_takes_long(tester, app, other, name, version):
    members = {"milliseconds": 600, "version": version}
    takes_its_time(alternates(tester, app, other, name, "slow_handshake", is_token, **members))


# Tokens.


def what_is_wrong(app, token):
    """What a resource server finds wrong with a token, by the published keys; None for nothing."""
    keys = {key["kid"]: jwt.PyJWK(key).key for key in app.server.get("/oauth2/jwks").json["keys"]}
    key = keys.get(jwt.get_unverified_header(token)["kid"])
    if key is None:
        return "wrong_kid"
    try:
        options = {"verify_aud": False}
        claims = jwt.decode(token, key, algorithms=["ES256"], leeway=5, options=options)
    except jwt.InvalidSignatureError:
        return "wrong_signature"
    except jwt.ExpiredSignatureError:
        return "expired_token"
    bound = claims["cnf"]["x5t#S256"] == app.credential.thumbprint
    return None if bound else "wrong_cnf"


@both
@pytest.mark.parametrize("fault", ["expired_token", "wrong_cnf", "wrong_signature", "wrong_kid"])
def test_a_token_that_a_resource_server_must_refuse(tester, app, other, name, fault):
    seen = alternates(tester, app, other, name, fault, is_token)
    assert [what_is_wrong(app, one.token) for one in seen] == [None, fault] * 2
    assert what_is_wrong(other, CLIENTS[name](other, 15.0, "1.3").token) is None
    listed(tester, fault)


@both
def test_keys_that_change_under_way(tester, app, other, name):
    def keys():
        return {key["kid"] for key in app.server.get("/oauth2/jwks").json["keys"]}

    before = keys()
    seen = alternates(tester, app, other, name, "rotate_keys", is_token)
    # A rotation that is asked for while one is under way is that one.
    expect.eventually(lambda: before < keys() and len(keys() - before) <= CALLS // 2, within=5)
    listed(tester, "rotate_keys")
    # The latest tokens are under a key that was not there in the beginning.
    new = expect.eventually(lambda: kid_beyond(before, app), within=5)
    assert new in keys() and all(what_is_wrong(app, one.token) is None for one in seen)


def kid_beyond(known, app):
    kid = jwt.get_unverified_header(app.token())["kid"]
    return kid not in known and kid
