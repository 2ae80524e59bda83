# SPDX-License-Identifier: Apache-2.0
"""Nodes that share a store, and the bundle of a trust domain."""

import json

import pytest

import expect
from spire import Authority, TrustDomain
from workloads import add, add_set, ask


@pytest.fixture(scope="module")
def mesh(fleet, domain):
    """Two nodes that take SVIDs of the trust domain."""
    env = {"HANDFAST_AUTHENTICATION_SPIFFE_X509": "true"}
    nodes = [fleet.node(env=env).start() for _ in range(2)]
    add_set(nodes[0], "mesh", domain.domain, domain.write())
    yield nodes
    for node in nodes:
        assert node.running and node.stop() == 0, node.log


def shown(node):
    return json.loads(node.handfast("trust-set", "show", "mesh", "--json").stdout)["bundle"]


def everywhere(nodes, client_id, svid, status):
    for node in nodes:
        expect.eventually(lambda n=node: ask(n, client_id, svid).status == status, within=8)


def test_a_bundle_that_one_node_finds_is_every_nodes(mesh, domain):
    client_id = add(mesh[0], "everywhere", "spiffe://example.org/everywhere")
    everywhere(mesh, client_id, domain.svid("/everywhere"), 200)
    stranger = domain.svid("/everywhere", authority=Authority(domain.domain))
    everywhere(mesh, client_id, stranger, 401)
    for _ in range(2):
        domain.rotate()
        domain.write()
        everywhere(mesh, client_id, domain.svid("/everywhere"), 200)
    assert shown(mesh[1])["sequence"] == domain.sequence
    # Of two nodes that have found the same, one has written it.
    listed = mesh[0].handfast("audit", "list", "--trust-set", "mesh", "--json").stdout
    entries = [json.loads(line) for line in listed.splitlines()]
    sequences = [
        entry["after"]["spiffe_sequence"] for entry in entries
        if "spiffe_sequence" in (entry.get("after") or {})
    ]  # fmt: skip
    assert sorted(sequences) == [1, 2, 3]
    assert mesh[0].handfast("audit", "verify").stdout.startswith("whole:")


def test_no_node_goes_back(mesh, domain):
    client_id = add(mesh[1], "forward", "spiffe://example.org/forward")
    everywhere(mesh, client_id, domain.svid("/forward"), 200)
    known = shown(mesh[0])["sequence"]
    rebuilt = TrustDomain(domain.folder / "rebuilt")
    rebuilt.write(domain.folder / "bundle.json")
    warning = "sequence goes back; the one that is there stays"
    for node in mesh:
        expect.logged(node, warning, within=8)
    assert shown(mesh[1])["sequence"] == known
    everywhere(mesh, client_id, rebuilt.svid("/forward"), 401)
    everywhere(mesh, client_id, domain.svid("/forward"), 200)
    mesh[0].handfast("trust-set", "update", "mesh", "--accept-sequence", 1)
    everywhere(mesh, client_id, rebuilt.svid("/forward"), 200)
    everywhere(mesh, client_id, domain.svid("/forward"), 401)
    assert shown(mesh[1])["sequence"] == 1
