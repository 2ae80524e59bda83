# SPDX-License-Identifier: Apache-2.0
"""Where grants are kept: what a restart leaves, and what nobody can read there or in the log."""

import expect
from codes import PASSWORD, USER, CodeClient
from database import contents
from parties import ResourceServer
from visitor import FORM_COOKIE, SESSION_COOKIE


def test_codes_sessions_and_revocations_outlive_the_server(fresh, pki):
    server = fresh()
    server.add_user(USER, PASSWORD)
    portal, api = CodeClient(server, pki, "portal"), ResourceServer(server, pki, "resource")
    with server:
        parameters, _ = portal.request()
        kept, ended = portal.signed_in(parameters), portal.signed_in(parameters)
        copied = dict(ended.cookies)
        ended.send("sign-out")
        unused, used, pushed = portal.code(), portal.code(), portal.pushed(portal.request()[0])
        good, bad, alone = expect.token(portal.exchange(*used)), portal.tokens(), portal.tokens()
        assert portal.revoke(bad["refresh_token"]).status == 200
        assert portal.revoke(alone["access_token"]).status == 200
        # The hardest end: nothing is written any more.
        server.kill()
    with server:
        expect.everywhere(portal.ask, 400)
        kept.open(kept.target)
        assert kept.title == "Allow access?"
        ended.cookies = copied
        ended.open(ended.target)
        assert ended.title == "Sign in"
        assert portal.visitor(pushed).title == "Sign in"
        expect.token(portal.exchange(*unused))
        api.reads(good["access_token"])
        api.refuses(bad["access_token"])
        api.refuses(alone["access_token"])
        expect.error(portal.refresh(bad["refresh_token"]), "invalid_grant")
        expect.token(portal.refresh(alone["refresh_token"]))
        expect.error(portal.exchange(*used), "invalid_grant")
        api.comes_to_refuse(good["access_token"])
        assert server.stop() == 0


def test_nothing_secret_stands_in_the_data_directory_or_the_log(server, portal):
    parameters, verifier = portal.request(state="a-state-that-is-the-client-s")
    visitor = portal.signed_in(parameters)
    session, form = visitor.cookies[SESSION_COOKIE], visitor.cookies[FORM_COOKIE]
    visitor.send("allow")
    code = visitor.sent_back(portal.redirect_uri)["code"]
    members = expect.token(portal.exchange(code, verifier))
    reference = portal.pushed(portal.request()[0])["request_uri"]
    # Refusals are what the log tells of.
    expect.error(portal.exchange(code, verifier), "invalid_grant")
    expect.error(portal.refresh(members["refresh_token"]), "invalid_grant")
    wrong = portal.visitor(parameters)
    wrong.sign_in(USER, "a-wrong-password-of-the-user")
    secrets = [
        code, verifier, session, form, members["access_token"], members["refresh_token"],
        reference.rpartition(":")[2], PASSWORD, "a-wrong-password-of-the-user",
    ]  # fmt: skip
    expect.logged(server, '"check":"code"')
    stored = contents(server.data)
    for secret in secrets:
        assert secret not in stored and secret not in server.log
        for file in server.data.rglob("*"):
            if file.is_file():
                assert secret.encode() not in file.read_bytes(), file
    # The search finds what is there.
    assert portal.client_id in stored
    expect.logged(server, portal.client_id)
