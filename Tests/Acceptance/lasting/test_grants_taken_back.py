# SPDX-License-Identifier: Apache-2.0
"""Commands that end grants and sessions, on all reactors within a second; those of others stay."""

import pytest

import expect
from grants import Browser, Shop

PASSWORD = "correct horse"


class Holder:
    """What one user has of one shop: a session, a family, a code that waits."""

    def __init__(self, shop, user):
        self.shop = shop
        self.browser = Browser(shop, user, PASSWORD)
        self.members = expect.token(shop.exchange(self.browser.code()))
        self.code = self.browser.code()

    @property
    def tokens(self):
        return self.members["access_token"], self.members["refresh_token"]

    def shows(self):
        """Whether she is signed in, by any reactor."""
        self.browser.close()
        return self.browser.shows()

    def has_all(self):
        self.shop.reads(*self.tokens)
        assert all(self.shows() for _ in range(6))
        rotated = expect.token(self.shop.refresh(self.members["refresh_token"]))
        self.members["refresh_token"] = rotated["refresh_token"]

    def has_lost_grants(self):
        self.shop.comes_to_refuse(*self.tokens)
        for _ in range(6):
            expect.error(self.shop.refresh(self.members["refresh_token"]), "invalid_grant")
            expect.error(self.shop.exchange(self.code), "invalid_grant")

    def has_lost_all(self):
        for _ in range(6):
            expect.eventually(lambda: not self.shows())
        assert self.browser.submit("allow").status != 303
        self.has_lost_grants()


@pytest.fixture
def holders(server, pki, request):
    """Ann and Bob, each with two shops: `ann-a`, `ann-b`, `bob-a`, `bob-b`; names of this test."""
    word = request.node.callspec.id if hasattr(request.node, "callspec") else "client"
    shops = {name: Shop(server, pki, f"{name}-{word}", "--refresh-rotation", "on") for name in "ab"}
    for user in ("ann", "bob"):
        server.add_user(f"{user}-{word}", PASSWORD)
    last = {"grant_type": "password", "username": f"bob-{word}", "password": PASSWORD}
    expect.everywhere(lambda: shops["b"].ask(**last), 200)
    made = {
        f"{user}-{name}": Holder(shops[name], f"{user}-{word}")
        for user in ("ann", "bob") for name in "ab"
    }  # fmt: skip
    yield word, made
    for one in made.values():
        one.browser.close()


COMMANDS = {
    "revoke": (["token", "revoke", "--user"], None),
    "disable": (["user", "disable"], None),
    "password": (["user", "password"], "battery staple\n"),
    "remove": (["user", "remove"], None),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_users_grants_and_sessions_end_by_command(server, holders, command):
    word, made = holders
    for one in made.values():
        one.has_all()
    words, text = COMMANDS[command]
    more = ["--password-stdin"] if text else []
    server.handfast(*words, f"ann-{word}", *more, text_input=text)
    for name in ("ann-a", "ann-b"):
        made[name].has_lost_all()
    for name in ("bob-a", "bob-b"):
        made[name].has_all()
        expect.token(made[name].shop.exchange(made[name].code))


def test_a_clients_grants_end_by_command_and_sessions_stay(server, holders):
    word, made = holders
    for one in made.values():
        one.has_all()
    server.handfast("token", "revoke", "--client", f"a-{word}")
    for name in ("ann-a", "bob-a"):
        made[name].has_lost_grants()
        assert made[name].shows()
    for name in ("ann-b", "bob-b"):
        made[name].has_all()
        expect.token(made[name].shop.exchange(made[name].code))
    # The user, who is signed in still, may grant it access anew.
    expect.next_second()
    new = expect.token(made["ann-a"].shop.exchange(made["ann-a"].browser.code()))
    made["ann-a"].shop.reads(new["access_token"], new["refresh_token"])


def test_what_was_taken_back_stays_so_after_kill_9(fresh, pki):
    server = fresh().start()
    server.add_user("ann", PASSWORD)
    shop = Shop(server, pki, "shop")
    lost = Holder(shop, "ann")
    server.handfast("token", "revoke", "--user", "ann")
    server.kill()
    server.start()
    lost.has_lost_all()
    lost.browser.close()
