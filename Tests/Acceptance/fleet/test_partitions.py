# SPDX-License-Identifier: Apache-2.0
"""Nodes that are cut off from the database: what they send vanishes, and nothing is refused."""

import shutil
import tempfile
import time
from pathlib import Path

import expect
import pytest
from figures import chance, often, spread, told
from namespaces import DistantNode, Space
from postgres import Cluster, Fleet
from server import free_port
from traffic import ENVIRONMENT, Traffic

pytestmark = pytest.mark.waiting


@pytest.fixture(scope="module")
def spaces():
    made = []
    try:
        for _ in range(2):
            made.append(Space())
        yield made
    finally:
        for one in made:
            one.remove()


@pytest.fixture(scope="module")
def distant(spaces, tmp_path_factory):
    """Two nodes, each in a namespace, and a database on this machine."""
    folder = Path(tempfile.mkdtemp(prefix="handfast-wire-"))
    home, port = folder / "postgres", free_port()
    home.mkdir()
    rules = home / "hba.conf"
    rules.write_text("local all all trust\nhost all all 10.0.0.0/8 trust\n")
    addresses = ",".join(space.database.local for space in spaces)
    cluster = Cluster(
        home, f"listen_addresses={addresses}", f"port={port}", f"hba_file={rules}"
    ).start()
    cluster.url = lambda name: (
        f"postgresql://postgres@{str(cluster.socket).replace('/', '%2F')}:{port}/{name}"
    )
    fleet = Fleet(cluster, tmp_path_factory.mktemp("fleet"), "shared")
    nodes = []
    for space in spaces:
        node = DistantNode(
            fleet, fleet.folder / space.name, space, port, env={**ENVIRONMENT}
        )
        node.env["HANDFAST_ISSUER"] = fleet.nodes[0].url
        nodes.append(node.start())
    yield nodes
    for node in nodes:
        assert node.running, node.log
        assert node.stop() == 0, node.log
    cluster.stop()
    shutil.rmtree(folder)


@pytest.mark.endurance
@pytest.mark.parametrize("which", ["one", "all"])
def test_a_node_that_is_cut_off_goes_on_and_comes_back(distant, pki, tmp_path, which):
    traffic = Traffic(distant, pki, tmp_path, f"cut-{which}")
    luck, recoveries = chance(f"partition of {which}"), []
    cut = distant[1:] if which == "one" else distant
    for _ in range(often(1, 20)):
        refused = [len(one.refused) for one in traffic.rotations]
        with traffic.running():
            time.sleep(luck.uniform(0.2, 0.7))
            for node in cut:
                node.space.database.cut()
            began = time.monotonic()
            time.sleep(luck.uniform(2.0, 4.0))
            # The twin: the other node is answered all the while.
            if which == "one":
                assert any(
                    node is distant[0] and at > began + 0.5
                    for one in traffic.rotations for node, at, _ in one.answered
                )  # fmt: skip
            for node in cut:
                node.space.database.heal()
            healed = time.monotonic()
            recoveries.append(max(0.0, traffic.recovers(healed) - healed))
        traffic.check()
        now = [len(one.refused) for one in traffic.rotations]
        assert all(after > before for after, before in zip(now, refused, strict=True))
    assert traffic.slowest_refusal() < 2 * expect.PATIENCE
    told(
        f"{len(recoveries)} partitions of {which} of two nodes",
        f"{traffic.tally()}; back {spread(recoveries)} after the wire, "
        f"refusals {traffic.refusals()}",
    )
