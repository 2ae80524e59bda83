# SPDX-License-Identifier: Apache-2.0
"""Rows of grants that have ended go away, and tokens without a grant that lasts leave none."""

import time

import expect
from database import contents, transaction
from grants import TABLES, rows
from releases import ROUNDS

NONE = dict.fromkeys(TABLES, 0)
# The columns by which rows of a minute or longer end.
ENDS = {
    "authorization_code": "kept_until",
    "pushed_request": "expires_at",
    "revoked_token": "until",
}
REQUESTS = 3_000


def pushed(shop):
    """A pushed authorization request (RFC 9126)."""
    answer = shop.server.token(shop.authorizing, shop.credential, target="/oauth2/par")
    assert answer.status == 201, answer.body


def test_after_their_ends_the_tables_are_empty(fresh, opened):
    server = fresh().start()
    shop = opened(server, "short", "--refresh-lifetime", "2", "--token-lifetime", "2")
    for _ in range(20):
        members = expect.token(shop.exchange(shop.browser.code()))
        assert shop.revoke(members["access_token"]).status == 200
        shop.browser.code()
        pushed(shop)
        assert shop.revoke(shop.token()).status == 200
    found = rows(server.data)
    assert found["authorization_code"] == 40 and found["pushed_request"] == 20
    assert found["refresh_family"] > 0 and found["revoked_token"] > 0
    if not ROUNDS:
        # A minute and more goes by in no other way: removal goes by the slower of two clocks.
        with transaction(server.data) as database:
            for table, end in ENDS.items():
                database.execute(f"UPDATE {table} SET {end} = {end} - 3600")
    expect.eventually(lambda: rows(server.data) == NONE, within=130 if ROUNDS else 5)
    # The twin: those that have not ended are there.
    lasting = opened(server, "long", user="bob")
    expect.token(lasting.exchange(lasting.browser.code()))
    time.sleep(2.5)
    assert rows(server.data) == {**NONE, "authorization_code": 1, "refresh_family": 1}


def test_client_credentials_leave_nothing_in_the_database(fresh, opened):
    server = fresh().start()
    shop = opened(server, "many")
    expect.token(shop.exchange(shop.browser.code()))
    lines = shop.lines(10)
    before = contents(server.data)
    for _ in range(REQUESTS // len(lines)):
        for answer in shop.at_once(lines, shop.body):
            assert answer.status == 200
    for line in lines:
        line.close()
    time.sleep(1.5)
    assert contents(server.data) == before
