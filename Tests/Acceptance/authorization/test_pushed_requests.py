# SPDX-License-Identifier: Apache-2.0
"""Pushed authorization requests (RFC 9126), where they may be and where they must be."""

import pytest

import expect
from clock import Timed
from codes import CALLBACK, PASSWORD, USER, CodeClient, target
from oauth import WELL_KNOWN
from server import Server, free_port
from visitor import Visitor
from wire import Connection

PREFIX = "urn:ietf:params:oauth:request_uri:"
ENDED = "The request has ended, or was answered already."


def test_a_pushed_request_goes_on_in_the_browser(portal, api):
    parameters, verifier = portal.request(scope="read")
    answer = portal.push(**parameters)
    assert answer.status == 201, answer.body
    expect.no_store(answer)
    assert answer.header("content-type").startswith("application/json")
    assert set(answer.json) == {"request_uri", "expires_in"}
    assert answer.json["request_uri"].startswith(PREFIX)
    assert 5 <= answer.json["expires_in"] <= 600
    reference = {"client_id": portal.client_id, "request_uri": answer.json["request_uri"]}
    visitor = portal.signed_in(reference)
    assert visitor.page.text("li") == "read"
    visitor.send("allow")
    back = visitor.sent_back(CALLBACK)
    assert back["state"] == parameters["state"]
    members = expect.token(portal.exchange(back["code"], verifier))
    assert api.reads(members["access_token"])["scope"] == "read"


def test_a_reference_is_good_for_one_code(portal):
    parameters, verifier = portal.request()
    reference = portal.pushed(parameters)
    visitor, second = portal.signed_in(reference), portal.signed_in(reference)
    visitor.send("allow")
    code = visitor.sent_back(CALLBACK)["code"]
    second.send("allow")
    second.shows_a_failure(ENDED)
    portal.visitor(reference).shows_a_failure(ENDED)
    # The code of the first one is not touched by that.
    expect.token(portal.exchange(code, verifier))


def test_parameters_beside_the_reference_do_not_count(portal):
    """RFC 9126 §4, RFC 9101 §6.3: only the pushed ones do."""
    parameters, verifier = portal.request(scope="read")
    beside = {"scope": "write", "state": "other", "redirect_uri": "https://evil.example/"}
    visitor = portal.signed_in({**portal.pushed(parameters), **beside})
    assert visitor.page.text("li") == "read"
    visitor.send("allow")
    back = visitor.sent_back(CALLBACK)
    assert back["state"] == parameters["state"]
    expect.token(portal.exchange(back["code"], verifier))


def test_a_reference_is_its_client_s_alone(portal, shop):
    parameters, _ = portal.request()
    reference = portal.pushed(parameters)
    shop.visitor({**reference, "client_id": shop.client_id}).shows_a_failure(ENDED)
    portal.visitor({"request_uri": reference["request_uri"]}).shows_a_failure("client_id")
    assert portal.visitor(reference).title == "Sign in"


@pytest.mark.parametrize(
    "uri", [PREFIX, PREFIX + "A" * 43, PREFIX + "x", "https://portal.example/request", "x"]
)
def test_a_reference_that_was_not_given_is_refused(portal, uri):
    query = {"client_id": portal.client_id, "request_uri": uri}
    portal.visitor(query).shows_a_failure(ENDED)


def test_a_push_needs_the_client_s_certificate(portal, shop):
    parameters, _ = portal.request()
    expect.error(portal.push(shop.credential, **parameters), "invalid_client")
    with portal.server.connect() as connection:
        expect.error(connection.token(parameters, target="/oauth2/par"), "invalid_client")
    expect.error(portal.push(**{**parameters, "client_id": "somebody"}), "invalid_client")


@pytest.mark.parametrize(
    "changes, error",
    [
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"request_uri": PREFIX + "A" * 43}, "invalid_request"),
        ({"state": "x" * 9000}, "invalid_request"),
    ],
    ids=["redirect URI", "no challenge", "plain", "type", "scope", "reference", "length"],
)
def test_what_is_wrong_is_told_at_once(portal, changes, error):
    expect.error(portal.push(**portal.request(**changes)[0]), error)


def test_a_client_that_must_push_is_refused_without(server, pki):
    careful = CodeClient(server, pki, "careful", "--require-par")
    parameters, verifier = careful.request()
    back = careful.visitor(parameters).sent_back(CALLBACK)
    assert (back["error"], back["state"]) == ("invalid_request", parameters["state"])
    visitor = careful.signed_in(careful.pushed(parameters))
    visitor.send("allow")
    expect.token(careful.exchange(visitor.sent_back(CALLBACK)["code"], verifier))


def test_a_reference_ends_with_the_time(tmp_path, pki):
    with Timed(tmp_path, "store") as server:
        server.add_user(USER, PASSWORD)
        client = CodeClient(server, pki, "timed")
        parameters, _ = client.request()
        reference = client.pushed(parameters)
        visitor = client.visitor(reference)
        with server.clock.moved(280):
            assert visitor.open(visitor.target).status == 200
        with server.clock.moved(310):
            visitor.open(visitor.target)
            visitor.shows_a_failure(ENDED)
        assert server.stop() == 0


@pytest.fixture(scope="module")
def strict(tmp_path_factory, pki):
    """A server whose second listener has the profile of FAPI 2.0."""
    folder = tmp_path_factory.mktemp("strict")
    ports = {name: free_port() for name in ("main", "fapi")}
    (folder / "listeners.yaml").write_text(f"""
reactors: 2
listeners:
  main:
    address: 127.0.0.1:{ports["main"]}
  fapi:
    address: 127.0.0.1:{ports["fapi"]}
    profile: fapi2
""")
    server = Server(
        folder / "data", ["--config", folder / "listeners.yaml"], port=ports["main"], flags=False
    )
    server.fapi = ("127.0.0.1", ports["fapi"])
    server.add_user(USER, PASSWORD)
    with server:
        server.client = CodeClient(server, pki, "strict")
        yield server
        assert server.running and server.stop() == 0


def test_under_fapi2_every_request_is_a_pushed_one(strict):
    client = strict.client
    parameters, verifier = client.request()
    plain = Visitor(strict, strict.fapi)
    plain.open(target(parameters))
    assert plain.sent_back(CALLBACK)["error"] == "invalid_request"

    with Connection(strict.fapi, client.credential) as connection:
        answer = connection.token(parameters, target="/oauth2/par")
        assert answer.status == 201, answer.body
        reference = {
            "client_id": client.client_id, "request_uri": answer.json["request_uri"]
        }  # fmt: skip
        visitor = client.signed_in(reference, address=strict.fapi)
        visitor.send("allow")
        back = visitor.sent_back(CALLBACK)
        members = expect.token(connection.token({
            "grant_type": "authorization_code", "client_id": client.client_id,
            "code": back["code"], "redirect_uri": CALLBACK, "code_verifier": verifier,
        }))  # fmt: skip
        claims = expect.verified(members["access_token"], strict.fapi)
    assert claims["cnf"] == {"x5t#S256": client.credential.thumbprint}
    # On the other listener the plain request is as good as ever.
    assert client.visitor(parameters).title == "Sign in"


def test_metadata_of_two_profiles_does_not_demand_it(strict):
    assert strict.get(WELL_KNOWN).json["require_pushed_authorization_requests"] is False
