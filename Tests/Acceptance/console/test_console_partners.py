# SPDX-License-Identifier: Apache-2.0
"""The console on partners: trusted issuers, token exchange, rates, and the audit of them."""

import json

import pytest

import expect
from audits import Audit
from exchanges import (
    ACCESS_TOKEN,
    EXCHANGE,
    GATEWAY,
    ORDERS,
    USER,
    Gateway,
    Web,
    server_with_user,
)
from oauth import CC
from parties import Caller
from partners import Partner, presenter


@pytest.fixture(scope="module")
def server(data):
    with server_with_user(data) as running:
        yield running


def registered(server, client_id):
    return json.loads(server.handfast("client", "show", client_id, "--json").stdout)


def test_trusted_issuers_are_listed_and_each_has_its_page(server, reader, pki, tmp_path):
    reader.open("/issuers")
    assert "There is no trusted issuer yet" in reader.shown
    caller = presenter(server, pki, "presents", "--scope", "read write")
    partner = Partner(
        server, tmp_path, "partner", caller, "--expect-audience", "urn:ours",
        "--subjects", "team-*", "--token-audiences", "https://a.example", "--scopes", "read",
        "--max-lifetime", "120",
    )  # fmt: skip
    reader.open("/issuers")
    row = next(one.text for one in reader.page.all("tr") if "partner" in one.text)
    assert partner.issuer in row and "ES256" in row and "registered" in row
    reader.follow("partner")
    shown, expected = reader.facts, {
        "Name": "partner", "Issuer": partner.issuer, "Subjects here": "partner:team-*",
        "Expected audience": "urn:ours", "Algorithms": "ES256", "Longest lifetime": "120 s",
        "Audiences of tokens": "https://a.example", "Scopes of tokens": "read",
        "Keys": "registered",
    }  # fmt: skip
    assert {name: shown.get(name) for name in expected} == expected
    body = reader.answer.body.decode()
    assert partner.kid in reader.shown and partner.jwk["x"] not in body
    reader.follow(caller.client_id)
    assert reader.title == "presents"
    reader.open("/issuers/partner")
    reader.follow("Changes of this issuer in the audit")
    assert "Add issuer partner" in reader.shown and partner.issuer in reader.shown
    # One that was removed has no page, and its history stays.
    server.handfast("issuer", "remove", "partner")
    expect.eventually(lambda: reader.ask("GET", "/issuers/partner").status == 404)
    reader.open("/audit?kind=issuer&id=partner")
    assert "Remove issuer partner" in reader.shown


def test_an_issuer_whose_keys_never_came_is_told_apart(server, reader, pki, tmp_path):
    caller = presenter(server, pki, "waits")
    Partner(server, tmp_path, "away", caller, "--jwks-uri", "https://127.0.0.1:9/keys")
    reader.open("/issuers/away")
    assert reader.facts["Keys"] == "never fetched"
    assert "None counts: its JWTs are answered with 503." in reader.shown


def test_token_exchange_is_set_up_in_the_form(server, reader, pki, api):
    web = Web(server, pki)
    gateway = Caller(server, pki, "gateway")
    reader.open(f"/clients/{gateway.client_id}")
    assert "Own audiences" not in reader.facts
    reader.open(f"/clients/{gateway.client_id}/edit")
    form = reader.form("Save").fill("token_exchange", True).fill("Its own audiences", GATEWAY)
    form.fill("Audiences", "\n".join(ORDERS)).fill("Exchanged tokens", "impersonate")
    form.fill("Tokens bound to the certificates of others", True).fill("Scopes", "read")
    reader.submit(form, "Save")
    shown = reader.facts
    assert shown["Own audiences"] == GATEWAY and "impersonate" in shown["Exchanged tokens"]
    assert shown["Exchanges bound tokens"] == "of others too"
    asked = {"grant_type": EXCHANGE, "subject_token_type": ACCESS_TOKEN, "scope": "read"}
    expect.eventually(lambda: gateway.ask(**asked, subject_token=web.for_user()).status == 200)
    token = gateway.token(**asked, subject_token=web.for_user())
    assert api.reads(token)["sub"] == f"user:{USER}"
    # The twin: a token for somebody else is none for the gateway.
    foreign = web.for_user(resource="https://api.example")
    expect.error(gateway.ask(**asked, subject_token=foreign), "invalid_request")
    # The form shows it as it is, and takes it away again.
    reader.open(f"/clients/{gateway.client_id}/edit")
    form = reader.form("Save")
    assert form.value("Its own audiences") == GATEWAY
    assert form.value("Exchanged tokens") == "impersonate"
    assert form.value("Tokens bound to the certificates of others") is True
    form.fill("token_exchange", False)
    reader.submit(form, "Save", status=400)
    assert "is for clients with the grant token_exchange" in reader.shown
    form = reader.form("Save").fill("Its own audiences", "").fill("Exchanged tokens", "delegate")
    form.fill("Tokens bound to the certificates of others", False)
    reader.submit(form, "Save")
    now = registered(server, gateway.client_id)
    assert not {"own_audiences", "exchange_mode", "exchange_bound_tokens"} & set(now)
    expect.everywhere(lambda: gateway.ask(**asked, subject_token=web.for_user()), 400)
    answer = gateway.ask(**asked, subject_token=web.for_user())
    expect.error(answer, "unauthorized_client")


def test_a_client_is_added_with_a_rate_and_own_audiences(server, reader):
    reader.open("/clients/add")
    form = reader.form("Register").fill("Name", "shop").fill("Rate", "often")
    form.fill("Authentication", "client_secret_basic").fill("token_exchange", True)
    form.fill("Its own audiences", GATEWAY)
    reader.submit(form, "Register", status=400)
    assert "N/SECONDS" in reader.shown
    reader.submit(reader.form("Register").fill("Rate", "7/60"), "Register")
    made = reader.page.all("code")[0].text
    now = registered(server, made)
    assert now["rate"] == "7/60" and now["own_audiences"] == [GATEWAY]
    # Without a rate the server's is that of the client, and no rate is registered.
    reader.open(f"/clients/{made}/edit")
    form = reader.form("Save")
    assert form.value("Rate") == "7/60"
    reader.submit(form.fill("Rate", ""), "Save")
    assert "rate" not in registered(server, made)


def test_requests_beyond_the_rate_are_on_the_client_s_page(server, reader, pki):
    often = Caller(server, pki, "often", "--rate", "3/3600")
    calm = Caller(server, pki, "calm")
    with server.connect(often.credential) as connection:
        statuses = [connection.token(often.body).status for _ in range(5)]
    assert statuses.count(429) > 1
    reader.open(f"/clients/{often.client_id}")
    shown = reader.facts
    assert shown["Rate"] == "3/3600 s"
    assert shown["Slowed down (429)"].startswith(f"{statuses.count(429)} times, last 20")
    assert int(shown["Tokens before they were needed"]) > 0
    reader.open(f"/refusals?client={often.client_id}")
    assert "client-rate" in reader.shown
    # Its twin stays within what it may.
    calm.token()
    reader.open(f"/clients/{calm.client_id}")
    assert reader.facts["Rate"].endswith("(default)")
    assert "Slowed down (429)" not in reader.facts


def test_an_impersonation_is_found_in_the_audit(server, reader, pki):
    web = Web(server, pki, "sends")
    silent = Gateway(server, pki, "silent", "--exchange", "impersonate")
    named = Gateway(server, pki, "named")
    for gateway in (silent, named):
        gateway.exchanged(web.for_user(), scope="read")
    assert Audit(server.data).newest()["action"] == "impersonate"
    reader.open("/audit")
    form = next(one for one in reader.page.all("form") if one.get("method", "get") == "get")
    (choice,) = form.all("select", name="action")
    assert "impersonate" in [one["value"] for one in choice.all("option")]
    reader.open("/audit?action=impersonate")
    assert f"Impersonate client {silent.client_id}" in reader.shown
    assert f"user:{USER}" in reader.shown and ORDERS[0] in reader.shown
    # A delegation is none: the token itself says who acts.
    assert named.client_id not in reader.shown
    reader.open(f"/audit?action=impersonate&kind=client&id={named.client_id}")
    assert "No entry is like that" in reader.shown
    assert named.ask(**CC).status == 200
