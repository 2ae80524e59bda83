# SPDX-License-Identifier: Apache-2.0
"""Introspection follows the registry within a second: clients, certificates, users."""

import json

import pytest

import expect
from oauth import TOKEN_FORMATS
from parties import Caller


@pytest.mark.smoke
@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_a_token_ends_with_its_client_and_its_certificate(api, server, pki, kind):
    second = pki.self_signed(f"ending-second-{kind}", "p256")
    app = Caller(
        server, pki, f"ending-{kind}", "--token-format", kind, "--certificate", second.certificate
    )
    first_token, second_token = app.token(), app.token(second)
    server.handfast("client", "disable", app.name)
    for token in (first_token, second_token):
        api.comes_to_refuse(token)
    server.handfast("client", "enable", app.name)
    app.wait()
    for token in (first_token, second_token):
        expect.eventually(lambda t=token: api.introspect(t).json["active"])
    app.update(f"--remove-certificate={app.credential.thumbprint}")
    api.comes_to_refuse(first_token)
    api.reads(second_token)
    server.handfast("client", "remove", app.name)
    api.comes_to_refuse(second_token)


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_a_users_token_ends_with_the_user(api, server, pki, kind):
    app = Caller(server, pki, f"people-{kind}", "--token-format", kind)
    server.add_user(f"ann-{kind}", "correct horse")
    login = {"grant_type": "password", "username": f"ann-{kind}", "password": "correct horse"}
    expect.eventually(lambda: app.ask(**login).status == 200)
    token, own = app.token(**login), app.token()
    said = api.reads(token)
    assert said["sub"] != said["client_id"] == app.client_id
    server.handfast("user", "remove", f"ann-{kind}")
    api.comes_to_refuse(token)
    api.reads(own)


def test_the_right_to_introspect_can_be_given_and_taken(server, pki):
    token = Caller(server, pki, "watched").token()
    other = Caller(server, pki, "climber")
    expect.inactive(other.introspect(token))
    other.update("--introspect")
    expect.eventually(lambda: other.introspect(token).json["active"])
    other.update("--no-introspect")
    expect.eventually(lambda: not other.introspect(token).json["active"])
    server.handfast("client", "disable", other.name)
    expect.eventually(lambda: other.introspect(token).status == 401)
    expect.error(other.introspect(token), "invalid_client")


def test_the_right_shows_in_the_registration(server, pki, api):
    other = Caller(server, pki, "ordinary")
    for name, expected in ((api.name, True), (other.name, False)):
        shown = json.loads(server.handfast("client", "show", name, "--json").stdout)
        assert shown["may_introspect"] is expected
