# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/spiffe.md, run as printed beside a running server."""

import json
import shutil

import pytest

import expect
from server import Server
from spire import TrustDomain

PAGE = "Documentation/spiffe.md"


@pytest.fixture
def server(data):
    """A server that takes SVIDs, as the page's configuration says."""
    with Server(data, env={"HANDFAST_AUTHENTICATION_SPIFFE_X509": "true"}) as running:
        yield running
        assert running.running and running.stop() == 0, running.log


def test_the_page_from_its_beginning_to_its_end(walk, server, tmp_path):
    begun = walk(PAGE, port=server.port, HANDFAST_DATA=server.data)
    domain = TrustDomain(tmp_path / "spire")
    domain.write(begun.folder / "bundle.json")
    svid = domain.svid("/ns/pay/billing")
    shutil.copy(svid.certificate, begun.folder / "svid.pem")
    shutil.copy(svid.key, begun.folder / "svid-key.pem")
    server.handfast("certificate", "export", "--out", begun.folder / "server-certificate.pem")

    (shown,) = begun.run("A trust domain")
    assert "trust domain" in shown and "example.org" in shown

    (updated,) = begun.run("When the server was rebuilt")
    assert "changed: mesh" in updated

    def loaded():
        body = {"grant_type": "client_credentials", "client_id": "spiffe://example.org/ns/pay/x"}
        return server.token(body, domain.svid("/ns/pay/x")).status == 200

    adding, asking = begun.take("Workloads")
    added = begun.shell(adding)
    expect.eventually(loaded, within=4)
    answer = begun.shell(asking)
    assert added.count("client_id: ") == 2
    token = json.loads(answer)["access_token"]
    claims = expect.verified(token, server.address)
    assert claims["sub"] == "spiffe://example.org/ns/pay/billing"

    (checked,) = begun.run("What makes a certificate an X.509-SVID")
    assert "would be authenticated" in checked and "SPIFFE ID" in checked
