# SPDX-License-Identifier: Apache-2.0
"""The same code, reference or refresh token in many requests at once, on every reactor."""

from concurrent.futures import ThreadPoolExecutor

import expect
from codes import CALLBACK, CodeClient

MANY = 12


def at_once(ask):
    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(lambda _: ask(), range(MANY)))


def test_a_code_at_once_gets_one_token_at_most(portal, api):
    for _ in range(5):
        code, verifier = portal.code()
        answers = at_once(lambda: portal.exchange(code, verifier))
        good = [answer for answer in answers if answer.status == 200]
        assert len(good) <= 1
        for answer in answers:
            if answer.status != 200:
                expect.error(answer, "invalid_grant")
        for answer in good:
            members = expect.token(answer)
            api.comes_to_refuse(members["access_token"])
            expect.error(portal.refresh(members["refresh_token"]), "invalid_grant")


def test_a_pushed_request_at_once_gets_one_code(portal):
    for _ in range(5):
        parameters, verifier = portal.request()
        reference = portal.pushed(parameters)
        visitors = [portal.signed_in(reference) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda visitor: visitor.send("allow"), visitors))
        assert sorted(answer.status for answer in answers) == [303, 400, 400, 400]
        (one,) = [visitor for visitor in visitors if visitor.answer.status == 303]
        expect.token(portal.exchange(one.sent_back(CALLBACK)["code"], verifier))


def test_a_refresh_token_at_once_has_one_successor(server, pki, api):
    turning = CodeClient(server, pki, "turning at once", "--refresh-rotation", "on")
    for _ in range(5):
        token = turning.tokens()["refresh_token"]
        answers = [expect.token(answer) for answer in at_once(lambda: turning.refresh(token))]
        (successor,) = {answer["refresh_token"] for answer in answers}
        api.reads(answers[0]["access_token"])
        expect.token(turning.refresh(successor))


def test_grants_of_one_user_and_client_end_each_by_itself(server, pki, api):
    """Also where the same token is handed out again for the same request."""
    sealed = CodeClient(server, pki, "sealed", "--token-format", "sealed", "--reuse-window", "60")
    first, second = sealed.tokens(), sealed.tokens()
    assert first["access_token"] != second["access_token"]
    again = expect.token(sealed.refresh(first["refresh_token"]))
    assert sealed.revoke(first["refresh_token"]).status == 200
    for members in (first, again):
        api.comes_to_refuse(members["access_token"])
    api.reads(second["access_token"])
    api.reads(expect.token(sealed.refresh(second["refresh_token"]))["access_token"])
    # A token that was revoked is not handed out again.
    last = expect.token(sealed.refresh(second["refresh_token"]))["access_token"]
    assert sealed.revoke(last).status == 200
    api.comes_to_refuse(last)
    for _ in range(5):
        new = expect.token(sealed.refresh(second["refresh_token"]))["access_token"]
        assert new != last
        api.reads(new)
