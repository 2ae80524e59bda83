# SPDX-License-Identifier: Apache-2.0
"""Nodes behind PgBouncer in transaction mode, where no two transactions need have one session."""

import expect
import pytest
from grants import Shop
from parties import Caller
from postgres import Pooler, issued_everywhere, switched_in_turns

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def pooled(fleet, cluster):
    """Two nodes that reach the store through the pooler."""
    pooler = Pooler(cluster, cluster.folder.parent / "pooler").start()
    started = []
    for _ in range(2):
        node = fleet.node()
        node.env["HANDFAST_STORE_URL"] = pooler.url(fleet.name)
        started.append(node.start())
    yield started
    for node in started:
        assert node.running, node.log
        node.kill()
    pooler.stop()


def test_changes_and_grants_go_through_a_pooler(pooled, pki):
    one, two = pooled
    caller = Caller(one, pki, "pooled")
    issued_everywhere(pooled, caller)
    switched_in_turns(pooled, caller, 5)
    one.handfast("user", "add", "ann", "--password-stdin", text_input=PASSWORD + "\n")
    shop = Shop(one, pki, "shop", "--refresh-rotation", "on")
    issued_everywhere(pooled, shop)
    login = shop.logging_in("ann", PASSWORD)
    token = expect.token(one.token(login, shop.credential))["refresh_token"]
    for turn in range(20):
        answer = pooled[turn % 2].token(shop.refreshing(token), shop.credential)
        older, token = token, expect.token(answer)["refresh_token"]
    # The twin: one that was replaced, once its successor was used.
    token = expect.token(two.token(shop.refreshing(token), shop.credential))["refresh_token"]
    expect.error(one.token(shop.refreshing(older), shop.credential), "invalid_grant")
    assert one.handfast("audit", "verify").stdout.startswith("whole:")
    assert not any("prepared" in node.log for node in pooled)
