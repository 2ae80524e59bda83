# SPDX-License-Identifier: Apache-2.0
"""A server with clients, users and refusals as a company would have them, for pages about it."""

import contextlib
import datetime
import json
import re
import socket

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import expect
from oauth import CC
from pki import Credential
from wire import Refused

CALLBACK = "http://localhost:8080/playground2/oauth2client"

# Name, days that its certificate lasts, scope, labels.
SERVICES = [
    ("playground2", 3650, "read write", {"team": "identity", "stage": "test"}),
    ("orders-api", 398, "orders:read orders:write", {"team": "shop", "stage": "production"}),
    ("orders-worker", 398, "orders:read stock:write", {"team": "shop", "stage": "production"}),
    ("stock-sync", 25, "stock:read stock:write", {"team": "shop", "stage": "production"}),
    ("billing", 180, "invoices:read invoices:write", {"team": "payments", "stage": "production"}),
    ("billing-staging", 9, "invoices:read", {"team": "payments", "stage": "staging"}),
    ("ledger-export", 61, "ledger:read", {"team": "payments", "stage": "production"}),
    ("edge-gateway-frankfurt", 90, "devices:read", {"team": "platform", "site": "fra1"}),
    ("edge-gateway-dublin", 90, "devices:read", {"team": "platform", "site": "dub2"}),
    ("edge-gateway-singapore", 2, "devices:read", {"team": "platform", "site": "sin1"}),
    ("telemetry-collector", 365, "metrics:write", {"team": "platform", "stage": "production"}),
    ("Müller & Söhne GmbH – Bestellungen", 200, "orders:read", {"partner": "mueller"}),
]


class Estate:
    """Fills the directory of a running server."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.ca = self.certificate("Partner CA 2025", 1500)
        self.clients = {}
        self.credentials = {name: self.certificate(name, days) for name, days, *_ in SERVICES}
        self.register()
        self.use()

    def certificate(self, name, days):
        """A self-signed certificate that lasts so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        common = x509.NameAttribute(x509.NameOID.COMMON_NAME, name)
        company = x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example Ltd")
        subject = x509.Name([company, common])
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
            .issuer_name(subject)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=30))
            .not_valid_after(now + datetime.timedelta(days=days, hours=12))
            .add_extension(x509.BasicConstraints("CA" in name, None), critical=True)
        )  # fmt: skip
        made = builder.sign(key, hashes.SHA256())
        stem = self.folder / re.sub(r"\W+", "-", name)
        certificate, secret = stem.with_suffix(".pem"), stem.with_suffix(".key")
        certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )  # fmt: skip
        return Credential(certificate, secret)

    def register(self):
        """All by one file, as a pipeline would."""
        clients = []
        for name, _, scope, labels in SERVICES:
            entry = {
                "client_name": name, "scope": scope, "labels": labels,
                "certificate_file": self.credentials[name].certificate.name,
                "grant_types": ["client_credentials"],
            }  # fmt: skip
            if name == "playground2":
                entry["redirect_uris"] = [CALLBACK]
                entry["grant_types"] += ["authorization_code", "refresh_token"]
            clients.append(entry)
        for name in ("acme-logistics", "northwind-returns"):
            clients.append(
                {
                    "client_name": name, "token_endpoint_auth_method": "tls_client_auth",
                    "trust_set": "partners", "tls_client_auth_subject_dn": f"CN={name},O=Acme",
                    "grant_types": ["client_credentials"], "labels": {"partner": "acme"},
                }
            )  # fmt: skip
        for name in ("reporting-notebook", "legacy-crm"):
            clients.append(
                {
                    "client_name": name, "token_endpoint_auth_method": "client_secret_basic",
                    "grant_types": ["client_credentials"], "labels": {"team": "finance"},
                    "enabled": name != "legacy-crm",
                }
            )  # fmt: skip
        partners = {"name": "partners", "ca_certificate_file": self.ca.certificate.name}
        file = self.folder / "estate.json"
        file.write_text(
            json.dumps(
                {"trust_sets": [partners], "clients": clients, "users": [{"name": "alex"}]}
            )
        )
        secrets = self.folder / "secrets.jsonl"
        self.server.handfast("apply", "-f", file, "--secrets", secrets)
        listed = json.loads(self.server.handfast("client", "list", "--json").stdout)
        self.clients = {one["client_name"]: one for one in listed}
        for name in self.credentials:
            expect.eventually(lambda name=name: self.token(name).status == 200, within=5)

    def id(self, name):
        return self.clients[name]["client_id"]

    def token(self, name, **more):
        """A token request as the client makes it."""
        return self.ask(name, self.credentials[name], **more)

    def ask(self, name, credential, **more):
        return self.server.token({**CC, "client_id": self.id(name), **more}, credential)

    def use(self):
        """Refusals of the usual kinds."""
        # A certificate that was renewed and not registered, one of another client, a wrong secret.
        renewed = self.certificate("orders-api", 730)
        for name, credential in [
            ("orders-api", renewed), ("billing", self.credentials["billing-staging"]),
            ("orders-worker", None), ("legacy-crm", None),
        ]:  # fmt: skip
            assert self.ask(name, credential).status in (400, 401)
        self.server.token(CC, basic=(self.id("reporting-notebook"), "not the secret"))
        self.server.token({**CC, "client_id": "qiB6avlILBqnJLSxOfadoJYwOnQa"})
        self.token("ledger-export", scope="ledger:write")
        # Handshakes that do not come about.
        with contextlib.suppress(Refused, OSError):
            self.server.connect(version="1.2").socket.close()
        with socket.create_connection(self.server.address, 5) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            plain.settimeout(2)
            with contextlib.suppress(OSError):
                plain.recv(4096)

    def show(self, name):
        shown = self.server.handfast("client", "show", self.id(name), "--json")
        return json.loads(shown.stdout)
