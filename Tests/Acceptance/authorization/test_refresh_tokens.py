# SPDX-License-Identifier: Apache-2.0
"""Refresh tokens: replaced or not, used twice, narrowed, bound, ended."""

import pytest

import expect
from clock import Timed
from codes import PASSWORD, USER, CodeClient

LATER = 20  # seconds, more than a used token is answered again


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server whose clock can be moved."""
    with Timed(tmp_path_factory.mktemp("refresh"), "store") as running:
        running.add_user(USER, PASSWORD)
        yield running
        assert running.running and running.stop() == 0


@pytest.fixture(scope="module")
def portal(server, pki):
    client = CodeClient(server, pki, "portal", "--scope", "read write")
    expect.eventually(lambda: sent_on(client))
    return client


def sent_on(client):
    visitor = client.visitor(client.request()[0])
    visitor.sign_in()
    return visitor.answer.status == 303


@pytest.fixture(scope="module")
def turning(server, pki, portal):
    """A client whose refresh tokens are replaced."""
    return CodeClient(server, pki, "turning", "--refresh-rotation", "on")


def test_a_bound_client_s_token_stays(portal):
    first = portal.tokens()["refresh_token"]
    for _ in range(3):
        members = expect.token(portal.refresh(first))
        assert members.get("refresh_token", first) == first


def test_a_used_token_is_replaced_and_its_second_use_ends_all(server, turning, api):
    first = turning.tokens()
    second = expect.token(turning.refresh(first["refresh_token"]))
    assert second["refresh_token"] != first["refresh_token"]
    third = expect.token(turning.refresh(second["refresh_token"]))
    with server.clock.moved(LATER):
        # A thief, or the client behind a thief: the server cannot tell.
        expect.error(turning.refresh(first["refresh_token"]), "invalid_grant")
        expect.error(turning.refresh(third["refresh_token"]), "invalid_grant")
    for members in (first, second, third):
        api.comes_to_refuse(members["access_token"])


def test_beyond_its_rate_a_client_uses_no_refresh_token(server, pki, portal, api):
    often = CodeClient(server, pki, "often", "--refresh-rotation", "on")
    first = often.tokens()["refresh_token"]
    often.update("--rate", "1/3600")
    # A token that is none is charged like every other, and turns nothing.
    expect.everywhere(lambda: often.refresh("none"), 429)
    for _ in range(5):
        expect.error(often.refresh(first), "slow_down", 429)
    often.update("--rate", "default")
    expect.everywhere(lambda: often.refresh("none"), 400)
    with server.clock.moved(LATER):
        # The twin: not used yet, it is replaced, long after the first attempt.
        members = expect.token(often.refresh(first))
        assert members["refresh_token"] != first
        api.reads(members["access_token"])


def test_a_client_whose_answer_was_lost_gets_the_same_successor(server, turning, api):
    first = turning.tokens()["refresh_token"]
    lost = expect.token(turning.refresh(first))
    again = expect.token(turning.refresh(first))
    assert again["refresh_token"] == lost["refresh_token"]
    api.reads(expect.token(turning.refresh(again["refresh_token"]))["access_token"])
    # Its successor was used by now, and that ends the grace.
    expect.error(turning.refresh(first), "invalid_grant")
    expect.error(turning.refresh(again["refresh_token"]), "invalid_grant")


@pytest.mark.parametrize("change", ["first", "middle", "last", "cut", "long", "access", "empty"])
def test_a_token_that_was_not_issued_is_refused_and_ends_nothing(turning, change):
    members = turning.tokens()
    token = members["refresh_token"]
    at = {"first": 1, "middle": len(token) // 2, "last": len(token) - 3}.get(change)
    if at is not None:
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
    else:
        changed = {
            "cut": token[:-4], "long": token + "AAAA", "access": members["access_token"],
            "empty": "",
        }[change]  # fmt: skip
    code = "invalid_request" if change == "empty" else "invalid_grant"
    expect.error(turning.refresh(changed), code)
    expect.token(turning.refresh(token))


def test_a_token_is_its_client_s_alone(portal, turning):
    token = turning.tokens()["refresh_token"]
    expect.error(portal.refresh(token), "invalid_grant")
    expect.error(turning.refresh(token, portal.credential), "invalid_client")
    expect.token(turning.refresh(token))


def test_a_narrower_token_does_not_narrow_the_grant(portal):
    token = portal.tokens()["refresh_token"]
    assert expect.token(portal.refresh(token, scope="read"))["scope"] == "read"
    assert expect.token(portal.refresh(token))["scope"] == "read write"
    expect.error(portal.refresh(token, scope="read write admin"), "invalid_scope")


def test_the_client_s_new_certificate_is_as_good(pki, portal):
    token = portal.tokens()["refresh_token"]
    renewed = pki.self_signed("portal-renewed", "p256")
    portal.update("--certificate", renewed.certificate)
    expect.eventually(lambda: portal.refresh(token, renewed).status == 200)
    answer = expect.token(portal.refresh(token, renewed))
    claims = expect.verified(answer["access_token"], portal.server.address)
    assert claims["cnf"] == {"x5t#S256": renewed.thumbprint}


def test_a_grant_ends_by_its_lifetime_and_without_use(server, pki, portal):
    limits = ["--refresh-lifetime", "7200", "--refresh-idle", "3000"]
    short = CodeClient(server, pki, "limited", *limits)
    idle, used = short.tokens()["refresh_token"], short.tokens()["refresh_token"]
    with server.clock.moved(2700):
        expect.token(short.refresh(used))
    with server.clock.moved(3100):
        expect.error(short.refresh(idle), "invalid_grant")
        expect.token(short.refresh(used))
    with server.clock.moved(5900):
        expect.token(short.refresh(used))
    with server.clock.moved(7300):
        expect.error(short.refresh(used), "invalid_grant")


def test_a_new_password_ends_what_was_granted(server, portal, api):
    server.add_user("kim", PASSWORD)
    expect.eventually(lambda: knows(portal, "kim", PASSWORD))
    members = portal.tokens(user="kim")
    parameters, _ = portal.request()
    visitor = portal.signed_in(parameters, "kim")
    server.handfast("user", "password", "kim", "--password-stdin", text_input="another one\n")
    api.comes_to_refuse(members["access_token"])
    expect.error(portal.refresh(members["refresh_token"]), "invalid_grant")
    visitor.open(visitor.target)
    assert visitor.title == "Sign in"


def knows(client, user, password):
    visitor = client.visitor(client.request()[0])
    visitor.sign_in(user, password)
    return visitor.answer.status == 303
