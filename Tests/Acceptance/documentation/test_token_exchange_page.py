# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/token-exchange.md, run as printed."""

import json

from pages import blocks
from server import handfast
from targets import claims

PAGE = "Documentation/token-exchange.md"


def printed(heading):
    """The JSON that stands under a heading."""
    (text,) = [one.text for one in blocks(PAGE, "json") if one.heading == heading]
    return json.loads(text)


def test_a_gateway_s_way_from_the_registration_to_impersonation(walk, serving):
    page = walk(PAGE, **serving)
    registration, serve = page.take("Register the clients")
    assert "client_id: gateway\n" in page.shell(registration)
    page.left = [type(page.left[0])("Serve", "sh", serve), *page.left]
    page.serve("Serve")

    got, exchanged = page.run("Exchange a token")
    assert "refresh_token" not in json.loads(got)
    members = json.loads(exchanged)
    assert members["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert members["scope"] == "read" and "refresh_token" not in members
    token, shown = claims(members["access_token"]), printed("Exchange a token")
    assert set(token) == set(shown)
    for name in ("iss", "sub", "aud", "client_id", "scope", "act"):
        assert token[name] == shown[name]
    thumbprint = handfast("certificate", "thumbprint", page.folder / "gateway.pem").stdout.strip()
    assert token["cnf"] == {"x5t#S256": thumbprint}
    assert token["exp"] - token["iat"] == shown["exp"] - shown["iat"] == 600

    (listed,) = page.run("Act as the subject")
    (row,) = [json.loads(line) for line in listed.splitlines() if line.startswith("{")]
    assert row["after"] == printed("Act as the subject")["after"]
    token = claims(json.loads((page.folder / "impersonated").read_text())["access_token"])
    assert token["sub"] == "user:alex" and "act" not in token
    assert token["client_id"] == "gateway"

    # Its refusing twins: the application itself, and a token for somebody else.
    base = (
        "curl --silent --cacert server-certificate.pem"
        " -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
        " -d subject_token_type=urn:ietf:params:oauth:token-type:access_token"
        " https://localhost:9443/oauth2/token -d subject_token=$(cat subject)"
    )
    said = page.shell(f"{base} --cert app.pem --key app.key -d client_id=app")
    assert json.loads(said)["error"] == "unauthorized_client"
    gateway = "--cert gateway.pem --key gateway.key -d client_id=gateway"
    said = page.shell(f"{base} {gateway} -d audience=https://gateway.example")
    assert json.loads(said)["error"] == "invalid_target"
    page.shell("handfast client update gateway --data data --own-audience https://other.example")
    page.shell("sleep 1")
    said = page.shell(f"{base} {gateway}")
    assert json.loads(said)["error"] == "invalid_request"
