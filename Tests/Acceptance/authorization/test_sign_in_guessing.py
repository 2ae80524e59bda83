# SPDX-License-Identifier: Apache-2.0
"""Guessing at the sign-in page is throttled for a user, whichever client has sent the browser."""

import pytest

import expect
from codes import PASSWORD, USER, CodeClient
from server import Server
from visitor import SESSION_COOKIE

MOST = 5


@pytest.fixture(scope="module")
def server(data):
    running = Server(data, env={"HANDFAST_LIMITS_PASSWORD_FAILURES": str(MOST)})
    for name in (USER, "bob", "carol"):
        running.add_user(name, PASSWORD)
    with running:
        yield running
        assert running.running and running.stop() == 0


@pytest.fixture
def guess(portal):
    """Signs in on a new browser; returns it."""

    def guess(username, password, client=portal):
        visitor = client.visitor(client.request()[0])
        visitor.sign_in(username, password)
        return visitor

    return guess


def test_after_some_wrong_passwords_no_more_are_checked(portal, shop, guess):
    earlier = portal.signed_in(portal.request()[0])
    for number in range(MOST):
        assert guess(USER, f"wrong {number}").answer.status == 403
    for client in (portal, shop):
        visitor = guess(USER, PASSWORD, client)
        assert visitor.answer.status == 429 and SESSION_COOKIE not in visitor.cookies
        seconds = int(visitor.answer.header("retry-after"))
        assert 1 <= seconds <= 10
        assert f"Try again in {seconds} second" in visitor.page.text("p")
        assert visitor.title == "Sign in" and visitor.page.fields["username"] == USER
    # Others are served, and so is the user who has signed in before.
    assert guess("bob", PASSWORD).answer.status == 303
    earlier.send("allow")
    assert earlier.answer.status == 303


def test_a_password_that_is_repeated_counts_once(guess):
    for _ in range(3 * MOST):
        assert guess("bob", "an old password").answer.status == 403
    assert guess("bob", PASSWORD).answer.status == 303


def test_unknown_users_are_throttled_alike(guess):
    answers = [guess("nobody", f"wrong {number}").answer for number in range(MOST + 1)]
    assert [one.status for one in answers] == [403] * MOST + [429]


def test_the_password_grant_counts_apart(server, pki, guess):
    """A guesser at the page does not keep the user's applications out, and the other way round."""
    both = CodeClient(
        server, pki, "both", grants="authorization_code,password", redirect_uri="https://x.example/"
    )
    form = {"grant_type": "password", "client_id": both.client_id, "username": "carol"}
    for number in range(MOST):
        assert guess("carol", f"wrong {number}").answer.status == 403
    assert guess("carol", PASSWORD).answer.status == 429
    assert server.token({**form, "password": PASSWORD}, both.credential).status == 200
    refused = server.token({**form, "password": "wrong"}, both.credential)
    expect.error(refused, "invalid_grant")


def test_guesses_at_many_users_count_for_the_network(guess):
    """Ten times as many: a household or an office shares one."""
    statuses = [
        guess(f"user {number}", f"guess {number}").answer.status for number in range(11 * MOST)
    ]
    assert 403 in statuses and statuses[-1] == 429
    assert guess("bob", PASSWORD).answer.status == 429


def test_one_password_tried_with_many_users_counts_for_the_network(fresh, pki):
    server = fresh(env={"HANDFAST_LIMITS_PASSWORD_FAILURES": str(MOST)})
    with server:
        client = CodeClient(server, pki, "sprayed")
        statuses = []
        for number in range(11 * MOST):
            visitor = client.visitor(client.request()[0])
            visitor.sign_in(f"user {number}", "Summer2026")
            statuses.append(visitor.answer.status)
        assert statuses[-1] == 429
