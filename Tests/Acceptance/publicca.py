# SPDX-License-Identifier: Apache-2.0
"""A made-up public CA, the file that makes it one, and clients under it."""

import datetime

from oauth import CC
from pki import CA, DAY

SUBJECT = "/CN=billing.example"
NAME = "DNS:billing.example"
SAN = ("--san-dns", "billing.example")
FOR_SERVERS = "extendedKeyUsage=serverAuth\n"


def day(days):
    """The day so many days from today, in UTC."""
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)).date().isoformat()


def lasting(folder, subject, parent=None, constraints=""):
    """A CA that lasts longer than what it issues here."""
    made = CA(folder, subject, parent=parent, constraints=constraints)
    extensions = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n"
    (parent or made).sign(
        made.key, made.certificate, subject,
        extensions + "subjectKeyIdentifier=hash\n" + constraints,
        end=900 * DAY, itself=parent is None,
    )  # fmt: skip
    return made


class PublicCA:
    """A root that stands in ca-certificates, certificates under it, and a private root."""

    def __init__(self, folder):
        self.root = lasting(folder / "public", "/O=Public Trust/CN=Public Root")
        self.private = lasting(folder / "private", "/O=Example/CN=Private Root")
        self.intermediate = lasting(
            folder / "intermediate", "/O=Public Trust/CN=Issuing", parent=self.root
        )
        # As public CAs have them now.
        self.new_intermediate = lasting(
            folder / "new", "/O=Public Trust/CN=Issuing 2", self.root, FOR_SERVERS
        )
        other = lasting(folder / "other", "/O=Public Trust/CN=Another Root")
        self.bundle = folder / "ca-certificates.crt"
        self.bundle.write_text(other.certificate.read_text() + self.root.certificate.read_text())
        self.env = {"SSL_CERT_FILE": str(self.bundle)}

    def issue(self, name, ca=None, eku="clientAuth,serverAuth", days=30, **options):
        """A certificate for billing.example, which ends in so many days."""
        options.setdefault("subject", SUBJECT)
        return (ca or self.root).issue(
            name, eku=eku, extra=f"subjectAltName={NAME}\n", end=days * DAY, **options
        )


def body(client):
    return {**CC, "client_id": client["client_id"]}


def refusals(server, client):
    """The log's lines about the client's refused requests."""
    return [
        record
        for record in server.records
        if record["message"] == "token request refused"
        and record["client_id"] == client["client_id"]
    ]
