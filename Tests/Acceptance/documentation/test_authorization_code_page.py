# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/authorization-code.md, run as printed, and its pictures."""

import json
import struct

import pytest

from server import ROOT, handfast
from targets import claims

PAGE = "Documentation/authorization-code.md"
PICTURES = ROOT / "Documentation/pictures"


def test_a_user_s_way_from_the_registration_to_the_end(walk, serving):
    page = walk(PAGE, **serving)
    registration, serve = page.take("Register the application")
    added = page.shell(registration)
    assert "client_id: portal\n" in added
    page.left = [type(page.left[0])("Serve", "sh", serve), *page.left]
    page.serve("Serve")

    url, answer = page.run("Send the user")
    assert url.startswith("https://localhost:9443/oauth2/authorize?")
    assert answer.startswith("https://portal.example/callback?code=")
    assert "&state=af0ifjsldkj&iss=https%3A%2F%2Flocalhost%3A9443" in answer

    (tokens,) = page.run("Exchange the code")
    members = json.loads(tokens)
    token = claims(members["access_token"])
    assert (token["sub"], members["scope"]) == ("user:alex", "read")
    thumbprint = handfast("certificate", "thumbprint", page.folder / "portal.pem").stdout.strip()
    assert token["cnf"] == {"x5t#S256": thumbprint}

    (said,) = page.run("Refresh, and end it")
    refreshed, _ = json.JSONDecoder().raw_decode(said)
    again = claims(refreshed["access_token"])
    assert again["sub"] == token["sub"] and again["jti"] != token["jti"]
    (pushed,) = page.run("Push the request instead")
    assert set(json.loads(pushed)) == {"request_uri", "expires_in"}

    # Its refusing twins: the revoked token, and the code again.
    base = (
        "curl --silent --cacert server-certificate.pem --cert portal.pem --key portal.key"
        " -d client_id=portal https://localhost:9443/oauth2/token"
    )
    refresh = members["refresh_token"]
    said = page.shell(f"{base} -d grant_type=refresh_token -d refresh_token={refresh}")
    assert json.loads(said)["error"] == "invalid_grant"
    code = answer.partition("code=")[2].partition("&")[0]
    said = page.shell(f"{base} -d grant_type=authorization_code -d code={code}")
    assert json.loads(said)["error"] == "invalid_grant"


@pytest.mark.parametrize("name", ["playground2.png", "sign-in.png"])
def test_a_picture_is_small_and_stands_on_the_page(name):
    """test_playground.py makes them, with `HANDFAST_PICTURES`."""
    content = (PICTURES / name).read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) < 120_000
    width, height = struct.unpack(">II", content[16:24])
    assert width <= 1600 and height <= 1600
    assert f"](pictures/{name})" in " ".join((ROOT / PAGE).read_text().split())


def test_the_folder_of_pictures_has_no_others():
    pages = "".join(page.read_text() for page in PICTURES.parent.glob("*.md"))
    assert not [one.name for one in PICTURES.iterdir() if f"pictures/{one.name})" not in pages]
