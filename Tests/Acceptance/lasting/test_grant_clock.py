# SPDX-License-Identifier: Apache-2.0
"""The clock goes forwards and backwards under grants that last: their times are judged by it."""

import pytest

import expect
from clock import Timed
from database import transaction

DAY = 86_400
GRACE = 10


@pytest.fixture(scope="module")
def lasting(pki):
    return pki.short_lived("lasting-clock", DAY, start=-7200)


@pytest.fixture
def timed(tmp_path):
    with Timed(tmp_path, "store") as server:
        yield server
        assert server.stop() == 0, server.log


@pytest.fixture
def shop(timed, opened, lasting):
    """Registered long ago: what is granted before a client or a user was registered is dead."""

    def make(*options):
        made = opened(timed, "shop", "--refresh-rotation", "on", *options, credential=lasting)
        with transaction(timed.data) as database:
            database.execute("UPDATE client SET tokens_valid_from = 0")
            database.execute("UPDATE user SET tokens_valid_from = 0")
        return made

    return make


def test_a_code_is_good_for_a_minute_of_the_clock(timed, shop):
    one = shop()
    first, second, third = (one.browser.code() for _ in range(3))
    timed.clock.move(45)
    expect.token(one.exchange(first))
    timed.clock.move(61)
    expect.error(one.exchange(second), "invalid_grant")
    # Back, it is good again, once; and one that was used stays so.
    timed.clock.move(-600)
    expect.token(one.exchange(third))
    timed.clock.move(0)
    expect.token(one.exchange(second))
    for code in (first, second, third):
        expect.error(one.exchange(code), "invalid_grant")


@pytest.mark.parametrize("seconds", [1, 30])
def test_a_code_is_refused_again_after_a_while(timed, shop, seconds):
    """GR-03, GR-04."""
    one = shop()
    code = one.browser.code()
    members = expect.token(one.exchange(code))
    timed.clock.move(seconds)
    expect.error(one.exchange(code), "invalid_grant")
    one.comes_to_refuse(members["access_token"])
    expect.error(one.refresh(members["refresh_token"]), "invalid_grant")


def test_refresh_tokens_end_by_the_clock(timed, shop):
    one = shop("--refresh-lifetime", "3000", "--refresh-idle", "1000")
    token = expect.token(one.exchange(one.browser.code()))["refresh_token"]
    for moment in (900, 1800, 2700):
        timed.clock.move(moment)
        token = expect.token(one.refresh(token))["refresh_token"]
    # Used, but the grant is over.
    timed.clock.move(3010)
    expect.error(one.refresh(token), "invalid_grant")
    one.refuses(token)
    timed.clock.move(0)
    token = expect.token(one.exchange(one.browser.code()))["refresh_token"]
    # Not used for too long; that ends nothing for good while the clock may have been wrong.
    timed.clock.move(1010)
    expect.error(one.refresh(token), "invalid_grant")
    timed.clock.move(900)
    one.reads(expect.token(one.refresh(token))["refresh_token"])


@pytest.mark.parametrize("direction", [1, -1])
def test_a_lost_answer_is_given_again_for_some_seconds_of_the_clock(timed, shop, direction):
    one = shop()
    token = expect.token(one.exchange(one.browser.code()))["refresh_token"]
    successor = expect.token(one.refresh(token))["refresh_token"]
    timed.clock.move(direction * GRACE // 2)
    assert expect.token(one.refresh(token))["refresh_token"] == successor
    one.reads(successor)
    timed.clock.move(direction * GRACE * 3)
    expect.error(one.refresh(token), "invalid_grant")
    one.refuses(successor)
    timed.clock.move(0)
    one.refuses(successor)
    expect.error(one.refresh(successor), "invalid_grant")


def test_a_session_ends_by_the_clock(timed, shop):
    browser = shop().browser
    timed.clock.move(8 * 3600 - 60)
    assert browser.shows()
    timed.clock.move(8 * 3600 + 60)
    assert not browser.shows()
    timed.clock.move(0)
    assert browser.shows()


def test_what_was_revoked_stays_so_while_the_clock_is_wrong(timed, shop):
    """A clock that jumps ahead past their end, and comes back: none has been forgotten."""
    one = shop("--token-lifetime", "600")
    kept = one.token()
    dead = [one.token() for _ in range(100)]
    members = expect.token(one.exchange(one.browser.code()))
    dead.append(members["access_token"])
    for token in [*dead[:-1], members["refresh_token"]]:
        assert one.revoke(token).status == 200
    timed.clock.move(7200)
    for _ in range(3):
        # The writer looks for what has ended every second.
        expect.next_second()
    for moment in (0, -3600, 0):
        timed.clock.move(moment)
        one.refuses(*dead, members["refresh_token"])
        expect.error(one.refresh(members["refresh_token"]), "invalid_grant")
    one.reads(kept)
    timed.kill()
    timed.start()
    one.refuses(*dead, members["refresh_token"])
    one.reads(kept)
