# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of nodes that share a store."""

import shutil
import tempfile
from pathlib import Path

import pytest

from postgres import Cluster, Fleet
from replication import Replicated
from traffic import ENVIRONMENT, Traffic


@pytest.fixture(scope="module")
def cluster():
    # Not in pytest's folder, whose parents only their owner may enter, and whose path is longer
    # than that of a socket may be. Of the machine's folder nothing is changed.
    folder = Path(tempfile.mkdtemp(prefix="handfast-fleet-"))
    mode = folder.parent.stat().st_mode
    one = Cluster(folder / "postgres").start()
    yield one
    one.stop()
    shutil.rmtree(folder)
    assert folder.parent.stat().st_mode == mode


@pytest.fixture(scope="module")
def fleet(cluster, tmp_path_factory):
    """The module's store, empty at first."""
    one = Fleet(cluster, tmp_path_factory.mktemp("fleet"), "shared")
    yield one
    one.close()


@pytest.fixture(scope="module")
def nodes(fleet):
    """Two nodes; checked to be alive at the end."""
    started = fleet.start(2)
    yield started
    for node in started:
        assert node.running, node.log
        assert node.stop() == 0, node.log


@pytest.fixture(scope="module")
def replicated():
    """A primary with a synchronous standby."""
    folder = Path(tempfile.mkdtemp(prefix="handfast-pair-"))
    pair = Replicated(folder).start()
    yield pair
    pair.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def traffic(replicated, pki, tmp_path_factory):
    """Requests of every kind to three nodes on them."""
    fleet = Fleet(replicated, tmp_path_factory.mktemp("fleet"), "shared")
    nodes = [fleet.node(env=ENVIRONMENT).start() for _ in range(3)]
    yield Traffic(nodes, pki, tmp_path_factory.mktemp("keys"))
    try:
        for node in nodes:
            assert node.running, node.log
            assert node.stop() == 0, node.log
    finally:
        fleet.close()
