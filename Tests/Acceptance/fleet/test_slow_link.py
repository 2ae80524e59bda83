# SPDX-License-Identifier: Apache-2.0
"""Nodes that are far from their database, over a line that loses packets."""

import time

import expect
import pytest
from figures import FULL, chance, spread, told
from postgres import Fleet
from slow_link import SlowLink
from traffic import ENVIRONMENT, Traffic


@pytest.mark.endurance
@pytest.mark.skipif(not FULL, reason="before a release: script/test --fleet")
def test_a_far_database_on_a_bad_line_is_slow_and_loses_nothing(cluster, pki, tmp_path):
    fleet = Fleet(cluster, tmp_path / "fleet", "far")
    luck = chance("slow link")
    # Beside that of the cluster, whose path is short enough for a socket.
    with SlowLink(cluster, cluster.folder.parent / "far", luck, delay=0.05) as link:
        try:
            nodes = []
            for _ in range(2):
                node = fleet.node(env=ENVIRONMENT)
                node.env["HANDFAST_STORE_URL"] = link.url(fleet.name)
                nodes.append(node.start())
            traffic = Traffic(nodes, pki, tmp_path, "far")
            with traffic.running():
                time.sleep(60)
            traffic.check()
            rows = [took for one in traffic.rowed for _, _, took in one.answered]
            # The way there and back, for one statement at least.
            assert min(rows) > 2 * link.delay
            assert all(len(one.answered) >= 2 for one in traffic.workers)
            assert traffic.slowest_refusal() < 2 * expect.PATIENCE
            for node in nodes:
                assert node.running and node.stop() == 0, node.log
        finally:
            fleet.close()
    told(
        f"{60} s at {2_000 * link.delay:.0f} ms to the database and back, 5 % of it lost",
        f"{traffic.tally()}; a row takes {spread(rows)}; {link.late} times late",
    )
