# SPDX-License-Identifier: Apache-2.0
"""Two listeners, a FAPI profile, methods switched off (TLS-10, TOK-13, MET-08, MET-09)."""

import pytest

import expect
from assertions import Signer, asserting
from exchanges import ACCESS_TOKEN, EXCHANGE
from oauth import CC, INTROSPECTION, WELL_KNOWN
from server import Server, free_port
from wire import Connection


@pytest.fixture(scope="module")
def listeners(tmp_path_factory, pki):
    """`main` never asks for a certificate, `mutual` does, `fapi` is strict."""
    folder = tmp_path_factory.mktemp("listeners")
    ports = {name: free_port() for name in ("main", "mutual", "fapi")}
    (folder / "listeners.yaml").write_text(f"""
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
        folder / "data", ["--config", folder / "listeners.yaml"], port=ports["main"], flags=False
    )
    server.ports = {name: ("127.0.0.1", port) for name, port in ports.items()}
    server.certificate = pki.self_signed("listeners")
    options = ["--certificate", server.certificate.certificate, "--scope", "read"]
    server.own = {**CC, "client_id": server.add_client("own", *options)["client_id"]}
    server.add_user("someone", "correct horse")
    server.basic = server.add_client("basic", "--auth-method", "client_secret_basic")
    server.post = server.add_client("post", "--auth-method", "client_secret_post")
    for name, algorithm in ("old", "RS256"), ("new", "EdDSA"):
        added = server.add_client(name, *options, "--token-signing-alg", algorithm)
        setattr(server, name, {**CC, "client_id": added["client_id"]})
    grants = ["--grant-types", "token_exchange,client_credentials"]
    added = server.add_client("narrows", *options, *grants)
    server.narrows = {**CC, "client_id": added["client_id"]}
    with server:
        server.signer = Signer(server, folder, "ES256", "signer")
        expect.eventually(lambda: server.signer.ask().status == 200)
        yield server
        assert server.stop() == 0


def ask(listeners, name, form, credential=None, **more):
    with Connection(listeners.ports[name], credential) as connection:
        return connection.token(form, **more)


def test_the_metadata_names_the_second_listener(listeners):
    metadata = listeners.get(WELL_KNOWN).json
    port = listeners.ports["mutual"][1]
    aliases = metadata["mtls_endpoint_aliases"]
    paths = {
        "token": "/oauth2/token", "introspection": INTROSPECTION, "revocation": "/oauth2/revoke",
        "pushed_authorization_request": "/oauth2/par",
    }  # fmt: skip
    assert aliases == {
        f"{name}_endpoint": f"https://localhost:{port}{path}" for name, path in paths.items()
    }
    assert all(name in metadata and name.endswith("_endpoint") for name in aliases)
    methods = metadata["token_endpoint_auth_methods_supported"]
    assert "client_secret_post" not in methods and "private_key_jwt" in methods
    algorithms = metadata["token_endpoint_auth_signing_alg_values_supported"]
    assert "ES256" in algorithms and "none" not in algorithms


def test_without_a_second_listener_there_are_no_aliases(server):
    assert "mtls_endpoint_aliases" not in server.get(WELL_KNOWN).json


def test_each_listener_takes_its_own(listeners):
    expect.token(ask(listeners, "mutual", listeners.own, listeners.certificate))
    # The first listener asks for no certificate, so none comes.
    expect.error(ask(listeners, "main", listeners.own, listeners.certificate), "invalid_client")
    secret = (listeners.basic["client_id"], listeners.basic["client_secret"])
    for listener in ("main", "mutual"):
        expect.token(ask(listeners, listener, CC, basic=secret))


def test_a_method_that_is_switched_off_authenticates_nobody(listeners):
    form = {**CC, **{n: listeners.post[n] for n in ("client_id", "client_secret")}}
    for listener in ("main", "mutual", "fapi"):
        expect.error(ask(listeners, listener, form), "invalid_client")
    expect.logged(listeners, "method-switched-off")


def test_the_fapi_listener(listeners):
    certificate = listeners.certificate
    expect.token(ask(listeners, "fapi", listeners.own, certificate))
    secret = (listeners.basic["client_id"], listeners.basic["client_secret"])
    expect.error(ask(listeners, "fapi", CC, basic=secret), "invalid_client")
    password = {
        **listeners.own, "grant_type": "password",
        "username": "someone", "password": "correct horse",
    }  # fmt: skip
    expect.error(ask(listeners, "fapi", password, certificate), "unsupported_grant_type")
    expect.token(ask(listeners, "mutual", password, certificate))


def test_no_token_is_exchanged_at_the_fapi_listener(listeners):
    """Neither profile has the grant: what came from the other listener would become its own."""
    certificate = listeners.certificate
    for origin in ("mutual", "fapi"):
        token = expect.token(ask(listeners, origin, listeners.narrows, certificate))
        form = {
            **listeners.narrows, "grant_type": EXCHANGE, "subject_token_type": ACCESS_TOKEN,
            "subject_token": token["access_token"],
        }  # fmt: skip
        expect.error(ask(listeners, "fapi", form, certificate), "unsupported_grant_type")
        expect.token(ask(listeners, "mutual", form, certificate))


def test_tokens_at_the_fapi_listener_are_of_its_algorithms(listeners):
    certificate = listeners.certificate
    # The keys are made when they are needed.
    expect.eventually(lambda: ask(listeners, "mutual", listeners.old, certificate).status == 200)
    expect.eventually(lambda: ask(listeners, "fapi", listeners.new, certificate).status == 200)
    expect.error(ask(listeners, "fapi", listeners.old, certificate), "unauthorized_client")
    expect.logged(listeners, "token-algorithm")


def test_assertions_at_the_fapi_listener(listeners):
    signer = listeners.signer

    def assertion(**claims):
        return asserting(signer.sign(**claims))

    # Every token is bound there, however the client is registered.
    answer = expect.token(ask(listeners, "fapi", assertion(), listeners.certificate))
    claims = expect.verified(answer["access_token"], listeners.address)
    assert claims["cnf"]["x5t#S256"] == listeners.certificate.thumbprint
    expect.error(ask(listeners, "fapi", assertion()), "invalid_request")
    # AUTH-30: the issuer as a single string and nothing else.
    for audience in [f"{listeners.url}/oauth2/token", [listeners.url]]:
        expect.token(ask(listeners, "mutual", assertion(aud=audience), listeners.certificate))
        refused = ask(listeners, "fapi", assertion(aud=audience), listeners.certificate)
        expect.error(refused, "invalid_client")
