# SPDX-License-Identifier: Apache-2.0
"""Tokens that are issued right after older ones were taken back: they count, where clocks agree."""

import json

import pytest

import expect
from clock import Clock
from oauth import CC
from parties import Caller

# Each end moves the moment from which tokens count by a second, and two are waited out.
ROUNDS = 2


def delete(admin, client_id):
    assert admin.curl(f"/clients/{client_id}", "-X", "DELETE")[0] == 204


def put(admin, client_id, document):
    head = [admin.bearer, "Content-Type: application/json"]
    options = ["-X", "PUT", "--data-binary", json.dumps(document)]
    status, _, body = admin.curl(f"/clients/{client_id}", *options, fields=head)
    return status, body


@pytest.mark.parametrize("options", [[], ["--reuse-window", "30", "--token-format", "sealed"]])
def test_a_client_whose_tokens_were_taken_back_gets_one_that_counts(server, pki, api, options):
    app = Caller(server, pki, f"again-{len(options)}", *options)
    old = app.token()
    for _ in range(ROUNDS):
        server.handfast("token", "revoke", "--client", app.client_id)
        api.comes_to_refuse(old)
        new = app.members()
        assert new["expires_in"] == 3600
        said = api.reads(new["access_token"])
        assert said["exp"] > said["iat"]
        api.refuses(old)
        old = new["access_token"]


@pytest.mark.parametrize("grants", ["password", "password,refresh_token"])
def test_a_user_signs_in_with_the_new_password_at_once(server, pki, api, grants):
    app = Caller(server, pki, f"p{len(grants)}", "--grant-types", f"client_credentials,{grants}")
    user = f"ann-{len(grants)}"
    server.add_user(user, "password 0")
    asked = {"grant_type": "password", "username": user}
    expect.eventually(lambda: app.ask(**asked, password="password 0").status == 200)
    old = app.token(**asked, password="password 0")
    for number in range(1, ROUNDS + 1):
        password = f"password {number}"
        text = password + "\n"
        server.handfast("user", "password", user, "--password-stdin", text_input=text)
        api.comes_to_refuse(old)
        new = app.token(**asked, password=password)
        api.reads(new)
        # The old one gets nothing.
        expect.error(app.ask(**asked, password=f"password {number - 1}"), "invalid_grant")
        old = new


def test_a_clock_that_is_ahead_ends_what_is_issued_till_then(server, pki, api, tmp_path):
    app, other = Caller(server, pki, "ahead"), Caller(server, pki, "beside")
    old = app.token()
    clock = Clock(tmp_path)
    clock.move(600)
    server.handfast("token", "revoke", "--client", app.client_id, env=clock.environment)
    api.comes_to_refuse(old)
    api.refuses(app.token())
    api.reads(other.token())


def test_a_client_of_the_same_id_takes_over_no_token(server, admin, pki, api):
    app = Caller(server, pki, "former")
    document = admin.json(f"/clients/{app.client_id}")
    for _ in range(ROUNDS):
        # Asked for on one thread after the other, in what is mostly the same second.
        old = app.token()
        delete(admin, app.client_id)
        assert put(admin, app.client_id, document)[0] == 201
        api.comes_to_refuse(old)
        expect.eventually(lambda: app.ask().status == 200)
        api.reads(app.token())


def test_a_private_key_is_refused_beside_its_own_certificate(server, admin, pki):
    app = Caller(server, pki, "shown")
    document = admin.json(f"/clients/{app.client_id}")
    (key,) = document["jwks"]["keys"]
    assert put(admin, app.client_id, document)[0] == 200
    key["d"] = "AAAA"
    status, body = put(admin, app.client_id, document)
    assert status == 400 and b"the member `d` of a private" in body
    assert app.ask(**CC).status == 200
