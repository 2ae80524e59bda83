# SPDX-License-Identifier: Apache-2.0
"""An issuer with a path: clients that discover the server by its metadata get tokens there."""

import subprocess

import pytest
import requests
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from requests_oauth2client import OAuth2Client

import expect
from oauth import CC, WELL_KNOWN
from server import Server, free_port
from wire import Connection

OPENID = "/.well-known/openid-configuration"


class Tenant:
    """A server whose issuer has a path, and a client that trusts its certificate."""

    def __init__(self, folder, pki, path):
        port = free_port()
        self.issuer = f"https://localhost:{port}{path}"
        env = {"HANDFAST_METADATA_SCOPES_SUPPORTED": "read write"}
        options = ["--issuer", self.issuer]
        self.server = Server(folder / "data", options, port=port, env=env)
        self.credential = pki.self_signed("playground2")
        self.client_id = self.server.add_client(
            "discovering", "--certificate", self.credential.certificate, "--introspect"
        )["client_id"]
        self.server.start()
        self.certificate = folder / "server.pem"
        self.server.handfast("certificate", "export", "--out", self.certificate)

    def session(self):
        session = requests.Session()
        # Or REQUESTS_CA_BUNDLE would count for more than `verify`.
        session.trust_env = False
        session.verify = str(self.certificate)
        session.cert = (str(self.credential.certificate), str(self.credential.key))
        return session


@pytest.fixture(scope="module", params=["", "/tenant/one", "/tenant/"])
def tenant(request, tmp_path_factory, pki):
    made = Tenant(tmp_path_factory.mktemp("tenant"), pki, request.param)
    yield made
    assert made.server.stop() == 0


def check(tenant, client):
    """The client gets a token, has it introspected, and its keys verify the token."""
    assert client.token_endpoint.startswith(tenant.issuer.rstrip("/") + "/oauth2/")
    token = client.client_credentials()
    expect.verified(token.access_token, tenant.server.address, issuer=tenant.issuer)
    assert client.introspect_token(token)["iss"] == tenant.issuer
    assert client.authorization_server_jwks.to_dict()["keys"]


@pytest.mark.smoke
def test_a_client_that_knows_rfc_8414(tenant):
    client = OAuth2Client.from_discovery_endpoint(
        url=get_well_known_url(tenant.issuer.rstrip("/"), external=True),
        issuer=tenant.issuer,
        client_id=tenant.client_id,
        session=tenant.session(),
    )
    check(tenant, client)


def test_a_client_that_knows_openid_connect_discovery(tenant):
    client = OAuth2Client.from_discovery_endpoint(
        issuer=tenant.issuer, client_id=tenant.client_id, session=tenant.session()
    )
    check(tenant, client)


def test_a_client_of_another_issuer_takes_no_document(tenant):
    with pytest.raises(Exception, match="Mismatching"):
        OAuth2Client.from_discovery_endpoint(
            url=get_well_known_url(tenant.issuer.rstrip("/"), external=True),
            issuer=f"https://localhost:{tenant.server.port}/another",
            client_id=tenant.client_id,
            session=tenant.session(),
        )


def test_the_document_stands_by_a_library_that_checks_it(tenant):
    document = tenant.session().get(get_well_known_url(tenant.issuer.rstrip("/"), True)).json()
    assert document["response_types_supported"] == ["code"]
    assert document["scopes_supported"] == ["read", "write"]
    algorithms = document["token_endpoint_auth_signing_alg_values_supported"]
    assert "HS256" in algorithms and not {"HS384", "HS512", "none"} & set(algorithms)
    checked = AuthorizationServerMetadata(document)
    for key in checked.REGISTRY_KEYS:
        # Authlib takes an empty array for none, and RFC 8414 §2 has no other value for this server.
        if key != "response_types_supported":
            getattr(checked, f"validate_{key}", lambda: None)()


def test_it_is_the_same_document_everywhere_and_the_root_stays(tenant):
    path = tenant.issuer.removeprefix(f"https://localhost:{tenant.server.port}").rstrip("/")
    with tenant.server.connect() as connection:
        document = connection.get(WELL_KNOWN)
        for target in (WELL_KNOWN + path, OPENID, path + OPENID, OPENID + path):
            same = connection.get(target)
            assert (same.status, same.body) == (200, document.body), target
            assert same.header("etag") == document.header("etag")
            assert connection.request("HEAD", target).status == 200
            assert connection.request("POST", target, "").status == 405
        assert connection.get("/oauth2/jwks").body == connection.get(path + "/oauth2/jwks").body
        for target in ("/oauth2/token", path + "/oauth2/token"):
            expect.error(connection.token(CC, target=target), "invalid_client")
            assert connection.get(target).header("allow") == "POST"
        for target in (path + "/other", path + WELL_KNOWN + "/x", WELL_KNOWN + path + "/x",
                       "/tenant/two/oauth2/token", path + "/oauth2/token/"):  # fmt: skip
            assert connection.get(target).status == 404, target


def test_both_token_endpoints_give_the_same_tokens(tenant):
    body = {**CC, "client_id": tenant.client_id}
    path = tenant.issuer.removeprefix(f"https://localhost:{tenant.server.port}").rstrip("/")
    for target in ("/oauth2/token", path + "/oauth2/token"):
        with tenant.server.connect(tenant.credential) as connection:
            members = expect.token(connection.token(body, target=target))
        expect.verified(members["access_token"], tenant.server.address, issuer=tenant.issuer)


def test_a_listener_with_a_path_in_its_url_serves_what_is_announced(tmp_path, fresh, pki):
    main, mutual = free_port(), free_port()
    (tmp_path / "h.yaml").write_text(
        f"issuer: https://localhost:{main}/t\nlisteners:\n"
        f"  main: {{address: '127.0.0.1:{main}', client_certificate: none}}\n"
        f"  mutual: {{address: '127.0.0.1:{mutual}', url: 'https://localhost:{mutual}/mtls/'}}\n"
    )
    server = fresh(options=["--config", tmp_path / "h.yaml"], port=main, flags=False)
    credential = pki.self_signed("playground2")
    client = server.add_client("aliased", "--certificate", credential.certificate)
    server.start()
    document = server.get(WELL_KNOWN + "/t").json
    alias = document["mtls_endpoint_aliases"]["token_endpoint"]
    assert alias == f"https://localhost:{mutual}/mtls/oauth2/token"
    with Connection(("127.0.0.1", mutual), credential) as connection:
        expect.token(
            connection.token({**CC, "client_id": client["client_id"]}, target="/mtls/oauth2/token")
        )


# Entity tags.


@pytest.mark.parametrize("target", [WELL_KNOWN, "/oauth2/jwks"])
def test_curl_fetches_a_document_again_only_when_it_has_changed(fresh, tmp_path, target):
    server = fresh().start()
    ca, tag, out = tmp_path / "ca.pem", tmp_path / "tag", tmp_path / "out"
    server.handfast("certificate", "export", "--out", ca)

    def curl():
        done = subprocess.run(
            ["curl", "-sS", "--cacert", ca, "--etag-save", tag, "--etag-compare", tag, "-o", out,
             "-w", "%{http_code} %{size_download}", server.url + target],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.split()

    assert curl()[0] == "200"
    known = out.read_bytes()
    assert known.startswith(b"{") and tag.read_text().startswith('"')
    assert curl() == ["304", "0"]
    if target.endswith("jwks"):
        server.handfast("key", "rotate")
        expect.eventually(lambda: curl()[0] == "200")
        assert out.read_bytes() != known
        assert curl() == ["304", "0"]


@pytest.mark.parametrize("target", [WELL_KNOWN, OPENID, "/oauth2/jwks"])
def test_conditions_of_http(server, target):
    with server.connect() as connection:
        first = connection.get(target)
        tag = first.header("etag")
        for known in (tag, "W/" + tag, f'"x", {tag}', "*", f'"a,b" , W/{tag},'):
            for method in ("GET", "HEAD"):
                answer = connection.request(method, target, headers=[("If-None-Match", known)])
                assert (answer.status, answer.body) == (304, b""), known
                assert answer.header("etag") == tag
                assert answer.header("cache-control") == first.header("cache-control")
                assert answer.header("access-control-allow-origin") == "*"
                assert answer.header("content-type") is None
        for other in ('"other"', tag.strip('"'), tag[:-1], "", tag.swapcase(), f'"x" {tag}'):
            answer = connection.get(target, [("If-None-Match", other)])
            assert (answer.status, answer.body) == (200, first.body), other
        # RFC 9110 §13.1.2: only of what would be 200.
        answer = connection.request("POST", target, "", [("If-None-Match", tag)])
        assert answer.status == 405
        answer = connection.get("/health", [("If-None-Match", "*")])
        assert answer.status == 200 and answer.header("etag") is None
