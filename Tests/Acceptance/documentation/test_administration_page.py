# SPDX-License-Identifier: Apache-2.0
"""The commands of Documentation/administration-api.md, run as printed beside a running server."""

import json
import shutil

import expect

PAGE = "Documentation/administration-api.md"


def values(text):
    """The JSON values that follow each other in what commands have printed."""
    decoder, found, rest = json.JSONDecoder(), [], text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        found.append(value)
        rest = rest[end:].strip()
    return found


def test_the_page_from_its_beginning_to_its_end(walk, server, pki):
    page = walk(PAGE, port=server.port, HANDFAST_DATA=server.data)
    old, new = (pki.self_signed(name, "p256") for name in ("reporting", "reporting-new"))
    shutil.copy(old.certificate, page.folder / "reporting.pem")
    shutil.copy(new.certificate, page.folder / "reporting-new.pem")
    (said,) = page.run("First steps")
    assert values(said) == [{"clients": []}]
    assert json.loads((page.folder / "openapi.json").read_text())["openapi"] == "3.1.0"

    made, changed, replaced, certificates, verified, tried = page.run("Clients")
    (client,) = values(made)
    assert client["client_secret"] and client["labels"] == {"team": "billing"}
    stock, patched, named, labelled = values(changed)
    assert patched["scope"] == "stock:read" and stock["client_id"] == "stock"
    assert [one["client_id"] for one in named["clients"]] == ["stock"]
    assert [one["client_id"] for one in labelled["clients"]] == [client["client_id"]]
    assert values(replaced) == []
    assert len(values(certificates)[0]["keys"]) == 2
    assert values(verified)[0]["authenticated"] is True
    assert tried.strip() == "true"
    body = {"grant_type": "client_credentials", "client_id": client["client_id"]}
    for credential in (old, new):
        expect.eventually(lambda one=credential: server.token(body, one).status == 200)

    (said,) = page.run("What was refused")
    assert values(said)[0]["refusals"] == []
    (said,) = page.run("What clients ask")
    assert said.strip() == "null"
    (said,) = page.run("What ends")
    ends, last, *own = values(said)
    assert {one["kind"] for one in ends["expiring"]} >= {"client_certificate"}
    assert last["expiring"][0]["ends"] >= max(one["ends"] for one in ends["expiring"])
    assert own and all(one["remedy"] for one in own)

    (said,) = page.run("Users, trust sets, issuers, keys")
    user, sets, key, revoked = values(said)
    assert user["name"] == "sam" and sets == {"trust_sets": []} and key["state"] == "next"
    assert revoked["username"] == "sam"

    (said,) = page.run("The configuration in effect")
    assert all(one["key"] and one["origin"] for one in values(said))

    (said,) = page.run("Tokens for administrators")
    keys, audit = values(said)
    assert keys["keys"] and audit["entries"][0]["id"] == "pipeline"
