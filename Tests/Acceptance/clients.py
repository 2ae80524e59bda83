# SPDX-License-Identifier: Apache-2.0
"""The usual registrations: a client for every authentication method."""

import expect
from oauth import CC


class Clients:
    """Each attribute is a credential, or what `client add --json` said."""

    def __init__(self, server, pki):
        self.certificate = pki.self_signed("playground2")
        self.other_certificate = pki.self_signed("other")
        self.self_signed = server.add_client(
            "playground2", "--certificate", self.certificate.certificate, "--scope", "read write"
        )
        self.other = server.add_client("other", "--certificate", self.other_certificate.certificate)
        self.basic = server.add_client(
            "basic", "--auth-method", "client_secret_basic", "--grant-types", "client_credentials"
        )
        self.post = server.add_client(
            "post", "--auth-method", "client_secret_post", "--grant-types", "client_credentials"
        )
        self.leaf = pki.issued("leaf", subject="/O=Handfast/CN=leaf")
        self.under_ca = server.add_client(
            "under-ca", "--ca-certificate", pki.root.certificate,
            "--subject-dn", "CN=leaf,O=Handfast", "--grant-types", "client_credentials",
        )  # fmt: skip
        # The last one that was registered: when it is known, all are.
        body = {**CC, "client_id": self.under_ca["client_id"]}
        expect.eventually(lambda: server.token(body, self.leaf).status == 200)
