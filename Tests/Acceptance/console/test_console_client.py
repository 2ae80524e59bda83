# SPDX-License-Identifier: Apache-2.0
"""A client's page: all that is registered, whatever its id is, and how it is verified."""

import json
import subprocess
import urllib.parse

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import expect
from assertions import public_jwk
from consoles import Reader
from oauth import CC

SECRET = ["--auth-method", "client_secret_basic", "--grant-types", "client_credentials"]
# Names of pages, and names that a browser takes out of a path (URL Standard, 4.4).
ODD = ["add", "shown-once", ".", "..", "~", "~add", "%2e", "a/../b", "?#", "clients"]


def test_the_page_has_all_that_is_registered(server, reader, tmp_path):
    keys = tmp_path / "keys.json"
    key = ec.generate_private_key(ec.SECP256R1())
    public = public_jwk(key, "ES256", "orders-2026")
    keys.write_text(json.dumps({"keys": [public]}))
    made = server.add_client(
        "everything", "--jwks", keys, "--auth-signing-alg", "ES256", "--grant-types",
        "authorization_code,refresh_token", "--redirect-uri", "https://a.example/back",
        "--scope", "read write", "--audience", "https://api.example", "--introspect",
        "--require-par", "--token-lifetime", "600", "--reuse-window", "30",
        "--token-signing-alg", "ES384", "--claim", 'tenant="north"', "--refresh-rotation", "off",
        "--refresh-lifetime", "2592000", "--refresh-idle", "86400", "--label", "team=shop",
        "--rate", "100/60",
    )  # fmt: skip
    reader.open(f"/clients/{made['client_id']}")
    shown = reader.facts
    expected = {
        "Client key (client_id)": made["client_id"], "Method": "private_key_jwt",
        "Keys (jwks)": "orders-2026 EC P-256, ES256, for signatures",
        "Assertions signed with": "ES256", "Grants": "authorization_coderefresh_token",
        "Callback URLs": "https://a.example/back", "Scopes": "readwrite",
        "Audiences": "https://api.example", "Pushed requests (PAR)": "required",
        "Introspection": "tokens of all clients", "Form": "jwt", "Signed with": "ES384",
        "Lifetime": "600 s (10 minutes)", "Reuse window": "30 s",
        "Static claims": 'tenant="north"', "Refresh tokens replaced": "off",
        "Refresh tokens end": "2592000 s (30 days)",
        "Without use they end": "86400 s (1 day)", "Labels": "team=shop",
        "Rate": "100/60 s",
    }  # fmt: skip
    assert {name: shown.get(name) for name in expected} == expected
    assert "default" not in " ".join(shown.values())
    assert public["x"] not in reader.answer.body.decode()


def test_what_nobody_has_set_is_said_to_be_the_default(server, reader):
    made = server.add_client("plain", *SECRET)
    reader.open(f"/clients/{made['client_id']}")
    shown = reader.facts
    for name in ("Audiences", "Introspection", "Signed with", "Lifetime", "Reuse window"):
        assert "default" in shown[name], shown
    assert "Keys (jwks)" not in shown and "Trust set" not in shown


def test_the_cas_of_a_client_are_shown_and_those_of_its_trust_set(server, reader, pki):
    subject = ["--subject-dn", "CN=under", "--grant-types", "client_credentials"]
    ca = pki.root.certificate
    server.handfast("trust-set", "add", "shared", "--ca-certificate", pki.namesake.certificate)
    own = server.add_client("under its own", "--ca-certificate", ca, *subject)
    shared = server.add_client("under a set", "--trust-set", "shared", *subject)
    other = server.add_client("under none", *SECRET)

    def rows(client):
        reader.open(f"/clients/{client['client_id']}")
        tables = [one for one in reader.page.all("table") if one.one("caption").text == "CAs"]
        return [one.text for table in tables for one in table.one("tbody").all("tr")]

    (row,) = rows(own)
    assert "CN=Root" in row and "itself" in row and "CAs of its own" in reader.facts
    (row,) = rows(shared)
    assert "CN=Root" in row and reader.facts["Trust set"] == "shared"
    assert reader.link("shared") == f"{reader.console.base}/trust-sets/shared"
    assert rows(other) == [] and "CAs" not in [one.text for one in reader.page.all("h2")]


@pytest.fixture(scope="module")
def odd(server):
    """Clients whose ids are names of pages, or dots."""
    for name in ODD:
        server.add_client(f"odd {name}", *SECRET, "--client-id", name)
    return ODD


def test_a_client_of_any_name_is_reached_over_links(server, reader, odd):
    for name in odd:
        reader.open("/clients?q=odd")
        reader.follow(f"odd {name}")
        assert reader.title == f"odd {name}"
        assert reader.facts["Client key (client_id)"] == name
        reader.press("Disable")
        assert reader.title == f"odd {name}" and "is disabled" in reader.shown
        shown = json.loads(server.handfast("client", "show", f"odd {name}", "--json").stdout)
        assert not shown["enabled"]
        reader.press("Enable")
        reader.follow("Edit")
        assert reader.form("Save").value("Name") == f"odd {name}"
        reader.submit(reader.form("Save").fill("Scopes", "read"), "Save")
        assert reader.title == f"odd {name}" and reader.facts["Scopes"] == "read"
        reader.follow("All changes of this client")
        assert reader.title == "Audit" and "Change client" in reader.shown
    reader.open("/clients/add")
    assert reader.title == "Add a client"
    assert reader.open("/clients/shown-once/x", status=410)


def test_a_client_of_any_name_is_reached_in_a_browser(window, server, odd):
    """Which normalises paths before it asks."""
    for name in odd:
        window.open(f"{window.console.home}/clients?q=odd")
        window.press(f"odd {name}")
        assert window.title.startswith(f"odd {name} ·"), (name, window.address)
        window.open(window.address)
        assert window.title.startswith(f"odd {name} ·"), (name, window.address)
        window.press("Edit")
        assert window.title.startswith(f"Edit odd {name} ·"), (name, window.address)


def test_a_raw_path_of_dots_leads_to_that_client_or_nowhere(reader, odd):
    """Programs may send what browsers do not."""
    for path, name in (("~.", "."), ("~..", ".."), (".", "."), ("%2E%2E", ".."), ("~~", "~")):
        reader.open(f"/clients/{path}")
        assert reader.facts["Client key (client_id)"] == name
    for path in ("/clients/~", "/clients/~nobody", "/clients/~./nothing", "/clients/../clients"):
        assert reader.open(path, status=404)


CREDENTIALS = ["--grant-types", "client_credentials"]
ODD_ID = "co:l on+%&'"


def pasted(line, folder):
    """The status of what a shell in the folder gets for the line."""
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, (line, done.stderr)
    return int(done.stdout.split()[1])


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_the_line_gets_a_token_whatever_the_client_s_id(server, reader, tmp_path, method):
    id = f"{ODD_ID}{method}"
    options = ["--auth-method", method, *CREDENTIALS, "--client-id", id]
    made = server.add_client(f"line of {method}", *options)
    reader.open(f"/clients/{urllib.parse.quote(id, safe='')}")
    line = reader.page.one(id="curl").raw
    right = line.replace("CLIENT_SECRET", made["client_secret"])
    expect.eventually(lambda: pasted(right, tmp_path) == 200)
    # The twin: the place of the secret is no secret.
    assert pasted(line, tmp_path) == 401


def test_the_line_of_a_certificate_gets_a_token_whatever_the_id(server, reader, pki, tmp_path):
    own = pki.self_signed("odd-line", "p256")
    (tmp_path / "client-certificate.pem").write_bytes(own.certificate.read_bytes())
    (tmp_path / "key.pem").write_bytes(own.key.read_bytes())
    options = ["--certificate", own.certificate, *CREDENTIALS, "--client-id", ODD_ID]
    server.add_client("line of a certificate", *options)
    reader.open(f"/clients/{urllib.parse.quote(ODD_ID, safe='')}")
    line = reader.page.one(id="curl").raw
    expect.eventually(lambda: pasted(line, tmp_path) == 200)


def test_where_no_line_gets_a_token_the_page_says_how_one_begins(server, reader, tmp_path):
    user = ["--grant-types", "authorization_code,refresh_token"]
    back = ["--redirect-uri", "https://a.example/back"]
    public = server.add_client("signs in", "--auth-method", "none", *user, *back)
    reader.open(f"/clients/{public['client_id']}")
    assert not reader.page.all(id="curl") and "/oauth2/authorize" in reader.shown
    signing = server.add_client("signs", "--auth-method", "client_secret_jwt", *CREDENTIALS)
    reader.open(f"/clients/{signing['client_id']}")
    line = reader.page.one(id="curl").raw
    assert "client_assertion=ASSERTION" in line and "signs an assertion" in reader.shown
    # The twin of a token: the place is no assertion.
    assert pasted(line, tmp_path) == 401


def test_a_certificate_that_is_in_order_is_not_offered_for_registration(server, reader, pki):
    good = pki.issued("console-leaf", subject="/O=Handfast/CN=console-leaf")
    subject = ["--subject-dn", "CN=console-leaf,O=Handfast"]
    ca = ["--ca-certificate", pki.root.certificate]
    id = server.add_client("console leaf", *ca, *subject, *CREDENTIALS)["client_id"]
    body = {**CC, "client_id": id, "scope": "nothing"}
    expect.eventually(lambda: server.token(body, good).json.get("error") == "invalid_scope")
    reader.open(f"/refusals?client={id}&check=scope")
    assert good.thumbprint in reader.shown and "Verify this one" in reader.shown
    assert "Register" not in reader.shown and "for this client" not in reader.shown
    reader.follow("Verify this one")
    assert "This client would authenticate: yes" in reader.shown
    assert "Register as a new client" not in reader.shown


def test_what_was_verified_has_an_address_that_is_loaded_again(server, reader, consoles, pki):
    own = pki.self_signed("verified-own", "p256", subject="/CN=verified-own")
    other = pki.self_signed("verified-other", "p256", subject="/CN=verified-other")
    made = server.add_client(
        "verified", "--certificate", own.certificate, "--grant-types", "client_credentials"
    )
    reader.open(f"/clients/{made['client_id']}")
    reader.follow("Verify a certificate")
    for credential, result in ((other, "no"), (own, "yes")):
        form = reader.form("Verify").fill("Certificate", credential.certificate.read_text())
        reader.submit(form, "Verify")
        for _ in range(2):
            assert f"This client would authenticate: {result}" in reader.shown
            assert reader.target.startswith(f"{reader.console.base}/clients/")
            reader.open(reader.target)
        offered = "Register this certificate for the client" in reader.shown
        assert offered == (result == "no")
    # Passed on: without the console's own part of the path.
    shared = reader.target.removeprefix(reader.console.base)
    second = Reader(consoles())
    second.open(shared)
    assert "This client would authenticate: yes" in second.shown


def test_an_address_with_a_broken_certificate_is_refused(server, reader):
    made = server.add_client("verified in vain", *SECRET)
    place = f"/clients/{made['client_id']}/verify"
    for text in ("AAAA", "x", urllib.parse.quote("-----BEGIN CERTIFICATE-----")):
        reader.open(f"{place}?der={text}", status=400)
        assert "The address has no certificate" in reader.shown
    reader.open("/clients/nobody/verify", status=404)
    reader.open(place)
    reader.submit(reader.form("Verify"), "Verify", status=400)
    assert "Paste a certificate" in reader.shown
