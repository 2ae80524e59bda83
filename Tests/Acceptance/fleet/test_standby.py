# SPDX-License-Identifier: Apache-2.0
"""A primary and its synchronous standby under load: frozen, crashed and promoted."""

import time

import expect
import pytest
from figures import chance, often, spread, told

pytestmark = pytest.mark.waiting


@pytest.mark.endurance
def test_a_promotion_loses_nothing_and_brings_nothing_back(replicated, traffic):
    pair = replicated
    luck, recoveries = chance("promotion"), []
    traffic.clear()
    for _ in range(often(2, 20)):
        with traffic.running():
            time.sleep(luck.uniform(0.3, 1.5))
            pair.primary.crash()
            crashed = time.monotonic()
            time.sleep(luck.uniform(0.0, 1.5))
            promoted = pair.promote()
            recoveries.append(max(0.0, traffic.recovers(crashed) - promoted))
        traffic.check()
        pair.follow()
    assert traffic.slowest_refusal() < 2 * expect.PATIENCE
    assert max(recoveries) < 5 * expect.PATIENCE
    told(
        f"{len(recoveries)} promotions",
        f"{traffic.tally()}; rows are back {spread(recoveries)} after the promotion, "
        f"refusals {traffic.refusals()}",
    )
    for one in traffic.rotations:
        one.ends_by_an_old_one(luck)


@pytest.mark.endurance
@pytest.mark.parametrize("which", ["primary", "standby", "both"])
def test_frozen_servers_hold_up_nothing_that_needs_no_row(replicated, traffic, which):
    frozen = {
        "primary": [replicated.primary],
        "standby": [replicated.standby],
        "both": [replicated.primary, replicated.standby],
    }[which]
    traffic.clear()
    with traffic.running():
        before = [len(one.refused) for one in traffic.rotations]
        time.sleep(0.3)
        for one in frozen:
            one.freeze()
        try:
            time.sleep(often(3, 30))
        finally:
            for one in frozen:
                one.thaw()
        thawed = time.monotonic()
        recovered = max(0.0, traffic.recovers(thawed) - thawed)
        after = [len(one.refused) for one in traffic.rotations]
    # A commit waits for the standby too: nothing is acknowledged that it does not have.
    assert all(now > then for now, then in zip(after, before, strict=True))
    traffic.check()
    assert traffic.slowest_refusal() < 2 * expect.PATIENCE
    told(
        f"SIGSTOP of {which} for {often(3, 30)} s",
        f"{traffic.tally()}; back {recovered:.2f} s after SIGCONT, "
        f"refusals {traffic.refusals()}",
    )


def test_a_standby_that_nothing_waits_for_brings_a_used_code_back(replicated, traffic):
    """The twin, and why `synchronous_standby_names` is asked for: the checks above would see it."""
    node, shop = traffic.nodes[0], traffic.shop
    codes = [traffic.purchase.browser.code() for _ in range(2)]
    expect.token(node.token(shop.exchanging(codes[0]), shop.credential))
    replicated.part()
    expect.token(node.token(shop.exchanging(codes[1]), shop.credential))
    replicated.primary.crash()
    replicated.promote()

    def used(code):
        answer = node.token(shop.exchanging(code), shop.credential)
        return answer if answer.status != 503 else None

    # The first one was used while a commit waited for the standby.
    expect.error(expect.eventually(lambda: used(codes[0]), within=5), "invalid_grant")
    expect.token(expect.eventually(lambda: used(codes[1]), within=5))
    replicated.follow()
