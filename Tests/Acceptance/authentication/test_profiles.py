# SPDX-License-Identifier: Apache-2.0
"""Two doors, a FAPI profile, and methods that are switched off (TLS-10, TOK-13, MET-08, MET-09)."""

import pytest

import expect
from assertions import Signer, asserting
from oauth import CC, INTROSPECTION, WELL_KNOWN
from server import Server, free_port
from wire import Connection


@pytest.fixture(scope="module")
def doors(tmp_path_factory, pki):
    """`main` never asks for a certificate, `mutual` does, `fapi` is strict."""
    folder = tmp_path_factory.mktemp("doors")
    ports = {name: free_port() for name in ("main", "mutual", "fapi")}
    (folder / "doors.yaml").write_text(f"""
reactors: 2
authentication:
  client_secret_post: false
listeners:
  main:
    address: 127.0.0.1:{ports["main"]}
    client_certificate: none
  mutual:
    address: 127.0.0.1:{ports["mutual"]}
    url: https://localhost:{ports["mutual"]}
  fapi:
    address: 127.0.0.1:{ports["fapi"]}
    profile: fapi2
""")
    server = Server(
        folder / "data", ["--config", folder / "doors.yaml"], port=ports["main"], flags=False
    )
    server.ports = {name: ("127.0.0.1", port) for name, port in ports.items()}
    server.certificate = pki.self_signed("doors")
    options = ["--certificate", server.certificate.certificate, "--scope", "read"]
    server.own = {**CC, "client_id": server.add_client("own", *options)["client_id"]}
    server.add_user("someone", "correct horse")
    server.basic = server.add_client("basic", "--auth-method", "client_secret_basic")
    server.post = server.add_client("post", "--auth-method", "client_secret_post")
    with server:
        server.signer = Signer(server, folder, "ES256", "signer")
        expect.eventually(lambda: server.signer.ask().status == 200)
        yield server
        assert server.stop() == 0


def ask(doors, name, form, credential=None, **more):
    with Connection(doors.ports[name], credential) as connection:
        return connection.token(form, **more)


def test_the_metadata_names_the_second_door(doors):
    metadata = doors.get(WELL_KNOWN).json
    port = doors.ports["mutual"][1]
    aliases = metadata["mtls_endpoint_aliases"]
    assert aliases == {
        "token_endpoint": f"https://localhost:{port}/oauth2/token",
        "introspection_endpoint": f"https://localhost:{port}{INTROSPECTION}",
    }
    assert all(name in metadata and name.endswith("_endpoint") for name in aliases)
    methods = metadata["token_endpoint_auth_methods_supported"]
    assert "client_secret_post" not in methods and "private_key_jwt" in methods
    algorithms = metadata["token_endpoint_auth_signing_alg_values_supported"]
    assert "ES256" in algorithms and "none" not in algorithms


def test_without_a_second_door_there_are_no_aliases(server):
    assert "mtls_endpoint_aliases" not in server.get(WELL_KNOWN).json


def test_each_door_takes_its_own(doors):
    expect.token(ask(doors, "mutual", doors.own, doors.certificate))
    # The first door asks for no certificate, so none comes.
    expect.error(ask(doors, "main", doors.own, doors.certificate), "invalid_client")
    secret = (doors.basic["client_id"], doors.basic["client_secret"])
    for door in ("main", "mutual"):
        expect.token(ask(doors, door, CC, basic=secret))


def test_a_method_that_is_switched_off_authenticates_nobody(doors):
    form = {**CC, **{n: doors.post[n] for n in ("client_id", "client_secret")}}
    for door in ("main", "mutual", "fapi"):
        expect.error(ask(doors, door, form), "invalid_client")
    assert "method-switched-off" in doors.log


def test_the_strict_door(doors):
    certificate = doors.certificate
    expect.token(ask(doors, "fapi", doors.own, certificate))
    secret = (doors.basic["client_id"], doors.basic["client_secret"])
    expect.error(ask(doors, "fapi", CC, basic=secret), "invalid_client")
    password = {
        **doors.own, "grant_type": "password", "username": "someone", "password": "correct horse",
    }  # fmt: skip
    expect.error(ask(doors, "fapi", password, certificate), "unsupported_grant_type")
    expect.token(ask(doors, "mutual", password, certificate))


def test_assertions_at_the_strict_door(doors):
    signer = doors.signer

    def assertion(**claims):
        return asserting(signer.sign(**claims))

    # Every token is bound there, however the client is registered.
    answer = expect.token(ask(doors, "fapi", assertion(), doors.certificate))
    claims = expect.verified(answer["access_token"], doors.address)
    assert claims["cnf"]["x5t#S256"] == doors.certificate.thumbprint
    expect.error(ask(doors, "fapi", assertion()), "invalid_request")
    # AUTH-30: the issuer as a single string and nothing else.
    for audience in [f"{doors.url}/oauth2/token", [doors.url]]:
        expect.token(ask(doors, "mutual", assertion(aud=audience), doors.certificate))
        refused = ask(doors, "fapi", assertion(aud=audience), doors.certificate)
        expect.error(refused, "invalid_client")
