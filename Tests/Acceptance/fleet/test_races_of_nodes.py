# SPDX-License-Identifier: Apache-2.0
"""Races of two and three nodes for one code, refresh token or assertion, by the thousand."""

import contextlib

import expect
import pytest
from assertions import Signer, asserting
from figures import chance, often, told
from grants import Browser, Shop
from postgres import issued_everywhere
from wire import FORM, form, message

PASSWORD = "correct horse"
# A line for each reactor, as far as connections can tell.
LINES = 2


class Race:
    """Open connections to three nodes; the same request on those of two or three at once."""

    def __init__(self, nodes, credential, name):
        self.luck = chance(name)
        self.lines = [[node.connect(credential) for _ in range(LINES)] for node in nodes]
        # Races by how many nodes took part, and those of which a busy node refused a part.
        self.sizes, self.refused = {2: 0, 3: 0}, 0

    def run(self, parameters):
        """The answers but for refusals for now, in the order in which the requests were sent."""
        size = self.luck.choice((2, 3))
        chosen = [line for lines in self.luck.sample(self.lines, size) for line in lines]
        self.luck.shuffle(chosen)
        request = message("POST", "/oauth2/token", form(parameters), [("Content-Type", FORM)])
        for line in chosen:
            line.send(request)
        answers = [line.read() for line in chosen]
        decided = [one for one in answers if one.status != 503]
        if len(decided) == len(answers):
            self.sizes[size] += 1
        else:
            self.refused += 1
        return decided

    def count(self):
        """Races in which every request was answered."""
        return sum(self.sizes.values())

    def one_wins(self, parameters, error):
        """A race, and the answer that won; None where a node that is busy may have had it."""
        refused = self.refused
        won = winners(self.run(parameters), error)
        assert len(won) == 1 or not won and self.refused > refused
        return won[0] if won else None

    def close(self):
        for lines in self.lines:
            for line in lines:
                line.close()

    def said(self):
        return (
            f"{self.sizes[2]} of two nodes, {self.sizes[3]} of three; "
            f"{self.refused} with a refusal for now"
        )


@pytest.fixture(scope="module")
def three(fleet, nodes):
    return [*nodes, fleet.node().start()]


@contextlib.contextmanager
def racing(three, pki, name, *options):
    three[0].handfast("user", "add", name, "--password-stdin", text_input=PASSWORD + "\n")
    shop = Shop(three[0], pki, f"races-{name}", *options)
    issued_everywhere(three, shop)
    browser, race = Browser(shop, name, PASSWORD), Race(three, shop.credential, name)
    try:
        yield shop, browser, race
    finally:
        race.close()
        browser.close()


def winners(answers, error):
    """Those that got tokens; all others must have got this error."""
    won = [answer for answer in answers if answer.status == 200]
    for answer in answers:
        if answer.status != 200:
            expect.error(answer, error)
    return won


def test_races_for_a_code_have_one_winner_each(three, pki):
    with racing(three, pki, "ann") as (shop, browser, race):
        while race.count() < often(25, 10_000):
            code = browser.code()
            if race.one_wins(shop.exchanging(code), "invalid_grant") and race.count() % 10 == 0:
                # The twin: later none wins.
                expect.error(shop.exchange(code), "invalid_grant")
        told(f"{race.count()} codes", f"one winner each ({race.said()})")


def test_races_for_a_refresh_token_have_one_successor_each(three, pki):
    with racing(three, pki, "bob", "--refresh-rotation", "on") as (shop, browser, race):
        older, token = None, expect.token(shop.exchange(browser.code()))["refresh_token"]
        while race.count() < often(25, 10_000):
            answers = [expect.token(one) for one in race.run(shop.refreshing(token))]
            successors = {one["refresh_token"] for one in answers}
            assert len(successors) <= 1 and token not in successors
            if successors:
                older, token = token, successors.pop()
        told(f"{race.count()} refresh tokens", f"one successor each ({race.said()})")
        # The twin: one before the last two is refused, and ends the family.
        token = expect.token(shop.refresh(token))["refresh_token"]
        for one in (older, token):
            assert winners(race.run(shop.refreshing(one)), "invalid_grant") == []


def test_without_a_grace_a_refresh_token_has_one_winner_at_most(fleet, three, pki):
    strict = [
        fleet.node(env={"HANDFAST_TOKENS_REFRESH_GRACE_SECONDS": "0"}).start() for _ in range(3)
    ]
    with racing(strict, pki, "eve", "--refresh-rotation", "on") as (shop, browser, race):
        won = 0
        for _ in range(often(10, 1_000)):
            first = expect.token(shop.exchange(browser.code()))["refresh_token"]
            answers = winners(race.run(shop.refreshing(first)), "invalid_grant")
            assert len(answers) <= 1
            won += len(answers)
            # RFC 9700 §4.14.2: a second use ends what the first one got.
            for token in [first, *(expect.token(one)["refresh_token"] for one in answers)]:
                expect.error(shop.refresh(token), "invalid_grant")
        told(
            f"{often(10, 1_000)} refresh tokens without a grace",
            f"{won} with a winner, none with two ({race.said()})",
        )
    for node in strict:
        node.kill()


def test_races_for_an_assertion_have_one_winner_each(three, tmp_path):
    signer = Signer(three[0], tmp_path, "ES256", "races-signs")
    for node in three:
        expect.eventually(lambda n=node: n.token(asserting(signer.sign())).status == 200)
    race = Race(three, None, "assertions")
    try:
        while race.count() < often(25, 10_000):
            parameters = asserting(signer.sign())
            if race.one_wins(parameters, "invalid_client") and race.count() % 10 == 0:
                # The twin: later none wins.
                expect.error(three[0].token(parameters), "invalid_client")
    finally:
        race.close()
    told(f"{race.count()} assertions", f"one winner each ({race.said()})")

