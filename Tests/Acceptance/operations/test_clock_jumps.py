# SPDX-License-Identifier: Apache-2.0
"""The clock of a running server jumps (threat 46): no connection ends, no token is expired."""

import contextlib
import itertools

import pytest

import expect
from clock import Timed
from database import transaction
from parties import Caller
from wire import VERSIONS, Connection

JUMPS = [3600, 0, -3600, 0] * 10
LIFETIME = 600
KINDS = {"jwt": (), "sealed": ("--token-format", "sealed"), "again": ("--reuse-window", "30")}


@pytest.fixture(scope="module")
def lasting(pki):
    """A certificate that is good at every time that a clock shows here."""
    return pki.short_lived("lasting", 86_400, start=-7200)


@pytest.fixture(scope="module", params=["tickets", "store"])
def timed(request, tmp_path_factory):
    with Timed(tmp_path_factory.mktemp(f"timed-{request.param}"), request.param) as server:
        yield server
        assert server.running, server.log
        assert server.stop() == 0, server.log


def registered_long_ago(server):
    """The clients count as such: what is issued before a client was registered is not its own."""
    with transaction(server.data) as database:
        database.execute("UPDATE client SET tokens_valid_from = 0")


@pytest.fixture(scope="module")
def callers(timed, pki, lasting):
    lifetime = ("--token-lifetime", str(LIFETIME))
    made = [
        Caller(timed, pki, kind, *lifetime, *more, credential=lasting)
        for kind, more in KINDS.items()
    ]
    registered_long_ago(timed)
    return made


@pytest.fixture(scope="module")
def api(timed, pki, lasting):
    return Caller(timed, pki, "api", "--introspect", credential=lasting)


@pytest.fixture
def clock(timed):
    yield timed.clock
    timed.clock.move(0)


def test_clients_go_on_and_their_tokens_are_fresh(timed, clock, callers, api, lasting):
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(timed.connect(lasting, version)) for version in VERSIONS]
        for jump in JUMPS:
            clock.move(jump)
            for caller, connection in itertools.product(callers, kept):
                members = expect.token(connection.token(caller.body))
                said = expect.active(api.introspect(members["access_token"]))
                # One that is handed out again is 30 s old at most.
                assert -1 <= clock.now - said["iat"] <= 30
                assert said["exp"] - said["iat"] == LIFETIME
                assert abs(said["exp"] - clock.now - members["expires_in"]) <= 5


def test_handshakes_and_sessions_over_a_jump(timed, clock, callers, lasting):
    """One that begins after it, and one that resumes a session from before it."""
    body = callers[0].body
    for version in VERSIONS:
        with timed.connect(lasting, version) as first:
            expect.token(first.token(body))
            for jump in JUMPS[:4]:
                clock.move(jump)
                expect.token(timed.token(body, lasting, version))
                with Connection(
                    timed.address, context=first.context, session=first.session
                ) as again:
                    expect.token(again.token(body))


def test_what_is_under_way_is_finished(timed, clock, callers, lasting):
    """Deadlines go by another clock: neither an idle nor a slow connection is ended early."""
    body = f"grant_type=client_credentials&client_id={callers[0].client_id}"
    head = (
        "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with timed.connect(lasting) as slow, timed.connect(lasting) as idle:
        expect.token(idle.token(callers[0].body))
        for jump, part in zip(JUMPS, [head[:30], head[30:], body[:9], body[9:]], strict=False):
            slow.send(part)
            clock.move(jump)
        expect.token(slow.read())
        clock.move(3600)
        expect.token(idle.token(callers[0].body))


def test_a_token_of_before_is_judged_by_the_time_now(clock, callers, api):
    """Forward it is over, back it is good again: its own times say so, not when it was made."""
    for caller in callers:
        token = caller.token()
        clock.move(LIFETIME + 60)
        expect.inactive(api.introspect(token))
        clock.move(0)
        expect.active(api.introspect(token))


@pytest.mark.parametrize("form", ["jwt", "sealed"])
def test_a_clock_that_goes_back_behind_the_keys(tmp_path, pki, lasting, form):
    """A machine that came up with a clock an hour ahead, and was then put right."""
    server = Timed(tmp_path, "store")
    try:
        server.start()
        caller = Caller(server, pki, "behind", "--token-format", form, credential=lasting)
        server.clock.move(-3600)
        expect.token(caller.ask())
    finally:
        server.kill()


def test_what_was_taken_back_stays_so_when_the_clock_goes_back(timed, clock, callers, api, pki):
    """It fails closed: so do the tokens of a client that, by the clock, is not registered yet."""
    new = Caller(timed, pki, "new", credential=callers[0].credential)
    kept = callers[0].token()
    token = new.token()
    timed.handfast("token", "revoke", "--client", new.name)
    expect.eventually(lambda: api.introspect(token).body == expect.INACTIVE)
    clock.move(-3600)
    expect.inactive(api.introspect(token))
    expect.inactive(api.introspect(new.token()))
    expect.active(api.introspect(kept))
    clock.move(0)
    expect.inactive(api.introspect(token))
