# SPDX-License-Identifier: Apache-2.0
"""How long a change at one node takes until every other node goes by it."""

import time

import expect
import pytest
from administrator import Administrator, Switched
from figures import chance, often, percentile, spread, told
from postgres import issued_everywhere
from wire import Refused

FAST = 1.0


class Switch:
    """A client that is switched off and on by the administration of one node."""

    def __init__(self, nodes, pki):
        self.nodes = nodes
        self.client = Switched(nodes[0], pki, "switch")
        self.name, self.body = "switch", self.client.body
        self.credential = self.client.credential
        issued_everywhere(nodes, self)
        self.lines = {}

    def turn(self, word):
        """Has the change made; the moment at which it was said to be."""
        admin: Administrator = self.client.admin
        status, _, body = admin.post(f"/clients/{self.client.id}/{word}")
        assert status == 204, body
        return time.monotonic()

    def status(self, node):
        for last in (False, True):
            try:
                if node not in self.lines:
                    self.lines[node] = node.connect(self.credential)
                return self.lines[node].token(self.body).status
            except (OSError, Refused):
                self.lines.pop(node).close()
                assert not last
        return None

    def seconds_until(self, status, since):
        """For each other node, until it answers so."""
        waiting, took = set(self.nodes[1:]), []
        while waiting:
            for node in list(waiting):
                if self.status(node) == status:
                    took.append(time.monotonic() - since)
                    waiting.discard(node)
            assert time.monotonic() < since + 5 * expect.PATIENCE, "not heard of"
        return took


@pytest.fixture(scope="module")
def switch(fleet, nodes, pki):
    third = fleet.node().start()
    one = Switch([*nodes, third], pki)
    yield one
    for line in one.lines.values():
        line.close()


def test_a_change_is_heard_by_all_other_nodes_within_a_second(switch):
    luck, took = chance("changes"), []
    for number in range(often(50, 1_000)):
        word, status = (("disable", 401), ("enable", 200))[number % 2]
        since = switch.turn(word)
        took += switch.seconds_until(status, since)
        # At any moment between two looks of the nodes at the database.
        time.sleep(luck.uniform(0.0, 0.2))
    assert percentile(took, 0.99) < FAST * expect.PATIENCE
    told(f"{often(50, 1_000)} changes at one node, until two others go by them", spread(took))


def test_without_a_change_nothing_is_different(switch):
    """The twin: answers follow the switch alone."""
    for node in switch.nodes:
        expect.everywhere(lambda n=node: n.token(switch.body, switch.credential), 200)
    for status, word in ((200, "disable"), (401, "enable")):
        for node in switch.nodes:
            for _ in range(10):
                assert switch.status(node) == status
        switch.seconds_until(401 if status == 200 else 200, switch.turn(word))
