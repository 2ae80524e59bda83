# SPDX-License-Identifier: Apache-2.0
"""The console on workloads: their trust domain, their registration, and the IDs they came with."""

import pytest

import expect
from consoles import Console, Reader
from workloads import accepted, add, mesh_server


@pytest.fixture(scope="module")
def server(tmp_path_factory, domain):
    with mesh_server(tmp_path_factory.mktemp("mesh"), domain) as running:
        yield running


@pytest.fixture
def reader(server):
    with Console(server.data) as console:
        yield Reader(console)


def test_a_client_has_the_ids_of_its_workloads_in_place_of_certificates(server, reader, domain):
    client_id = add(server, "pay", "spiffe://example.org/pay/*")
    reader.open(f"/clients/{client_id}")
    assert "No workload has come yet" in reader.page.text
    assert "spiffe://example.org/pay/*" in reader.page.text
    for name in ("a", "b"):
        accepted(server, client_id, domain.svid(f"/pay/{name}"))

    def seen():
        reader.open(f"/clients/{client_id}")
        return [one.text for one in reader.page.all("code")]

    ids = {f"spiffe://example.org/pay/{name}" for name in ("a", "b")}
    expect.eventually(lambda: ids <= set(seen()), within=15)
    assert "certificates of its own" not in reader.page.text
    # A client of another method has no such list.
    other = server.add_client("plain", "--auth-method", "client_secret_basic")["client_id"]
    reader.open(f"/clients/{other}")
    assert "certificates of its own" in reader.page.text and "SPIFFE" not in reader.page.text


def test_a_trust_domain_shows_its_bundle(server, reader, domain):
    reader.open("/trust-sets/mesh")
    assert domain.domain in reader.page.text and "SPIFFE bundle" in reader.page.text
