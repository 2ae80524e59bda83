# SPDX-License-Identifier: Apache-2.0
"""Token exchange (RFC 8693), from outside: the tokens that are given, each beside a refusal."""

import json
import time

import jwt
import pytest

import expect
from audits import Audit
from exchanges import ACCESS_TOKEN, EXCHANGE, GATEWAY, JWT, ORDERS, PASSWORD, USER, Gateway, Web
from oauth import REVOCATION, TOKEN_FORMATS, WELL_KNOWN
from parties import Caller


def refused(answer, error="invalid_request"):
    return expect.error(answer, error)


# Given.


@pytest.mark.smoke
@pytest.mark.parametrize("given", TOKEN_FORMATS)
@pytest.mark.parametrize("got", TOKEN_FORMATS)
def test_a_gateway_acts_for_a_user_by_a_token_of_its_own(
    server, pki, api, issuer, given, got
):
    web = Web(server, pki, f"web-{given}-{got}", "--token-format", given)
    gateway = Gateway(server, pki, f"gateway-{given}-{got}", "--token-format", got)
    members = gateway.exchanged(web.for_user(), scope="read")
    assert members["scope"] == "read" and members["expires_in"] <= 600
    said = api.reads(members["access_token"])
    assert said["sub"] == f"user:{USER}" and said["client_id"] == gateway.client_id
    assert said["act"] == {"sub": gateway.client_id, "iss": issuer}
    assert said["aud"] == ORDERS
    assert said["cnf"] == {"x5t#S256": gateway.credential.thumbprint}
    if got == "jwt":
        claims = expect.verified(members["access_token"], server.address)
        assert {name: said[name] for name in claims} == claims
    # The same of a token that is for somebody else.
    refused(gateway.exchange(web.for_user(resource="https://api.example")))


def test_a_client_s_token_is_exchanged_too(web, gateway, api):
    said = api.reads(gateway.exchanged(web.for_itself())["access_token"])
    assert said["sub"] == web.client_id and said["act"]["sub"] == gateway.client_id
    refused(gateway.exchange(web.for_itself(resource="https://api.example")))


def test_the_answer_to_jwt_is_a_jwt(server, pki, web, gateway):
    token = gateway.exchanged(web.for_user(), requested_token_type=JWT)["access_token"]
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    sealing = Gateway(server, pki, "sealing", "--token-format", "sealed")
    refused(sealing.exchange(web.for_user(), requested_token_type=JWT))
    assert "." not in sealing.exchanged(web.for_user())["access_token"]


def test_targets_are_named_by_both_parameters(web, gateway, api):
    asked = {"audience": ORDERS[::-1], "resource": ORDERS[1]}
    token = gateway.exchanged(web.for_user(), **asked)["access_token"]
    assert api.reads(token)["aud"] == ORDERS[::-1]
    one = gateway.exchanged(web.for_user(), audience=ORDERS[1])["access_token"]
    assert api.reads(one)["aud"] == ORDERS[1]
    more = [*ORDERS, "https://x.example"]
    refused(gateway.exchange(web.for_user(), audience=more), "invalid_target")
    refused(gateway.exchange(web.for_user(), resource=more), "invalid_target")


def test_a_client_narrows_its_own_token(server, pki, api):
    plain = Gateway(server, pki, "plain", own=None)
    token = plain.exchanged(plain.token(), scope="read", audience=ORDERS[0])["access_token"]
    said = api.reads(token)
    assert said["scope"] == "read" and said["aud"] == ORDERS[0] and "act" not in said
    assert said["sub"] == said["client_id"] == plain.client_id
    refused(plain.exchange(token, scope="read write"), "invalid_scope")
    refused(plain.exchange(token, resource=ORDERS[1]), "invalid_target")


def test_actors_gather_and_the_fifth_is_refused(server, pki, web, gateway, api, issuer):
    hops = [
        Gateway(server, pki, f"hop{number}", "--exchange-bound-tokens", own=ORDERS[0])
        for number in range(4)
    ]
    token = gateway.exchanged(web.for_user())["access_token"]
    expected = {"sub": gateway.client_id, "iss": issuer}
    for hop in hops[:3]:
        token = hop.exchanged(token)["access_token"]
        expected = {"sub": hop.client_id, "iss": issuer, "act": expected}
        assert api.reads(token)["act"] == expected
    refused(hops[3].exchange(token))


def test_a_bound_token_is_its_holder_s(server, pki, web):
    bound = Web(server, pki, "bound", "--bound-tokens")
    strict = Gateway(server, pki, "strict")
    loose = Gateway(server, pki, "loose", "--exchange-bound-tokens")
    token = bound.for_user()
    refused(strict.exchange(token))
    strict.exchanged(web.for_user())
    members = loose.exchanged(token)
    claims = expect.verified(members["access_token"], server.address)
    assert claims["cnf"] == {"x5t#S256": loose.credential.thumbprint}


# Impersonation.


def test_an_impersonation_is_in_the_audit_and_introspection_names_the_caller(
    server, web, impersonator, api
):
    audit = Audit(server.data)
    before = audit.entries("--action", "impersonate")
    token = impersonator.exchanged(web.for_user(), scope="read")["access_token"]
    said = api.reads(token)
    assert said["sub"] == f"user:{USER}" and "act" not in said
    assert said["client_id"] == impersonator.client_id
    # The row is there when the answer is.
    (row,) = audit.entries("--action", "impersonate")[len(before) :]
    assert (row["kind"], row["id"]) == ("client", impersonator.client_id)
    assert row["after"] == {"sub": f"user:{USER}", "scope": "read", "audiences": ORDERS}
    assert audit.verify() >= 1
    # A refused one, and one that makes its own token less, leave none.
    refused(impersonator.exchange(web.for_user(resource="https://api.example")))
    impersonator.exchanged(impersonator.token())
    assert len(audit.entries("--action", "impersonate")) == len(before) + 1


def test_beyond_its_rate_a_client_leaves_no_row_of_an_impersonation(server, pki, web):
    one = Gateway(server, pki, "impersonates-often", "--exchange", "impersonate")
    one.exchanged(web.for_user())
    one.update("--rate", "1/3600")
    expect.eventually(lambda: one.exchange(web.for_user()).status == 429)
    rows = len(Audit(server.data).entries("--action", "impersonate"))
    for _ in range(5):
        expect.error(one.exchange(web.for_user()), "slow_down", 429)
    assert len(Audit(server.data).entries("--action", "impersonate")) == rows
    # The twin: within its rate there is a row again.
    one.update("--rate", "default")
    expect.eventually(lambda: one.exchange(web.for_user()).status == 200)
    assert len(Audit(server.data).entries("--action", "impersonate")) > rows


def test_a_client_with_refresh_tokens_gets_none_by_an_exchange(server, pki, web):
    grants = "client_credentials,token_exchange,password,refresh_token"
    one = Gateway(server, pki, "with-refresh", "--grant-types", grants)
    assert "refresh_token" not in one.exchanged(web.for_user())
    # The twin: by a password it has one.
    user = {"grant_type": "password", "username": USER, "password": PASSWORD}
    assert "refresh_token" in one.members(**user)


def test_a_delegation_is_not_in_the_audit(server, web, gateway):
    rows = len(Audit(server.data).entries())
    gateway.exchanged(web.for_user())
    assert len(Audit(server.data).entries()) == rows


# Over.


def test_a_revoked_token_gives_nothing(server, web, gateway):
    token, other = web.for_user(), web.for_user()
    gateway.exchanged(token)
    form = {"client_id": web.client_id, "token": token}
    assert server.token(form, web.credential, target=REVOCATION).status == 200
    expect.eventually(lambda: gateway.exchange(token).status == 400)
    refused(gateway.exchange(token))
    gateway.exchanged(other)


def test_an_actor_whose_token_was_revoked_is_none(server, web, gateway):
    actor = gateway.token()
    acting = {"actor_token": actor, "actor_token_type": ACCESS_TOKEN}
    gateway.exchanged(web.for_user(), **acting)
    form = {"client_id": gateway.client_id, "token": actor}
    assert server.token(form, gateway.credential, target=REVOCATION).status == 200
    expect.eventually(lambda: gateway.exchange(web.for_user(), **acting).status == 400)
    refused(gateway.exchange(web.for_user(), **acting))
    # Its twin: another token of the same actor.
    gateway.exchanged(web.for_user(), **{**acting, "actor_token": gateway.token()})


def test_a_disabled_party_gives_nothing(server, pki, api, gateway):
    """CVE-2026-1609: at the time of the exchange, not of the subject token."""
    server.add_user("bob", PASSWORD)
    web = Web(server, pki, "disabled")
    expect.eventually(
        lambda: web.ask(grant_type="password", username="bob", password=PASSWORD).status == 200
    )

    def taken():
        """A token of now: one of the second in which the user was disabled is dead."""
        answer = web.ask(
            grant_type="password", username="bob", password=PASSWORD, resource=GATEWAY
        )
        found = answer.json.get("access_token")
        return found if found and gateway.exchange(found).status == 200 else None

    for kind, name in (("user", "bob"), ("client", web.client_id)):
        token = expect.eventually(taken)
        good = gateway.exchanged(token)["access_token"]
        server.handfast(kind, "disable", name)
        expect.eventually(lambda token=token: gateway.exchange(token).status == 400)
        refused(gateway.exchange(token))
        # A token of the user ends with the user, whoever has it.
        if kind == "user":
            api.comes_to_refuse(good)
        server.handfast(kind, "enable", name)
        expect.eventually(lambda: web.ask().status == 200)
        if kind == "user":
            # A token of before stays dead; of a client it is good again, as at introspection.
            refused(gateway.exchange(token))


def test_a_caller_without_the_grant_is_told_so(server, pki, web, gateway):
    other = Caller(server, pki, "other")
    answer = server.token(
        {**gateway.form(web.for_user()), "client_id": other.client_id}, other.credential
    )
    refused(answer, "unauthorized_client")
    refused(server.token(gateway.form(web.for_user()), other.credential), "invalid_client")


def test_an_expired_token_gives_nothing_and_a_new_one_lives_no_longer(server, pki, gateway):
    brief = Web(server, pki, "brief", "--token-lifetime", "2")
    token = brief.for_user()
    members = gateway.exchanged(token)
    assert members["expires_in"] <= 2
    claims = expect.verified(members["access_token"], server.address)
    assert claims["exp"] == jwt.decode(token, options={"verify_signature": False})["exp"]
    time.sleep(2.1)
    refused(gateway.exchange(token))


@pytest.mark.parametrize("seconds", [None, 45])
def test_the_life_is_bounded_by_the_configuration(fresh, pki, seconds):
    more = {"HANDFAST_TOKENS_EXCHANGE_LIFETIME": str(seconds)} if seconds else {}
    running = fresh(env=more)
    running.add_user(USER, PASSWORD)
    with running:
        web = Web(running, pki, "web-life")
        gateway = Gateway(running, pki, "gateway-life")
        assert gateway.exchanged(web.for_user())["expires_in"] == (seconds or 600)
        assert gateway.members()["expires_in"] == 3600
        own = Gateway(running, pki, "own-life", "--token-lifetime", "30")
        assert own.exchanged(web.for_user())["expires_in"] == 30


# Registration.


def test_the_audience_of_everyone_is_none_of_a_client(fresh, pki):
    """Neither the issuer nor `tokens.audience`, which tokens of clients without audiences have."""
    standard = "https://api.corp.example"
    running = fresh(env={"HANDFAST_TOKENS_AUDIENCE": standard})
    with running as server:
        issuer = server.get(WELL_KNOWN).json["issuer"]
        plain = Caller(server, pki, "plain", "--no-bound-tokens")
        assert expect.verified(plain.token(), server.address, audience=standard)["aud"] == standard
        web = Web(server, pki, "web", "--audience", standard, "--audience", issuer)
        for name, own in (("by-standard", standard), ("by-issuer", issuer)):
            gateway = Gateway(server, pki, name, "--own-audience", own)
            refused(gateway.exchange(plain.token()))
            refused(gateway.exchange(web.for_itself(resource=own)))
            # Its twin: the audience that is the gateway alone.
            gateway.exchanged(web.for_itself())


def test_the_grant_has_its_urn_wherever_programs_read_it(server, gateway):
    assert EXCHANGE in server.get(WELL_KNOWN).json["grant_types_supported"]
    shown = json.loads(server.handfast("client", "show", gateway.name, "--json").stdout)
    assert shown["grant_types"] == ["client_credentials", EXCHANGE]
    assert shown["own_audiences"] == [GATEWAY]
    assert "exchange_mode" not in shown and "exchange_bound_tokens" not in shown


def test_members_of_exchange_go_with_the_grant(server, pki):
    certificate = pki.self_signed("alone", "p256").certificate
    add = ("client", "add", "alone", "--certificate", certificate)
    for option in (
        ("--own-audience", GATEWAY), ("--exchange", "impersonate"), ("--exchange-bound-tokens",)
    ):  # fmt: skip
        done = server.handfast(*add, *option, check=False)
        assert done.returncode == 64 and f"{option[0]} is for clients with the grant" in done.stderr
    done = server.handfast(
        *add, "--grant-types", "token_exchange", "--exchange", "other", check=False
    )
    assert done.returncode == 64 and "Choose delegate or impersonate." in done.stderr
    done = server.handfast(
        "client", "add", "open", "--auth-method", "none", "--grant-types", "token_exchange",
        check=False,
    )  # fmt: skip
    assert done.returncode == 64 and "token_exchange" in done.stderr
    server.handfast(
        *add, "--grant-types", "token_exchange", "--own-audience", GATEWAY,
        "--exchange", "impersonate", "--exchange-bound-tokens",
    )  # fmt: skip
    update = ("client", "update", "alone")
    done = server.handfast(*update, "--grant-types", "client_credentials", check=False)
    assert done.returncode == 64 and "--own-audience" in done.stderr
    server.handfast(
        *update, "--grant-types", "client_credentials", "--own-audience", "none",
        "--exchange", "delegate", "--no-exchange-bound-tokens",
    )  # fmt: skip
