# SPDX-License-Identifier: Apache-2.0
"""The profile of FAPI 1 Advanced: its suites (TLS-02, TLS-08) and its assertions (AUTH-30)."""

import pytest

import expect
import hello
from assertions import Signer, asserting
from hello import DHE_GCM, ECDHE_RSA, HANDSHAKE_FAILURE
from oauth import CC, WELL_KNOWN
from openssl_client import s_client
from pairs import pair, pair_yaml
from server import Server, free_port, handfast
from wire import Connection

# Recommended by RFC 9325, and not of the four of FAPI 1: ECDHE_ECDSA and ChaCha20.
RECOMMENDED_ELSEWHERE = [suite for suite in hello.RECOMMENDED if suite not in ECDHE_RSA]
# As TLS-08 offers them: every suite but the four.
ALL_OTHERS = [s for s in [*hello.OTHERS, *RECOMMENDED_ELSEWHERE] if s not in DHE_GCM]
PROFILES = {"main": "standard", "old": "fapi1", "new": "fapi2"}


def configuration(ports, profiles, pairs):
    text = (pair_yaml(**pairs) if pairs else "") + "reactors: 2\nlisteners:\n"
    for name, profile in profiles.items():
        text += f"  {name}:\n    address: 127.0.0.1:{ports[name]}\n    profile: {profile}\n"
    return text


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    return {"rsa": pair(folder, "rsa", "rsa2048"), "ecdsa": pair(folder, "ecdsa")}


@pytest.fixture(scope="module")
def listeners(tmp_path_factory, pki, pairs):
    """One listener for each profile, and a client for each way to authenticate."""
    folder = tmp_path_factory.mktemp("fapi1")
    ports = {name: free_port() for name in PROFILES}
    (folder / "fapi.yaml").write_text(configuration(ports, PROFILES, pairs))
    server = Server(
        folder / "data", ["--config", folder / "fapi.yaml"], port=ports["main"], flags=False
    )
    server.addresses = {name: ("127.0.0.1", port) for name, port in ports.items()}
    server.certificate = pki.self_signed("fapi1")
    options = ["--certificate", server.certificate.certificate, "--scope", "read"]
    server.own = {**CC, "client_id": server.add_client("own", *options)["client_id"]}
    server.add_user("someone", "correct horse")
    server.basic = server.add_client("basic", "--auth-method", "client_secret_basic")
    with server:
        server.signers = {}
        for algorithm in ("ES256", "PS256", "EdDSA", "RS256"):
            signer = Signer(server, folder, algorithm, algorithm.lower())
            server.signers[algorithm] = signer
            expect.eventually(lambda signer=signer: signer.ask().status == 200)
        yield server
        assert server.stop() == 0, server.log


def ask(listeners, name, form, credential=None, **more):
    with Connection(listeners.addresses[name], credential) as connection:
        return connection.token(form, **more)


def assertion(signer, **claims):
    return asserting(signer.sign(**claims))


# Suites.


@pytest.mark.parametrize("offered", [[s] for s in ECDHE_RSA] + [[*DHE_GCM, *ECDHE_RSA]])
def test_the_suites_of_fapi_1_are_served(listeners, offered):
    answer = hello.offer(listeners.addresses["old"], 0x0303, offered)
    assert answer.kind == "hello" and answer.suite in ECDHE_RSA, answer


@pytest.mark.parametrize(
    "suites", [ALL_OTHERS, RECOMMENDED_ELSEWHERE, DHE_GCM, *([s] for s in RECOMMENDED_ELSEWHERE)]
)
def test_every_other_suite_is_a_handshake_failure(listeners, suites):
    """TLS-08: alert 40 and no other. DHE too: RFC 9325 §4.1 advises against it."""
    answer = hello.offer(listeners.addresses["old"], 0x0303, suites)
    assert (answer.kind, answer.alert) == ("alert", HANDSHAKE_FAILURE), answer


@pytest.mark.parametrize("listener", ["main", "new"])
def test_the_other_profiles_have_the_suites_of_bcp_195_and_no_others(listeners, listener):
    """FAPI 2.0 Security Profile §5.2.2; TLS-07."""
    for suite in hello.RECOMMENDED:
        answer = hello.offer(listeners.addresses[listener], 0x0303, [suite])
        assert (answer.kind, answer.suite) == ("hello", suite), answer
    for suites in (hello.OTHERS, DHE_GCM):
        answer = hello.offer(listeners.addresses[listener], 0x0303, suites)
        assert (answer.kind, answer.alert) == ("alert", HANDSHAKE_FAILURE), answer


@pytest.mark.parametrize(
    "suite", ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
)
def test_tls_1_3_is_as_everywhere(listeners, suite):
    shown = s_client(listeners, "-tls1_3", "-ciphersuites", suite, "-connect",
                     f"127.0.0.1:{listeners.addresses['old'][1]}")  # fmt: skip
    assert f"Cipher is {suite}" in shown, shown


# Clients.


def test_certificates_authenticate_and_secrets_do_not(listeners):
    answer = expect.token(ask(listeners, "old", listeners.own, listeners.certificate))
    claims = expect.verified(answer["access_token"], listeners.address)
    assert claims["cnf"]["x5t#S256"] == listeners.certificate.thumbprint
    secret = (listeners.basic["client_id"], listeners.basic["client_secret"])
    expect.error(ask(listeners, "old", CC, basic=secret), "invalid_client")
    expect.token(ask(listeners, "main", CC, basic=secret))
    password = {
        **listeners.own, "grant_type": "password",
        "username": "someone", "password": "correct horse",
    }  # fmt: skip
    expect.error(ask(listeners, "old", password, listeners.certificate), "unsupported_grant_type")
    expect.token(ask(listeners, "main", password, listeners.certificate))


def test_assertions_are_for_the_issuer_or_the_token_endpoint(listeners):
    signer = listeners.signers["ES256"]
    endpoint = f"{listeners.url}/oauth2/token"
    for audience in (listeners.url, endpoint, [listeners.url], [endpoint, "https://other.example"]):
        answer = ask(listeners, "old", assertion(signer, aud=audience), listeners.certificate)
        claims = expect.verified(expect.token(answer)["access_token"], listeners.address)
        assert claims["cnf"]["x5t#S256"] == listeners.certificate.thumbprint
        if audience != listeners.url:
            refused = ask(listeners, "new", assertion(signer, aud=audience), listeners.certificate)
            expect.error(refused, "invalid_client")
    for audience in ("https://other.example", [f"{listeners.url}/"], f"{listeners.url}/oauth2"):
        refused = ask(listeners, "old", assertion(signer, aud=audience), listeners.certificate)
        expect.error(refused, "invalid_client")
    # Every token is bound.
    expect.error(ask(listeners, "old", assertion(signer)), "invalid_request")


@pytest.mark.parametrize(
    "algorithm, open_listeners",
    [
        ("PS256", {"main", "old", "new"}),
        ("ES256", {"main", "old", "new"}),
        ("EdDSA", {"main", "new"}),
        ("RS256", {"main"}),
    ],
)
def test_assertions_are_signed_with_ps256_or_es256(listeners, algorithm, open_listeners):
    """FAPI 1 Advanced §8.6."""
    for listener in PROFILES:
        signed = assertion(listeners.signers[algorithm])
        answer = ask(listeners, listener, signed, listeners.certificate)
        if listener in open_listeners:
            expect.token(answer)
        else:
            expect.error(answer, "invalid_client")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_session_of_another_profile_is_not_resumed(listeners, version):
    for opened, resumed in (("main", "old"), ("old", "new"), ("old", "old")):
        with Connection(listeners.addresses[opened], listeners.certificate, version) as first:
            expect.token(first.token(listeners.own))
            with Connection(
                listeners.addresses[resumed], context=first.context, session=first.session
            ) as second:
                assert second.resumed == (opened == resumed), (opened, resumed)


# Configurations.


def test_the_metadata_of_a_server_for_fapi_1_alone(fresh, tmp_path, pairs):
    ports = {"main": free_port()}
    path = tmp_path / "alone.yaml"
    path.write_text(configuration(ports, {"main": "fapi1"}, pairs))
    with fresh(options=["--config", path], port=ports["main"], flags=False) as server:
        metadata = server.get(WELL_KNOWN).json
    algorithms = metadata["token_endpoint_auth_signing_alg_values_supported"]
    assert sorted(algorithms) == ["ES256", "PS256"]
    methods = metadata["token_endpoint_auth_methods_supported"]
    assert set(methods) == {"tls_client_auth", "self_signed_tls_client_auth", "private_key_jwt"}
    grants = ["client_credentials", "authorization_code", "refresh_token"]
    assert metadata["grant_types_supported"] == grants


@pytest.mark.parametrize("kinds", [[], ["ecdsa"]])
def test_without_an_rsa_certificate_the_profile_is_a_configuration_error(
    fresh, tmp_path, pairs, kinds
):
    path = tmp_path / "ecdsa.yaml"
    chosen = {kind: pairs[kind] for kind in kinds}
    path.write_text(configuration({"main": free_port()}, {"main": "fapi1"}, chosen))
    done = handfast("check", "--config", path, check=False)
    reason = '"fapi1" needs an RSA certificate in tls.certificates, for TLS 1.2'
    assert done.returncode == 1
    assert f"listeners.main.profile: {reason}" in done.stderr, done.stderr
    server = fresh(options=["--config", path], flags=False)
    server.launch()
    assert server.wait() != 0 and reason in server.log.replace('\\"', '"'), server.log


def test_with_tls_1_3_alone_any_certificate_will_do(fresh, tmp_path):
    port = free_port()
    path = tmp_path / "newest.yaml"
    text = configuration({"main": port}, {"main": "fapi1"}, {})
    path.write_text("tls:\n  minimum_version: '1.3'\n" + text)
    assert handfast("check", "--config", path).stderr == ""
    with fresh(options=["--config", path], port=port, flags=False) as server:
        assert server.get("/health").status == 200
