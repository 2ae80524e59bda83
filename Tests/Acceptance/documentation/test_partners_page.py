# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/partners.md, run as printed."""

import json

from server import handfast
from targets import claims

PAGE = "Documentation/partners.md"


def test_a_partner_s_jwt_becomes_a_token(walk, serving):
    page = walk(PAGE, **serving)
    registration, serve = page.take("Register the issuer")
    shown = page.shell(registration)
    assert "partner:user-*" in shown and "2026 (OKP, Ed25519, EdDSA)" in shown
    page.left = [type(page.left[0])("Serve", "sh", serve), *page.left]
    page.serve("Serve")

    signing, asking = page.take("Bring a JWT")
    page.shell(signing)
    members = json.loads(page.shell(asking))
    token = claims(members["access_token"])
    assert (token["sub"], token["client_id"], members["scope"]) == (
        "partner:user-7", "billing", "read",
    )  # fmt: skip
    thumbprint = handfast("certificate", "thumbprint", page.folder / "billing.pem").stdout.strip()
    assert token["cnf"] == {"x5t#S256": thumbprint} and "refresh_token" not in members

    # Its refusing twins: the same JWT again, and one for a subject that is not the partner's.
    assert json.loads(page.shell(asking))["error"] == "invalid_grant"
    page.shell(signing.replace("user-7", "admin"))
    assert json.loads(page.shell(asking))["error"] == "invalid_grant"
    page.shell(signing)
    assert "access_token" in json.loads(page.shell(asking))
