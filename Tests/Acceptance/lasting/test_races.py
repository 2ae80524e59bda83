# SPDX-License-Identifier: Apache-2.0
"""One code, and one refresh token, used by fifty at the same moment on both reactors."""

import contextlib

import pytest

import expect
from grants import rounds

MANY = 50


@contextlib.contextmanager
def lines_of(shop):
    lines = shop.lines(MANY)
    try:
        yield lines
    finally:
        for line in lines:
            line.close()


@pytest.mark.smoke
def test_of_fifty_uses_of_a_code_one_gets_tokens_that_the_others_end(server, opened):
    shop = opened(server, "codes")
    with lines_of(shop) as lines:
        for _ in range(rounds(6)):
            answers = shop.at_once(lines, shop.exchanging(shop.browser.code()))
            won = [expect.token(answer) for answer in answers if answer.status == 200]
            assert len(won) == 1
            for answer in answers:
                if answer.status != 200:
                    expect.error(answer, "invalid_grant")
            # RFC 6749 §4.1.2: a second use ends what the first one got.
            shop.refuses(won[0]["access_token"], won[0]["refresh_token"])
            expect.error(shop.refresh(won[0]["refresh_token"]), "invalid_grant")
    # The twin: a code that is used once.
    members = expect.token(shop.exchange(shop.browser.code()))
    shop.reads(members["access_token"], members["refresh_token"])


@pytest.mark.smoke
def test_fifty_uses_of_a_refresh_token_give_one_successor(server, opened):
    shop = opened(server, "rotating", "--refresh-rotation", "on", user="bob")
    with lines_of(shop) as lines:
        token = shop.log_in("bob", shop.password)["refresh_token"]
        for _ in range(rounds(6)):
            answers = shop.at_once(lines, shop.refreshing(token))
            # All are within the seconds in which an answer may have been lost.
            members = [expect.token(answer) for answer in answers]
            successors = {one["refresh_token"] for one in members}
            assert len(successors) == 1 and token not in successors
            assert len({one["access_token"] for one in members}) == MANY
            shop.reads(members[0]["access_token"], members[-1]["access_token"])
            token = successors.pop()
    shop.reads(token)


def test_without_a_grace_a_second_use_ends_the_family(fresh, opened):
    server = fresh(env={"HANDFAST_TOKENS_REFRESH_GRACE_SECONDS": "0"}).start()
    shop = opened(server, "strict", "--refresh-rotation", "on")
    with lines_of(shop) as lines:
        for _ in range(rounds(6)):
            first = expect.token(shop.exchange(shop.browser.code()))
            answers = shop.at_once(lines, shop.refreshing(first["refresh_token"]))
            won = [expect.token(answer) for answer in answers if answer.status == 200]
            assert len(won) <= 1
            for answer in answers:
                if answer.status != 200:
                    expect.error(answer, "invalid_grant")
            for members in [first, *won]:
                shop.refuses(members["access_token"], members["refresh_token"])
                expect.error(shop.refresh(members["refresh_token"]), "invalid_grant")
    # The twin: one after the other, each once.
    token = shop.log_in("ann", shop.password)["refresh_token"]
    for _ in range(3):
        token = expect.token(shop.refresh(token))["refresh_token"]
    shop.reads(token)


def test_a_revocation_beside_uses_leaves_nothing_alive(server, opened):
    """Whichever comes first: after the answer to the revocation nothing of the grant is good."""
    shop = opened(server, "ended", "--refresh-rotation", "on", user="eve")
    other = shop.log_in("eve", shop.password)
    with lines_of(shop) as lines:
        half = MANY // 2
        for number in range(rounds(6)):
            token = shop.log_in("eve", shop.password)["refresh_token"]
            uses = shop.sent(lines[:half], shop.refreshing(token))
            ends = shop.sent(lines[half : half + 1 + number % 3], shop.revoking(token))
            uses += shop.sent(lines[half + 3 :], shop.refreshing(token))
            for end in ends:
                assert end.read().status == 200
            for use in uses:
                answer = use.read()
                if answer.status != 200:
                    expect.error(answer, "invalid_grant")
                    continue
                members = expect.token(answer)
                shop.refuses(members["access_token"], members["refresh_token"])
    shop.reads(other["access_token"], other["refresh_token"])
