# SPDX-License-Identifier: Apache-2.0
"""GR-05 to RT-15, what the neighbours leave: see Documentation/conformance.md."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

import expect
from assertions import KEYS, assertion_claims, public_jwk
from clock import Timed
from codes import PASSWORD, USER, CodeClient
from oauth import ASSERTION_TYPE
from server import Server, free_port

GRACE = 10


# Codes


def test_of_many_uses_at_once_one_gets_a_token(portal):
    """GR-05."""
    for _ in range(3):
        code, verifier = portal.code()
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _, of=(code, verifier): portal.exchange(*of), range(20)))
        assert sorted(one.status for one in answers) == [200] + [400] * 19
        for answer in answers:
            if answer.status == 400:
                expect.error(answer, "invalid_grant")


@pytest.mark.parametrize(
    "verifier", ["A" * 42, "A" * 129, "A" * 42 + "+", "A" * 42 + "é", "A" * 42 + " ", "A" * 43]
)
def test_a_verifier_is_of_its_form_and_the_right_one(portal, verifier):
    """GR-08: 43 to 128 unreserved characters, and the challenge's."""
    code, right = portal.code()
    expect.error(portal.exchange(code, verifier), "invalid_grant")
    expect.token(portal.exchange(code, right))


@pytest.mark.parametrize("length", [43, 128])
def test_the_shortest_and_the_longest_verifier(portal, length):
    verifier = (secrets.token_urlsafe(64) + "-._~" + secrets.token_urlsafe(64))[:length]
    parameters, _ = portal.request(verifier)
    visitor = portal.signed_in(parameters)
    visitor.send("allow")
    code = visitor.sent_back(portal.redirect_uri)["code"]
    expect.token(portal.exchange(code, verifier))


def test_without_a_challenge_there_is_no_code_that_a_verifier_could_go_with(portal):
    """GR-09."""
    for changes in [{"code_challenge": None}, {"code_challenge": ""}]:
        back = portal.visitor(portal.request(**changes)[0]).sent_back(portal.redirect_uri)
        assert back["error"] == "invalid_request" and "code" not in back


def test_codes_are_strong_and_differ(portal):
    """TOK-04, for codes and refresh tokens."""
    codes = [portal.code() for _ in range(5)]
    tokens = [expect.token(portal.exchange(*one))["refresh_token"] for one in codes]
    for texts in ([code for code, _ in codes], tokens):
        assert len(set(texts)) == len(texts)
        for text in texts:
            assert len(text) >= 16 and expect.strength(text) > 96


# Refresh tokens


@pytest.fixture(scope="module")
def turning(server, pki):
    """A client whose refresh tokens are replaced with each use."""
    return CodeClient(server, pki, "turning", "--refresh-rotation", "on")


def test_a_thousand_refresh_tokens_differ(server, turning):
    """TOK-04."""
    tokens = [turning.tokens()["refresh_token"]]
    form = {"grant_type": "refresh_token", "client_id": turning.client_id}
    with server.connect(turning.credential) as line:
        while len(tokens) < 1000:
            answer = expect.token(line.token({**form, "refresh_token": tokens[-1]}))
            tokens.append(answer["refresh_token"])
    assert len(set(tokens)) == 1000
    assert all(len(one) >= 16 and expect.strength(one) > 96 for one in tokens)


def test_a_refresh_gives_an_access_token_of_the_same_user_and_certificate(server, portal, api):
    """RT-01, RT-11."""
    members = portal.tokens()
    again = expect.token(portal.refresh(members["refresh_token"]))
    first, second = (
        expect.verified(one["access_token"], server.address) for one in (members, again)
    )
    assert first["jti"] != second["jti"]
    for claim in ("sub", "client_id", "aud", "scope", "iss"):
        assert first[claim] == second[claim]
    assert second["cnf"] == {"x5t#S256": portal.credential.thumbprint}
    assert api.reads(again["access_token"])["sub"] == first["sub"]
    # Bound to a certificate that a thief does not have, so that it need not turn.
    assert again.get("refresh_token", members["refresh_token"]) == members["refresh_token"]


def test_another_client_s_token_is_of_no_use_to_it(portal, shop):
    """RT-02."""
    token = portal.tokens()["refresh_token"]
    expect.error(shop.refresh(token), "invalid_grant")
    expect.token(portal.refresh(token))


def test_a_refresh_needs_the_client_s_own_certificate(server, portal, shop):
    """RT-03, RT-04."""
    token = portal.tokens()["refresh_token"]
    form = {"grant_type": "refresh_token", "client_id": portal.client_id, "refresh_token": token}
    expect.refused(lambda: server.token(form))
    expect.error(portal.refresh(token, shop.credential), "invalid_client")
    expect.token(portal.refresh(token))


def test_a_renewed_certificate_of_the_same_subject_refreshes(server, pki):
    """RT-05: bound by authentication, not by the thumbprint."""
    first, second = (
        pki.issued(f"renewing-{number}", subject="/O=Handfast/CN=renewing") for number in (1, 2)
    )
    method = [
        "--ca-certificate", pki.root.certificate, "--subject-dn", "CN=renewing,O=Handfast",
    ]  # fmt: skip
    client = CodeClient(server, pki, "renewing", by=(first, method))
    members = client.tokens()
    again = expect.token(client.refresh(members["refresh_token"], second))
    claims = expect.verified(again["access_token"], server.address)
    assert claims["cnf"] == {"x5t#S256": second.thumbprint}
    other = pki.issued("renewing-not", subject="/O=Handfast/CN=not renewing")
    expect.error(client.refresh(members["refresh_token"], other), "invalid_client")


def test_a_public_client_s_token_is_bound_to_its_first_certificate(server, pki):
    """RT-06."""
    client = CodeClient(server, pki, "phone", public=True)
    mine, other = pki.self_signed("phone", "p256"), pki.self_signed("other phone", "p256")
    token = expect.token(client.exchange(*client.code(), mine))["refresh_token"]
    for credential in (other, None):
        expect.error(client.refresh(token, credential), "invalid_grant")
    expect.token(client.refresh(token, mine))


@pytest.fixture(scope="module")
def signing(server, pki, tmp_path_factory):
    """A client that signs assertions, and whose tokens are bound."""
    key = KEYS["ES256"]()
    keys = tmp_path_factory.mktemp("jwks") / "keys.jwks"
    keys.write_text(json.dumps({"keys": [public_jwk(key, "ES256", "one")]}))
    method = ["--jwks", keys, "--bound-tokens"]
    client = CodeClient(server, pki, "signing", by=(pki.self_signed("signing", "p256"), method))
    client.key = key
    return client


def assertion(client):
    import jwt

    claims = assertion_claims(client.client_id, client.server.url)
    signed = jwt.encode(claims, client.key, "ES256", headers={"kid": "one"})
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


def test_a_signing_client_signs_each_refresh_and_has_a_certificate_for_it(server, signing, pki):
    """RT-07, RT-08: the certificate of a refresh is the one that its token is bound to."""
    code, verifier = signing.code()
    token = expect.token(signing.exchange(code, verifier, **assertion(signing)))["refresh_token"]
    expect.error(signing.refresh(token), "invalid_client")
    form = {"grant_type": "refresh_token", "client_id": signing.client_id, "refresh_token": token}
    expect.error(
        server.token({**form, **assertion(signing)}),
        ("invalid_request", "invalid_grant", "invalid_client"), 400, 401,
    )  # fmt: skip
    other = pki.self_signed("signing-later", "p256")
    again = expect.token(signing.refresh(token, other, **assertion(signing)))
    claims = expect.verified(again["access_token"], server.address)
    assert claims["cnf"] == {"x5t#S256": other.thumbprint}


def test_scopes_of_a_refresh_are_those_of_the_grant_or_fewer(portal):
    """RT-09, RT-10."""
    code, verifier = portal.code(scope="read write")
    token = expect.token(portal.exchange(code, verifier))["refresh_token"]
    assert expect.token(portal.refresh(token, scope="read"))["scope"] == "read"
    assert expect.token(portal.refresh(token))["scope"] == "read write"
    expect.error(portal.refresh(token, scope="read write admin"), "invalid_scope")
    code, verifier = portal.code(scope="read")
    token = expect.token(portal.exchange(code, verifier))["refresh_token"]
    expect.error(portal.refresh(token, scope="read write"), "invalid_scope")
    expect.error(portal.refresh(token, scope='a"b'), "invalid_scope")
    assert expect.token(portal.refresh(token))["scope"] == "read"


def test_an_earlier_token_ends_the_grant_once_the_grace_is_over(tmp_path, pki):
    """RT-12, and RT-13 for a grant that has ended by its time."""
    with Timed(tmp_path, "store") as server:
        server.add_user(USER, PASSWORD)
        client = CodeClient(
            server, pki, "turning", "--refresh-rotation", "on", "--refresh-lifetime", "3600"
        )
        expect.eventually(lambda: signs_in(client))
        first, other = (client.tokens()["refresh_token"] for _ in range(2))
        second = expect.token(client.refresh(first))["refresh_token"]
        assert second != first
        # A client whose answer was lost gets the same successor.
        assert expect.token(client.refresh(first))["refresh_token"] == second
        with server.clock.moved(GRACE + 2):
            third = expect.token(client.refresh(second))
            expect.error(client.refresh(first), "invalid_grant")
            # A thief or the client has used it: neither goes on.
            expect.error(client.refresh(third["refresh_token"]), "invalid_grant")
            expect.token(client.refresh(other))
        with server.clock.moved(3700):
            expect.error(client.refresh(other), "invalid_grant")
        assert server.stop() == 0


def signs_in(client):
    """Whether the server knows the user by now."""
    visitor = client.visitor(client.request()[0])
    visitor.sign_in()
    return visitor.answer.status == 303


def test_under_fapi2_a_bound_token_stays(tmp_path, pki):
    """RT-11, RT-12: FAPI 2.0 §5.3.2.1."""
    port = free_port()
    (tmp_path / "fapi.yaml").write_text(f"""
reactors: 2
listeners:
  main:
    address: 127.0.0.1:{port}
    profile: fapi2
""")
    options = ["--config", tmp_path / "fapi.yaml"]
    server = Server(tmp_path / "data", options, port=port, flags=False)
    server.add_user(USER, PASSWORD)
    with server:
        client = CodeClient(server, pki, "careful")
        parameters, verifier = client.request()
        expect.eventually(lambda: client.push(**parameters).status == 201)
        visitor = client.signed_in(client.pushed(parameters))
        visitor.send("allow")
        code = visitor.sent_back(client.redirect_uri)["code"]
        token = expect.token(client.exchange(code, verifier))["refresh_token"]
        for _ in range(3):
            again = expect.token(client.refresh(token))
            assert again.get("refresh_token", token) == token
        assert server.stop() == 0


@pytest.mark.parametrize("token", ["A" * 44, "x", "é", "A" * 5000, "A" * 110])
def test_a_token_that_was_not_issued_is_an_invalid_grant(portal, token):
    """RT-13."""
    expect.error(portal.refresh(token), "invalid_grant")


def test_a_token_that_is_empty_or_missing_is_an_invalid_request(server, portal):
    form = {"grant_type": "refresh_token", "client_id": portal.client_id}
    expect.error(portal.refresh(""), "invalid_request")
    expect.error(server.token(form, portal.credential), "invalid_request")
    pairs = [*form.items(), ("refresh_token", "x"), ("refresh_token", "x")]
    expect.error(server.token(pairs, portal.credential), "invalid_request")


def test_a_token_with_one_character_changed_ends_nothing(turning):
    """A text that was damaged on its way is no sign of a thief."""
    token = turning.tokens()["refresh_token"]
    for place in (0, len(token) // 2, len(token) - 1):
        other = "A" if token[place] != "A" else "B"
        changed = token[:place] + other + token[place + 1 :]
        expect.error(turning.refresh(changed), "invalid_grant")
    expect.token(turning.refresh(token))


def test_each_kind_of_token_is_taken_for_itself_alone(portal):
    """RT-14."""
    code, verifier = portal.code()
    expect.error(portal.refresh(code), "invalid_grant")
    members = expect.token(portal.exchange(code, verifier))
    expect.error(portal.refresh(members["access_token"]), "invalid_grant")
    for other in (members["refresh_token"], members["access_token"]):
        expect.error(portal.exchange(other, verifier), "invalid_grant")
    expect.token(portal.refresh(members["refresh_token"]))


def test_a_client_that_lost_the_grant_or_was_disabled_refreshes_no_more(server, pki):
    """RT-15."""
    client = CodeClient(server, pki, "leaving")
    token = client.tokens()["refresh_token"]
    client.update("--grant-types", "authorization_code")
    expect.everywhere(lambda: client.refresh(token), 400)
    expect.error(client.refresh(token), "unauthorized_client")
    client.update("--grant-types", "authorization_code,refresh_token")
    expect.everywhere(lambda: client.refresh(token), 200)
    server.handfast("client", "disable", "leaving")
    expect.everywhere(lambda: client.refresh(token), 401)
    expect.error(client.refresh(token), "invalid_client")
    server.handfast("client", "enable", "leaving")
    # To disable is for a while: `token revoke` is for good.
    expect.everywhere(lambda: client.refresh(token), 200)
