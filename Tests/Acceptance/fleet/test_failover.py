# SPDX-License-Identifier: Apache-2.0
"""Several hosts in a store's address: one that is off, frozen or read-only is passed over."""

import socket
import urllib.parse

import expect
import pytest
from parties import Caller
from postgres import Cluster, issued_everywhere


@pytest.fixture(scope="module")
def silent():
    """A port at which the kernel accepts, and nothing ever answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield listening.getsockname()[1]


def address(fleet, *hosts):
    """The fleet's store behind other hosts, each a port of this machine."""
    own = urllib.parse.quote(str(fleet.cluster.socket), safe="")
    names = [f"127.0.0.1:{port}" for port in hosts] + [f"{own}:5432"]
    return f"postgresql://postgres@{','.join(names)}/{fleet.name}"


def test_a_host_that_does_not_answer_is_passed_over(fleet, pki, silent):
    node = fleet.node()
    node.env["HANDFAST_STORE_URL"] = address(fleet, silent)
    with node:
        caller = Caller(node, pki, "passed")
        issued_everywhere([node], caller)
        # After the database was away, the host that answered last comes first.
        fleet.cluster.crash()
        expect.token(node.token(caller.body, caller.credential))
        fleet.cluster.start()

        def is_disabled():
            node.handfast("client", "disable", "passed")
            return node.token(caller.body, caller.credential).status == 401

        expect.eventually(is_disabled, within=5)


def test_a_host_that_refuses_or_takes_no_writes_is_passed_over(fleet, pki, tmp_path_factory):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = unused.getsockname()[1]
        folder = fleet.cluster.folder.parent / "reads"
        other = Cluster(
            folder, f"port={closed + 0}", "default_transaction_read_only=on", "listen_addresses="
        )
    other.start()
    try:
        own = urllib.parse.quote(str(other.socket), safe="")
        other.psql("SELECT 1")
        node = fleet.node()
        url = address(fleet, closed).replace("@", f"@{own}:{closed},", 1)
        node.env["HANDFAST_STORE_URL"] = url
        with node:
            caller = Caller(node, pki, "written")
            issued_everywhere([node], caller)
    finally:
        other.stop()


def test_without_a_host_that_answers_a_node_ends(fleet, silent):
    """The twin: being passed over is not being taken for an empty store."""
    node = fleet.node()
    node.env["HANDFAST_STORE_URL"] = (
        f"postgresql://postgres@127.0.0.1:{silent},127.0.0.1:{silent}/{fleet.name}"
    )
    assert "cannot be reached" in node.refuses_to_start()
