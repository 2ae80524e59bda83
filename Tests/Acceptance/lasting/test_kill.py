# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random instants under codes, refreshes and revocations: what was said stays so."""

import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import expect
from grants import Browser, rounds
from wire import Refused

PASSWORD = "correct horse"

SEED = 20_261_130
# Longer than a restart takes: a rotation whose answer was lost is answered once more.
ENVIRONMENT = {"HANDFAST_TOKENS_REFRESH_GRACE_SECONDS": "300"}


class Worker:
    """Requests on one connection, one after the other, and what was acknowledged of them."""

    def __init__(self, shop, seed):
        self.shop = shop
        self.browser = Browser(shop, f"user {seed}", PASSWORD)
        self.chance = random.Random(seed)
        self.acknowledged = 0

    def run(self):
        """Until the server is gone; an answer that is none ends the test."""
        try:
            with self.shop.server.connect(self.shop.credential) as line:
                while True:
                    self.once(line)
                    self.acknowledged += 1
        except (OSError, Refused):
            return


class Refresher(Worker):
    """Refreshes one family again and again."""

    def __init__(self, shop, seed):
        super().__init__(shop, seed)
        self.begin()

    def begin(self):
        members = expect.token(self.shop.exchange(self.browser.code()))
        self.tokens, self.access = [members["refresh_token"]], [members["access_token"]]

    def once(self, line):
        members = expect.token(line.token(self.shop.refreshing(self.tokens[-1])))
        assert members["refresh_token"] not in self.tokens
        self.tokens.append(members["refresh_token"])
        self.access.append(members["access_token"])

    def check(self, line):
        """The last successor works, and an earlier one than its predecessor ends everything."""
        self.once(line)
        for token in [*self.access[-3:], self.tokens[-1]]:
            assert self.shop.is_active(token, line)
        if len(self.tokens) > 4 and self.chance.random() < 0.3:
            old = self.chance.choice(self.tokens[:-3])
            expect.error(line.token(self.shop.refreshing(old)), "invalid_grant")
            for token in [*self.access[-3:], *self.tokens[-3:]]:
                assert not self.shop.is_active(token, line)
            self.begin()


class Buyer(Worker):
    """Gets codes, and exchanges most of them."""

    def __init__(self, shop, seed):
        super().__init__(shop, seed)
        self.begin()

    def begin(self):
        self.unused, self.used, self.asked = [], [], None

    def once(self, line):
        code = self.browser.code()
        if self.chance.random() < 0.3:
            self.unused.append(code)
            return
        self.asked = code
        members = expect.token(line.token(self.shop.exchanging(code)))
        self.asked = None
        self.used.append((code, members))

    def check(self, line):
        """Each code that nothing was said of is good for one use, and no other is."""
        for code in self.unused:
            self.used.append((code, expect.token(line.token(self.shop.exchanging(code)))))
        for code, members in self.used:
            assert self.shop.is_active(members["access_token"], line)
            expect.error(line.token(self.shop.exchanging(code)), "invalid_grant")
            for name in ("access_token", "refresh_token"):
                assert not self.shop.is_active(members[name], line)
        if self.asked:
            # Used or not, but not twice.
            answers = [line.token(self.shop.exchanging(self.asked)).status for _ in range(2)]
            assert answers in ([200, 400], [400, 400])
        self.begin()


class Revoker(Worker):
    """Has grants and access tokens revoked."""

    def __init__(self, shop, seed):
        super().__init__(shop, seed)
        self.dead = []

    def once(self, line):
        if self.chance.random() < 0.5:
            tokens = [expect.token(line.token(self.shop.body))["access_token"]]
        else:
            members = expect.token(line.token(self.shop.exchanging(self.browser.code())))
            tokens = [members["refresh_token"], members["access_token"]]
        parameters = self.shop.revoking(tokens[0])
        answer = line.token(parameters, target=parameters.pop("target"))
        assert answer.status == 200, answer.body
        self.dead += tokens

    def check(self, line):
        for token in self.dead[-100:]:
            assert not self.shop.is_active(token, line)


@pytest.mark.endurance
@pytest.mark.smoke
def test_nothing_that_was_acknowledged_is_lost(fresh, opened):
    server = fresh(env=ENVIRONMENT).start()
    kinds = [Refresher, Refresher, Refresher, Buyer, Buyer, Revoker]
    # A user each: of the families of one client and user a hundred are kept.
    for number in range(len(kinds)):
        server.add_user(f"user {SEED + number}", PASSWORD)
    shop = opened(server, "shop", "--refresh-rotation", "on")
    workers = [kind(shop, SEED + number) for number, kind in enumerate(kinds)]
    chance, starts = random.Random(SEED), []
    print(f"seed {SEED}")
    for _ in range(rounds(6)):
        with ThreadPoolExecutor(len(workers)) as pool:
            running = [pool.submit(worker.run) for worker in workers]
            time.sleep(chance.uniform(0.03, 0.5))
            server.kill()
            for one in running:
                one.result()
        began = time.monotonic()
        server.start()
        starts.append(time.monotonic() - began)
        with server.connect(shop.credential) as line:
            for worker in workers:
                worker.check(line)
    for worker in workers:
        assert worker.acknowledged > len(starts)
    done = sum(worker.acknowledged for worker in workers)
    print(f"{len(starts)} kills, {done} acknowledged;", end=" ")
    longest = max(starts)
    print(f"ready after {statistics.median(starts):.3f} s,", end=" ")
    print(f"{longest:.3f} s at most, after kill {starts.index(longest) + 1}")
