# SPDX-License-Identifier: Apache-2.0
"""A code is good for its client, its verifier and its redirect URI, once, for a minute."""

import pytest

import expect
from clock import Timed
from codes import CALLBACK, PASSWORD, USER, CodeClient

pytestmark = pytest.mark.smoke


def test_a_second_use_ends_the_tokens_of_the_first(portal, api):
    code, verifier = portal.code()
    members = expect.token(portal.exchange(code, verifier))
    api.reads(members["access_token"])
    expect.error(portal.exchange(code, verifier), "invalid_grant")
    api.comes_to_refuse(members["access_token"])
    expect.error(portal.refresh(members["refresh_token"]), "invalid_grant")


def test_another_client_s_attempt_changes_nothing(portal, shop, api):
    code, verifier = portal.code()
    expect.error(shop.exchange(code, verifier), "invalid_grant")
    members = expect.token(portal.exchange(code, verifier))
    # Nor does it end the tokens of a code that was used.
    expect.error(shop.exchange(code, verifier), "invalid_grant")
    for _ in range(10):
        api.reads(members["access_token"])
    expect.token(portal.refresh(members["refresh_token"]))


def test_another_certificate_changes_nothing(portal, shop):
    code, verifier = portal.code()
    expect.error(portal.exchange(code, verifier, shop.credential), "invalid_client")
    expect.token(portal.exchange(code, verifier))


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "A" * 43}, {"code_verifier": None}, {"code_verifier": "short"},
        {"redirect_uri": "https://portal.example/"}, {"redirect_uri": None},
    ],
    ids=["foreign verifier", "no verifier", "short verifier", "other URI", "no URI"],
)  # fmt: skip
def test_a_wrong_request_does_not_use_the_code_up(portal, changes):
    code, verifier = portal.code()
    expect.error(portal.exchange(code, verifier, **changes), "invalid_grant")
    expect.token(portal.exchange(code, verifier))


@pytest.mark.parametrize("code", ["A" * 43, "x", "é", "A" * 5000])
def test_a_code_that_was_not_issued_is_refused(portal, code):
    expect.error(portal.exchange(code, "A" * 43), "invalid_grant")


def test_a_code_is_missing(portal):
    expect.error(portal.exchange(None, "A" * 43), "invalid_request")


def test_the_exchange_may_ask_for_less_and_not_for_more(portal):
    code, verifier = portal.code(scope="read")
    expect.error(portal.exchange(code, verifier, scope="read write"), "invalid_scope")
    assert expect.token(portal.exchange(code, verifier))["scope"] == "read"
    members = portal.tokens()
    assert members["scope"] == "read write"
    assert expect.token(portal.refresh(members["refresh_token"], scope="write"))["scope"] == "write"


def test_a_client_without_refresh_tokens_gets_none(server, pki):
    short = CodeClient(server, pki, "short", grants="authorization_code")
    assert "refresh_token" not in short.tokens()


def test_a_token_that_was_revoked_ends_alone(portal, api, shop):
    members = portal.tokens()
    # Another client's revocation is answered alike, and changes nothing (RFC 7009 §2.2).
    assert shop.revoke(members["access_token"]).status == 200
    assert shop.revoke(members["refresh_token"]).status == 200
    api.reads(members["access_token"])
    assert portal.revoke(members["access_token"]).status == 200
    api.comes_to_refuse(members["access_token"])
    again = expect.token(portal.refresh(members["refresh_token"]))
    api.reads(again["access_token"])


def test_what_a_client_lost_it_does_not_get_by_a_code(server, pki):
    fading = CodeClient(server, pki, "fading", "--scope", "read write")
    code, verifier = fading.code()
    fading.update("--scope", "read")
    expect.eventually(lambda: fading.visitor(fading.request(scope="write")[0]).answer.status == 303)
    expect.everywhere(lambda: fading.visitor(fading.request(scope="write")[0]).answer, 303)
    assert expect.token(fading.exchange(code, verifier))["scope"] == "read"


def test_codes_and_sessions_end_with_the_time(tmp_path, pki):
    with Timed(tmp_path, "store") as server:
        server.add_user(USER, PASSWORD)
        client = CodeClient(server, pki, "timed")
        expect.everywhere(client.ask, 400)
        parameters, _ = client.request()
        expect.eventually(lambda: signs_in(client))
        visitor = client.signed_in(parameters)
        early, late = client.code(), client.code()
        with server.clock.moved(50):
            expect.token(client.exchange(*early))
        with server.clock.moved(70):
            expect.error(client.exchange(*late), "invalid_grant")
        with server.clock.moved(7 * 3600):
            visitor.open(visitor.target)
            assert visitor.title == "Allow access?"
        with server.clock.moved(9 * 3600):
            visitor.send("allow")
            assert visitor.title == "Sign in"
            with pytest.raises(AssertionError):
                visitor.sent_back(CALLBACK)
        assert server.stop() == 0


def signs_in(client):
    """Whether the server knows the user by now."""
    visitor = client.visitor(client.request()[0])
    visitor.sign_in()
    return visitor.answer.status == 303
