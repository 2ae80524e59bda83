# SPDX-License-Identifier: Apache-2.0
"""Clients without authentication (`none`) name themselves, and get nothing of their own."""

import pytest

import expect
from oauth import CC, INTROSPECTION
from server import Server


@pytest.fixture(scope="module")
def server(data):
    with Server(data, env={"HANDFAST_AUTHENTICATION_NONE": "true"}) as running:
        yield running
        assert running.running and running.stop() == 0


@pytest.fixture(scope="module")
def public(server):
    server.add_user("polly", "a parrot's password")
    client = server.add_client("public", "--auth-method", "none", "--scope", "read")
    assert "client_secret" not in client and client["grant_types"] == ["password"]
    assert client["token_endpoint_auth_method"] == "none"
    return client["client_id"]


def password(client_id, **more):
    return {
        "grant_type": "password", "client_id": client_id, "username": "polly",
        "password": "a parrot's password", **more,
    }  # fmt: skip


def test_a_user_s_password_is_what_counts(server, public):
    expect.eventually(lambda: server.token(password(public)).status == 200)
    expect.error(server.token(password(public, password="no")), "invalid_grant")
    expect.error(server.token(password("somebody")), "invalid_client")


def test_client_credentials_are_for_confidential_clients(server, public):
    expect.error(server.token({**CC, "client_id": public}), "unauthorized_client")
    done = server.handfast(
        "client", "add", "grabby", "--auth-method", "none", "--grant-types", "client_credentials",
        check=False,
    )  # fmt: skip
    assert done.returncode == 64 and "client_credentials" in done.stderr


def test_a_secret_that_it_does_not_have_is_refused(server, public):
    expect.error(server.token(password(public, client_secret="x")), "invalid_client")


def test_it_may_not_introspect(server, public):
    token = expect.token(server.token(password(public)))["access_token"]
    answer = server.token({"client_id": public, "token": token}, target=INTROSPECTION)
    expect.error(answer, "invalid_client")
    metadata = server.get("/.well-known/oauth-authorization-server").json
    assert "none" in metadata["token_endpoint_auth_methods_supported"]
    assert "none" not in metadata["introspection_endpoint_auth_methods_supported"]


def test_its_tokens_are_bound_where_it_wants_that(server, pki, public):
    server.handfast("client", "update", "public", "--bound-tokens")
    expect.eventually(lambda: server.token(password(public)).status == 400)
    credential = pki.self_signed("polly-phone", "p256")
    answer = expect.token(server.token(password(public), credential))
    claims = expect.verified(answer["access_token"], server.address)
    assert claims["cnf"]["x5t#S256"] == credential.thumbprint


def test_a_method_that_needs_a_secret_needs_a_new_one(server):
    server.add_client("turning", "--auth-method", "none")
    change = ["client", "update", "turning", "--auth-method", "client_secret_basic"]
    done = server.handfast(*change, check=False)
    assert done.returncode == 64 and "--new-secret" in done.stderr
    assert "client_secret:" in server.handfast(*change, "--new-secret").stdout


def test_a_disabled_one_gets_nothing(server):
    client = server.add_client("gone", "--auth-method", "none")
    server.handfast("client", "disable", "gone")
    expect.eventually(lambda: server.token(password(client["client_id"])).status == 401)


def test_they_are_let_in_only_where_the_configuration_says_so(fresh):
    server = fresh()
    client = server.add_client("quiet", "--auth-method", "none")
    server.add_user("polly", "a parrot's password")
    with server:
        expect.error(server.token(password(client["client_id"])), "invalid_client")
        metadata = server.get("/.well-known/oauth-authorization-server").json
        assert "none" not in metadata["token_endpoint_auth_methods_supported"]
        expect.logged(server, '"check":"method-switched-off"')
