# SPDX-License-Identifier: Apache-2.0
"""More changes of grants than may wait, on a disk that hangs: refused at once, and told when."""

import pytest

import expect
from allocations import library
from wire import Connection

# Waiting writes, and those of the transaction under way.
FULL = 8_192 + 1_024
# A client that goes away while its last bytes are under way may be reset, and its request lost.
SENT_MAX = 3 * FULL
FULL_CHECK = '"check":"grant-queue"'
# Of the first requests and of the last ones, whose answers are read.
KEPT = 50


@pytest.fixture
def hanging(fresh, tmp_path):
    """A server whose disk hangs while a file is there; requests may wait long there."""
    file = tmp_path / "hanging"
    env = {
        "LD_PRELOAD": str(library("hanging_sync.c", tmp_path)), "HANDFAST_HANG": str(file),
        "HANDFAST_LIMITS_REQUEST_SECONDS": "600",
    }  # fmt: skip
    yield fresh(env=env).start(), file
    file.unlink(missing_ok=True)


class Crowd:
    """Revocations on connections of their own, most of whose clients go away at once."""

    def __init__(self, shop, token):
        self.shop, self.asking = shop, shop.revoking(token)
        self.first = shop.server.connect(shop.credential)
        expect.token(self.first.token(shop.body))
        self.taken = [self.send() for _ in range(KEPT)]
        self.fill()
        self.refused = [self.send() for _ in range(KEPT)]

    def fill(self):
        """Sends until the queue refuses, which a hanging disk then does for good."""
        for number in range(SENT_MAX):
            if number % 100 == 0 and FULL_CHECK in self.shop.server.log:
                return
            self.send().close()
        expect.logged(self.shop.server, FULL_CHECK, within=10)

    def send(self):
        """One more; the server does not look at its connection again before the answer."""
        line = Connection(
            self.shop.server.address, context=self.first.context, session=self.first.session,
            timeout=60,
        )  # fmt: skip
        self.shop.sent([line], self.asking)
        return line

    def close(self):
        for line in [*self.taken, *self.refused, self.first]:
            line.close()


def refused(answer):
    members = expect.error(answer, "temporarily_unavailable", 503)
    assert members["error_description"] == "too many requests are waiting"
    assert int(answer.header("retry-after")) > 0


@pytest.mark.endurance
def test_a_full_queue_refuses_at_once_and_loses_nothing_that_it_took(hanging, opened):
    server, file = hanging
    shop = opened(server, "shop", "--refresh-rotation", "on")
    steady = expect.token(shop.exchange(shop.browser.code()))
    token, late = shop.token(), shop.token()
    file.touch()
    crowd = Crowd(shop, token)
    for line in crowd.refused:
        refused(line.read())
    # Another token of the client cannot be revoked either, and it stays good.
    refused(shop.revoke(late))
    refused(shop.refresh(steady["refresh_token"]))
    # New tokens and introspection need no room in the queue.
    shop.reads(shop.token(), late, steady["access_token"])
    file.unlink()
    # There is room again, and all that waited is done.
    assert {line.read().status for line in crowd.taken} == {200}
    expect.eventually(lambda: shop.revoke(late).status == 200, within=10)
    shop.comes_to_refuse(late, token)
    expect.token(shop.refresh(steady["refresh_token"]))
    crowd.close()
