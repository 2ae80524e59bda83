# SPDX-License-Identifier: Apache-2.0
"""JWTs of trusted issuers as subject tokens of an exchange (RFC 8693 §3, `…:token-type:jwt`)."""

import time

import pytest

import expect
from exchanges import GATEWAY, JWT, ORDERS, Gateway
from partners import Partner

ACCESS = {"kid": "partner-key", "typ": "at+jwt"}


@pytest.fixture(scope="module")
def partner(server, gateway, tmp_path_factory):
    made = Partner(server, tmp_path_factory.mktemp("partner"), "partner", gateway)
    expect.eventually(lambda: exchanged(gateway, made).status == 200)
    return made


def exchanged(gateway, partner, headers=ACCESS, asked=None, **changes):
    """The answer to an exchange of a JWT with these claims; `asked` are parameters."""
    claims = {"aud": GATEWAY, "scope": "read admin", **changes}
    token = partner.sign(headers=headers, **claims)
    return gateway.exchange(token, subject_token_type=JWT, **(asked or {}))


def given(gateway, partner, api, **more):
    """What introspection says of the token that is given."""
    members = expect.token(exchanged(gateway, partner, **more))
    return api.reads(members["access_token"])


@pytest.mark.parametrize("kind", ["at+jwt", "JWT"])
def test_a_partner_s_jwt_is_exchanged_for_its_subject(gateway, partner, api, issuer, kind):
    said = given(gateway, partner, api, headers={**ACCESS, "typ": kind})
    assert said["sub"] == "partner:alice" and said["client_id"] == gateway.client_id
    assert said["act"] == {"sub": gateway.client_id, "iss": issuer}
    assert said["scope"] == "read" and said["aud"] == ORDERS
    assert said["cnf"] == {"x5t#S256": gateway.credential.thumbprint}
    # A JWT without the word gives none.
    assert "scope" not in given(gateway, partner, api, scope=None)
    answer = exchanged(gateway, partner, scope=None, asked={"scope": "read"})
    expect.error(answer, "invalid_scope")


def test_actors_of_a_partner_stay_in_the_token(gateway, partner, api, issuer):
    actor = {"sub": "app", "iss": partner.issuer}
    said = given(gateway, partner, api, act=actor)
    assert said["act"] == {"sub": gateway.client_id, "iss": issuer, "act": actor}
    expect.error(exchanged(gateway, partner, act={"sub": "app"}), "invalid_request")


def test_may_act_of_a_partner_counts_and_stays(gateway, partner, api, issuer):
    permitted = {"sub": gateway.client_id, "iss": issuer}
    assert given(gateway, partner, api, may_act=permitted)["may_act"] == permitted
    for other in (
        {"sub": "other", "iss": issuer},
        {"sub": gateway.client_id, "iss": partner.issuer},
        {"sub": gateway.client_id},
    ):
        expect.error(exchanged(gateway, partner, may_act=other), "invalid_request")


def test_a_party_that_may_not_act_gets_nothing_for_our_token_either(
    server, pki, gateway, partner, api, issuer
):
    """`may_act` goes from a partner's JWT into our token, and counts there for the next client."""
    shop = Gateway(server, pki, "shop", "--exchange-bound-tokens", own=ORDERS[0])

    def ours(**claims):
        return expect.token(exchanged(gateway, partner, **claims))["access_token"]

    expect.eventually(lambda: shop.exchange(ours()).status == 200)
    said = api.reads(shop.exchanged(ours())["access_token"])
    assert said["sub"] == "partner:alice" and said["act"]["sub"] == shop.client_id
    permitted = {"sub": gateway.client_id, "iss": issuer}
    expect.error(shop.exchange(ours(may_act=permitted)), "invalid_request")
    # The twin: its holder, which is the party, may narrow it.
    token = ours(may_act=permitted)
    assert api.reads(gateway.exchanged(token)["access_token"])["may_act"] == permitted


WRONG = {
    "another audience": {"aud": "https://other.example"},
    "another issuer": {"iss": "https://other.example"},
    "an end long ago": {"exp": 1_000_000_000},
    "a beginning to come": {"nbf": 4_000_000_000},
    "no subject": {"sub": None},
    "no end": {"exp": None},
    "a binding to another key": {"cnf": {"jkt": "x"}},
    "a binding to another certificate": {"cnf": {"x5t#S256": "A" * 43}},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_jwt_that_differs_is_refused(gateway, partner, name):
    expect.token(exchanged(gateway, partner))
    expect.error(exchanged(gateway, partner, **WRONG[name]), "invalid_request")


@pytest.mark.parametrize(
    "headers",
    [
        {"kid": "other", "typ": "at+jwt"}, {**ACCESS, "typ": "id+jwt"},
        # For the grant of RFC 7523 alone.
        {**ACCESS, "typ": "authorization-grant+jwt"},
    ],  # fmt: skip
)
def test_a_header_that_differs_is_refused(gateway, partner, headers):
    expect.error(exchanged(gateway, partner, headers=headers), "invalid_request")


def test_this_server_as_the_audience_never_counts(server, pki, partner, gateway, issuer):
    own = Gateway(server, pki, "own-issuer", own=issuer)
    partner.update("--clients", f"{gateway.client_id},{own.client_id}")
    expect.error(exchanged(own, partner, aud=issuer), "invalid_request")
    expect.error(exchanged(gateway, partner, aud=issuer), "invalid_request")
    expect.token(exchanged(gateway, partner))


def test_a_jwt_that_the_bearer_grant_takes_is_not_exchanged(server, pki, tmp_path):
    """It is used once, by the grant: an exchange of the same JWT would be a second use."""
    grants = "client_credentials,token_exchange,jwt_bearer"
    both = Gateway(server, pki, "both", "--grant-types", grants)
    twice = Partner(server, tmp_path, "twice", both, "--expect-audience", GATEWAY)
    expect.everywhere(lambda: twice.ask(twice.sign(aud=GATEWAY)), 200)
    token = twice.sign(aud=GATEWAY, scope="read")
    expect.error(both.exchange(token, subject_token_type=JWT), "invalid_request")
    expect.token(twice.ask(token))
    expect.error(twice.ask(token), "invalid_grant")
    expect.error(both.exchange(token, subject_token_type=JWT), "invalid_request")
    # The twin: an access token for the same audience, which is no grant.
    access = twice.sign(headers={"kid": twice.kid, "typ": "at+jwt"}, aud=GATEWAY, scope="read")
    expect.error(twice.ask(access), "invalid_grant")
    expect.token(both.exchange(access, subject_token_type=JWT))


def test_a_client_that_the_issuer_does_not_name_is_refused(server, pki, partner, gateway):
    other = Gateway(server, pki, "unnamed")
    expect.error(exchanged(other, partner), "invalid_request")
    partner.update("--clients", f"{gateway.client_id},{other.client_id}")
    expect.eventually(lambda: exchanged(other, partner).status == 200)


def test_tokens_of_an_issuer_that_is_removed_are_dead(server, gateway, api, tmp_path):
    gone = Partner(server, tmp_path, "gone", gateway)
    headers = {**ACCESS, "kid": "gone-key"}
    expect.eventually(lambda: exchanged(gateway, gone, headers=headers).status == 200)
    token = expect.token(exchanged(gateway, gone, headers=headers))["access_token"]
    assert api.reads(token)["sub"] == "gone:alice"
    # A second in which nothing else may be the reason.
    time.sleep(1)
    api.reads(token)
    server.handfast("issuer", "remove", "gone")
    api.comes_to_refuse(token)
    expect.error(exchanged(gateway, gone, headers=headers), "invalid_request")
