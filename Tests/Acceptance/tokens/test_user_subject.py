# SPDX-License-Identifier: Apache-2.0
"""`tokens.user_subject: bare`: users are named by their name alone, and never like a client."""

import pytest

import expect
from codes import PASSWORD, USER, CodeClient
from oauth import TOKEN_FORMATS
from server import Server

GRANTS = "authorization_code,refresh_token,password,client_credentials"
CLIENT = "portal"
USERS = [USER, "late", f"{CLIENT}-jwt"]  # of which one has a client's name from the start


def started(data, subject):
    running = Server(data, env={"HANDFAST_TOKENS_USER_SUBJECT": subject})
    for name in USERS:
        running.add_user(name, PASSWORD)
    return running


@pytest.fixture(scope="module")
def server(data):
    """The module's server, which names users by their name alone."""
    with started(data, "bare") as running:
        yield running
        assert running.running and running.stop() == 0


@pytest.fixture(scope="module")
def portals(server, pki):
    """A client with every grant for each format."""
    return {kind: portal_of(server, pki, kind) for kind in TOKEN_FORMATS}


def portal_of(server, pki, kind):
    name = f"{CLIENT}-{kind}"
    options = ["--client-id", name, "--token-format", kind]
    return CodeClient(server, pki, name, *options, grants=GRANTS)


def log_in(client, user):
    """A password grant."""
    return client.ask(grant_type="password", username=user, password=PASSWORD)


def subject_of(client, api, token):
    """What introspection says, and a JWT itself says the same."""
    said = api.reads(token)["sub"]
    if client.name.endswith("jwt"):
        assert expect.verified(token, client.server.address)["sub"] == said
    return said


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_a_user_s_tokens_have_the_name_alone(portals, api, kind):
    portal = portals[kind]
    by_code, by_password = portal.tokens(), expect.token(log_in(portal, USER))
    renewed = expect.token(portal.refresh(by_code["refresh_token"]))
    for members in (by_code, by_password, renewed):
        assert subject_of(portal, api, members["access_token"]) == USER
    # A client's own token is as it always was.
    assert subject_of(portal, api, portal.token()) == portal.client_id


@pytest.mark.parametrize("kind", TOKEN_FORMATS)
def test_what_was_granted_to_the_name_can_be_ended(portals, api, kind):
    """The user of a bare name is found again: a revoked family and its token are inactive."""
    portal = portals[kind]
    members = portal.tokens()
    assert portal.revoke(members["refresh_token"]).status == 200
    api.comes_to_refuse(members["access_token"])


def test_a_user_with_the_name_of_a_client_gets_no_token(server, portals):
    portal, user = portals["jwt"], portals["jwt"].client_id
    answer = log_in(portal, user)
    assert "name of a client" in expect.error(answer, "invalid_grant")["error_description"]
    expect.logged(server, '"check":"user-subject"')
    code, verifier = portal.code(user=user)
    expect.error(portal.exchange(code, verifier), "invalid_grant")
    # The client of that name is let in, and so are other users.
    expect.token(portal.ask())
    expect.token(log_in(portal, USER))


def test_a_client_that_takes_a_user_s_name_ends_new_tokens(server, pki, portals, api):
    portal = portals["sealed"]
    members = expect.token(log_in(portal, "late"))
    assert subject_of(portal, api, members["access_token"]) == "late"
    # The user's refresh token has the same name.
    assert expect.described(portal.introspect(members["refresh_token"])).json["sub"] == "late"
    late = CodeClient(server, pki, "late", "--client-id", "late", grants=GRANTS)
    expect.error(log_in(portal, "late"), "invalid_grant")
    expect.error(portal.refresh(members["refresh_token"]), "invalid_grant")
    assert subject_of(late, api, late.token()) == "late"


def test_by_default_users_and_clients_of_a_name_are_told_apart(tmp_path, pki):
    """The twin: with the prefix, both get tokens, and no two subjects are alike."""
    with started(tmp_path / "prefixed", "prefixed") as server:
        portal = portal_of(server, pki, "jwt")
        expect.eventually(lambda: log_in(portal, USER).status == 200)
        subjects = [
            expect.verified(expect.token(answer)["access_token"], server.address)["sub"]
            for answer in (log_in(portal, portal.client_id), portal.ask())
        ]
    assert subjects == [f"user:{portal.client_id}", portal.client_id]
