# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of nodes that share a store."""

import shutil
import tempfile
from pathlib import Path

import pytest

from postgres import Cluster, Fleet


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
