# SPDX-License-Identifier: Apache-2.0
"""Pages below an issuer's path, and on a listener that asks browsers for no certificate."""

import pytest

import expect
from codes import CALLBACK, PASSWORD, USER, CodeClient, target
from server import Server, free_port
from visitor import Visitor
from wire import Connection


@pytest.mark.parametrize("base", ["/auth", ""])
def test_pages_below_the_issuer_s_path(tmp_path, pki, base):
    """A proxy may leave the path as it is, or strip it."""
    port = free_port()
    issuer = f"https://localhost:{port}/auth"
    server = Server(tmp_path / "data", env={"HANDFAST_ISSUER": issuer}, port=port)
    server.add_user(USER, PASSWORD)
    with server:
        client = CodeClient(server, pki, "portal")
        metadata = server.get("/.well-known/oauth-authorization-server/auth").json
        assert metadata["authorization_endpoint"] == f"{issuer}/oauth2/authorize"
        parameters, verifier = client.request()
        visitor = Visitor(server)
        visitor.open(base + target(parameters))
        visitor.sign_in()
        # The answer leads to the same place, whatever the proxy has made of it.
        assert visitor.answer.header("location").startswith("?")
        visitor.follow()
        assert visitor.title == "Allow access?"
        visitor.send("allow")
        back = visitor.sent_back(CALLBACK)
        assert back["iss"] == issuer
        members = expect.token(client.exchange(back["code"], verifier))
        claims = expect.verified(members["access_token"], server.address, issuer=issuer)
        assert claims["iss"] == issuer
        assert server.stop() == 0


@pytest.fixture(scope="module")
def apart(tmp_path_factory, pki):
    """`main` for browsers asks for no certificate; `mutual` is for clients."""
    folder = tmp_path_factory.mktemp("apart")
    ports = {name: free_port() for name in ("main", "mutual")}
    (folder / "listeners.yaml").write_text(f"""
reactors: 2
listeners:
  main:
    address: 127.0.0.1:{ports["main"]}
    client_certificate: none
  mutual:
    address: 127.0.0.1:{ports["mutual"]}
    url: https://localhost:{ports["mutual"]}
""")
    server = Server(
        folder / "data", ["--config", folder / "listeners.yaml"], port=ports["main"], flags=False
    )
    server.mutual = ("127.0.0.1", ports["mutual"])
    server.add_user(USER, PASSWORD)
    server.client = CodeClient(server, pki, "apart")
    with server:
        yield server
        assert server.running and server.stop() == 0


def test_browsers_and_clients_have_a_listener_each(apart):
    client = apart.client
    metadata = apart.get("/.well-known/oauth-authorization-server").json
    aliases = metadata["mtls_endpoint_aliases"]
    for name in ("token", "revocation", "pushed_authorization_request"):
        assert aliases[f"{name}_endpoint"].startswith(f"https://localhost:{apart.mutual[1]}/")
    assert "authorization_endpoint" not in aliases

    parameters, verifier = client.request()
    with Connection(apart.mutual, client.credential) as connection:
        pushed = connection.token(parameters, target="/oauth2/par")
        assert pushed.status == 201, pushed.body
        reference = {"client_id": client.client_id, "request_uri": pushed.json["request_uri"]}
        visitor = client.signed_in(reference)
        visitor.send("allow")
        exchange = {
            "grant_type": "authorization_code", "client_id": client.client_id,
            "code": visitor.sent_back(CALLBACK)["code"], "redirect_uri": CALLBACK,
            "code_verifier": verifier,
        }  # fmt: skip
        # Without its certificate the client is nobody at the first listener.
        expect.error(apart.token(exchange, client.credential), "invalid_client")
        members = expect.token(connection.token(exchange))
    claims = expect.verified(members["access_token"], apart.address)
    assert claims["cnf"] == {"x5t#S256": client.credential.thumbprint}


def test_a_session_is_good_on_each_listener(apart):
    visitor = apart.client.signed_in(apart.client.request()[0])
    other = Visitor(apart, apart.mutual)
    other.cookies = dict(visitor.cookies)
    other.open(visitor.target)
    assert other.title == "Allow access?"
