# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/clients.md, run as printed beside a running server."""

import json
import shutil

import pytest
from cryptography import x509
from jwt.algorithms import ECAlgorithm

import expect
from pki import CA, openssl, utc

PAGE = "Documentation/clients.md"
CC = {"grant_type": "client_credentials"}


def key_set(credential, **members):
    """A JWK Set with the key of a certificate."""
    certificate = x509.load_pem_x509_certificate(credential.certificate.read_bytes())
    jwk = ECAlgorithm(ECAlgorithm.SHA256).to_jwk(certificate.public_key(), as_dict=True)
    return json.dumps({"keys": [{**jwk, "kid": "one", **members}]})


class Files:
    """The files that the page takes for granted."""

    def __init__(self, folder, server, pki):
        ca = CA(folder / "ca", "/O=Example/CN=Clients")
        configuration = ca.folder / "ca.cnf"
        configuration.write_text(
            configuration.read_text().replace("[tests]\n", "[tests]\ndefault_crl_days = 1\n")
        )
        self.orders = pki.self_signed("orders", "p256")
        self.new = pki.self_signed("orders-new", "p256")
        self.billing = ca.issue("billing", subject="/CN=billing.example")
        self.stock = ca.issue("stock", subject="/CN=stock.example")
        self.mirror = pki.self_signed("mirror", "p256")
        openssl(
            "ca", "-config", configuration, "-gencrl", "-batch", "-keyfile", ca.key,
            "-cert", ca.certificate, "-out", folder / "ca.crl",
            "-crl_lastupdate", utc(-60), "-crl_nextupdate", utc(86_400),
        )  # fmt: skip
        shutil.copy(ca.certificate, folder / "ca.pem")
        shutil.copy(self.orders.certificate, folder / "orders.pem")
        shutil.copy(self.new.certificate, folder / "orders-new.pem")
        shutil.copy(self.billing.certificate, folder / "billing.pem")
        (folder / "reports-keys.json").write_text(key_set(self.orders, alg="ES256", use="sig"))
        pem = self.mirror.certificate.read_text().strip().splitlines()
        x5c = ["".join(pem[1:-1])]
        (folder / "mirror-certificates.json").write_text(key_set(self.mirror, x5c=x5c))
        server.handfast("certificate", "export", "--out", folder / "server-certificate.pem")


@pytest.fixture
def begun(walk, server, pki):
    walk = walk(PAGE, port=server.port, HANDFAST_DATA=server.data)
    walk.files = Files(walk.folder, server, pki)
    return walk


def client_id(server, name):
    return json.loads(server.handfast("client", "show", name, "--json").stdout)["client_id"]


def comes_to(server, name, credential, status):
    """The client with this certificate gets this status, within a second."""
    body = {**CC, "client_id": client_id(server, name)}
    expect.eventually(lambda: server.token(body, credential).status == status, within=2)


def test_the_page_from_its_beginning_to_its_end(begun, server):
    files = begun.files
    (added,) = begun.run("Methods")
    assert added.count("client_id: ") == 4
    comes_to(server, "orders", files.orders, 200)
    comes_to(server, "orders", files.new, 401)
    comes_to(server, "stock", files.stock, 200)
    comes_to(server, "stock", files.billing, 401)

    begun.run("Key sets")
    comes_to(server, "mirror", files.mirror, 200)

    _, shown = begun.run("Trust sets")
    assert "internal" in shown and "soft" in shown
    comes_to(server, "billing", files.billing, 200)
    comes_to(server, "billing", files.stock, 401)

    (verified,) = begun.run("Why a client is refused")
    assert "would be authenticated" in verified

    changed, certificates, removed = begun.run("Changing a registration")
    assert "invoices:read" in changed and "billing" in changed
    assert files.new.thumbprint in certificates and "removed: " in certificates
    assert "removed: " in removed
    comes_to(server, "orders", files.new, 200)
    comes_to(server, "orders", files.orders, 401)
    assert "legacy" not in server.handfast("client", "list").stdout

    begun.run("Tokens")
    body = {**CC, "client_id": client_id(server, "billing")}

    def tokens():
        with server.connect(files.billing) as connection:
            return {expect.token(connection.token(body))["access_token"] for _ in range(3)}

    # A sealed token is no JWT, and is the same again within its window, once the page's last
    # change, of the claims, has come to the server.
    expect.eventually(lambda: len(tokens()) == 1, within=2)
    assert tokens().pop().count(".") != 2

    shown = json.loads(server.handfast("client", "show", "billing", "--json").stdout)
    assert shown["access_token_claims"] == {"tenant": "north"}

    begun.run("Codes and refresh tokens")
    shown = json.loads(server.handfast("client", "show", "portal", "--json").stdout)
    assert shown["require_pushed_authorization_requests"] and "refresh_token_lifetime" not in shown

    (limited,) = begun.run("Rates")
    assert "100/60 s" in limited
    assert "rate" not in json.loads(server.handfast("client", "show", "billing", "--json").stdout)

    (documents,) = begun.run("Endpoints")
    assert '"token_endpoint"' in documents and '"keys"' in documents

    (users,) = begun.run("About the password grant")
    assert "alice" in users
    assert "alice" not in server.handfast("user", "list").stdout
