# SPDX-License-Identifier: Apache-2.0
"""kill -9 of nodes in the middle of writes: nothing acknowledged is lost, no other node notices."""

import shutil
import tempfile
import time
from pathlib import Path

import pytest
from figures import chance, often, spread, told
from postgres import Cluster, Fleet
from traffic import ENVIRONMENT, Traffic


@pytest.fixture(scope="module")
def alone(pki, tmp_path_factory):
    """Requests of every kind to three nodes on a database of their own."""
    folder = Path(tempfile.mkdtemp(prefix="handfast-kills-"))
    cluster = Cluster(folder / "postgres").start()
    fleet = Fleet(cluster, tmp_path_factory.mktemp("fleet"), "shared")
    nodes = [fleet.node(env=ENVIRONMENT).start() for _ in range(3)]
    yield Traffic(nodes, pki, tmp_path_factory.mktemp("keys"))
    fleet.close()
    cluster.stop()
    shutil.rmtree(folder)


@pytest.mark.endurance
def test_a_node_killed_under_writes_loses_nothing(alone):
    traffic, luck, starts = alone, chance("kills of nodes"), []
    for turn in range(often(4, 100)):
        # The browser of the codes is at the first one.
        victim = traffic.nodes[1 + turn % 2]
        with traffic.running():
            time.sleep(luck.uniform(0.1, 0.6))
            traffic.lose(victim)
            began = time.monotonic()
            # The others are answered meanwhile, with rows and without.
            traffic.recovers(began)
            victim.start()
            starts.append(time.monotonic() - began)
            traffic.found(victim)
            traffic.recovers(time.monotonic())
        traffic.check()
    told(
        f"{len(starts)} nodes killed (SIGKILL) under writes",
        f"{traffic.tally()} by the others; serving again {spread(starts)} after the kill",
    )
